"""Error answers of the REST API: ``{"message", "errorcode", "documentation"[, "additionalErrors"]}``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse

if TYPE_CHECKING:
    from collections.abc import Sequence

DOCUMENTATION = "https://developer.salesforce.com/docs/atlas.en-us.mc-apis.meta/mc-apis/error-handling.htm"


class RestError(Exception):
    """An answer that is not 2xx. The body is sent as it is."""

    def __init__(self, status: int, body: dict[str, Any], headers: dict[str, str] | None = None) -> None:
        super().__init__(body.get("message", ""))
        self.status = status
        self.body = body
        self.headers = headers or {}

    def response(self) -> JSONResponse:
        return JSONResponse(self.body, self.status, self.headers)


def _error(status: int, code: int, message: str, **more: Any) -> RestError:
    return RestError(status, {"documentation": DOCUMENTATION, "errorcode": code, "message": message, **more})


def not_authorised() -> RestError:
    """No token, a wrong one, or one that has expired."""
    return _error(401, 0, "Not Authorized")


def insufficient_privileges() -> RestError:
    """The token lacks the scope; answered before anything else is looked at."""
    return RestError(403, {"message": "Insufficient privileges to complete this action."})


def not_found() -> RestError:
    return _error(404, 404, "Not Found")


def bad_request(message: str, code: int = 10000) -> RestError:
    return _error(400, code, message)


def unsaved_rows(data_extension_id: str, problems: Sequence[str]) -> RestError:
    """Rows that the data extension does not take; nothing of the call is saved."""
    details = [{"message": problem, "errorcode": 10000, "documentation": ""} for problem in problems]
    return RestError(
        400,
        {
            "message": f"Unable to save rows for data extension ID {data_extension_id}",
            "errorcode": 10006,
            "documentation": "",
            "additionalErrors": details,
        },
    )


def rate_limited(seconds: int) -> RestError:
    return RestError(
        429,
        {
            "message": "Rate limit exceeded",
            "errorcode": 50100,
            "retryAfter": seconds,
            "documentation": DOCUMENTATION,
        },
        {"Retry-After": str(seconds)},
    )


def blocked() -> RestError:
    """Too many requests at the same time; without Retry-After."""
    return RestError(
        429,
        {
            "message": "Your requests are temporarily blocked.",
            "errorcode": 50200,
            "documentation": DOCUMENTATION,
        },
    )
