"""Answers that a fault rule may ask for by name, as ``{"named": NAME}``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from emulator.sfmc import rest_errors
from emulator.sfmc.rest_errors import RestError

if TYPE_CHECKING:
    from collections.abc import Mapping


def _rest(error: RestError) -> dict[str, Any]:
    return {"status": error.status, "headers": error.headers, "body": error.body}


def _plain(status: int, message: str, code: int) -> dict[str, Any]:
    return _rest(
        RestError(status, {"message": message, "errorcode": code, "documentation": rest_errors.DOCUMENTATION})
    )


REST_FAULTS: Mapping[str, dict[str, Any]] = {
    "not_authorised": _rest(rest_errors.not_authorised()),
    "insufficient_privileges": _rest(rest_errors.insufficient_privileges()),
    "rate_limit": _rest(rest_errors.rate_limited(1)),
    "blocked": _rest(rest_errors.blocked()),
    "server_error": _plain(500, "Internal Server Error", 0),
    "unavailable": {
        **_plain(503, "Service is temporarily unavailable.", 50300),
        "headers": {"Retry-After": "1"},
    },
    "service_not_found": _plain(596, "Service Not Found", 0),
    "expired_request_token": _rest(rest_errors.not_found()),
    "html_error_page": {
        "status": 502,
        "headers": {"Content-Type": "text/html"},
        "body": "<html><head><title>502 Bad Gateway</title></head><body><h1>Bad Gateway</h1></body></html>",
    },
}
