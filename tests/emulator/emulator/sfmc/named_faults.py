"""Answers that a fault rule may ask for by name, as ``{"named": NAME}``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from emulator.sfmc import rest_errors
from emulator.sfmc.rest_errors import RestError
from emulator.sfmc.soap.envelope import Fault, fault, message

_XML = "text/xml; charset=utf-8"

if TYPE_CHECKING:
    from collections.abc import Mapping


def _rest(error: RestError) -> dict[str, Any]:
    return {"status": error.status, "headers": error.headers, "body": error.body}


def _plain(status: int, message: str, code: int) -> dict[str, Any]:
    return _rest(
        RestError(status, {"message": message, "errorcode": code, "documentation": rest_errors.DOCUMENTATION})
    )


_REST_FAULTS: Mapping[str, dict[str, Any]] = {
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


def _soap_faults() -> dict[str, dict[str, Any]]:
    address = "https://soap.example/Service.asmx"
    headers = {"Content-Type": _XML}

    def named(problem: Fault) -> dict[str, Any]:
        return {"status": 500, "headers": headers, "body": fault(problem, address).decode()}

    return {
        "soap_token_expired": named(Fault("Token Expired", is_security=True)),
        "soap_login_failed": named(Fault("Login Failed", is_security=True)),
        "soap_rate_limited": named(Fault("Rate Limited", code=17)),
        "soap_database_down": named(Fault("RemoteDBConn", code=1)),
        "soap_outage": named(Fault("Unplanned Outage", code=2)),
        "soap_maintenance": named(Fault("InMaintenance", code=9)),
        "soap_empty_500": {"status": 500, "headers": headers, "body": ""},
        "soap_error": _status("Error"),
        "soap_error_with_text": _status("Error: Unexpected failure. Please try again."),
        "soap_has_errors": _status("Has Errors"),
        "soap_permission_failed": _status("Error: API Permission Failed."),
    }


def _status(status: str) -> dict[str, Any]:
    """A retrieve that failed with HTTP 200, also in the middle of its batches."""
    content = (
        f"<OverallStatus>{status}</OverallStatus><RequestID>00000000-0000-0000-0000-000000000000</RequestID>"
    )
    body = message("RetrieveResponseMsg", "RetrieveResponse", content).decode()
    return {"status": 200, "headers": {"Content-Type": _XML}, "body": body}


NAMED_FAULTS: Mapping[str, dict[str, Any]] = {**_REST_FAULTS, **_soap_faults()}
