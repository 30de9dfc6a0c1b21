"""Error answers: each service of the platform has a shape of its own.

Sources: the gateway's and the Schema Registry's are documented; Catalog's and the import API's are not, so
their shape is a switch (`catalog_error_body`).
"""

from __future__ import annotations

import uuid
from datetime import datetime, timezone
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse, PlainTextResponse

if TYPE_CHECKING:
    from starlette.responses import Response

_PLACEHOLDER = "/placeholder/type/uri"

_TOO_MANY = {"error_code": "429050", "message": "Too many requests"}
_PAGE = {"content-type": "text/html"}
NAMED_FAULTS: dict[str, dict[str, Any]] = {
    "too_many_requests": {"status": 429, "body": _TOO_MANY},
    "too_many_requests_retry_after": {"status": 429, "headers": {"retry-after": "1"}, "body": _TOO_MANY},
    "too_many_requests_as_400": {"status": 400, "body": _TOO_MANY},
    "token_invalid": {"status": 401, "body": {"error_code": "401013", "message": "Oauth token is not valid"}},
    "bad_gateway_page": {"status": 502, "headers": _PAGE, "body": "<html><body>Bad Gateway</body></html>"},
    "service_unavailable": {"status": 503, "body": {"title": "ServiceUnavailable", "status": 503}},
    "gateway_timeout": {"status": 504, "body": {"error_code": "504000", "message": "Gateway timeout"}},
}


class ApiError(Exception):
    """An answer that is not a success; raised by a handler, turned into a response by the application."""

    def __init__(self, status: int, body: Any, headers: dict[str, str] | None = None) -> None:
        """Keep the HTTP status, the body (JSON, or text when it is a string) and further headers."""
        super().__init__(f"{status} {body}")
        self.status = status
        self.body = body
        self.headers = headers or {}


def gateway(error_code: str, message: str, status: int | None = None) -> ApiError:
    """Return the gateway's error; its first three digits are the HTTP status."""
    return ApiError(status or int(error_code[:3]), {"error_code": error_code, "message": message})


def ims(status: int, error: str, description: str) -> ApiError:
    """Return an error of the token service."""
    return ApiError(status, {"error": error, "error_description": description})


def registry(code: int, status: int, title: str, detail: str) -> ApiError:
    """Return a Schema Registry error, e.g. `registry(1521, 400, "Title not unique", …)`."""
    return ApiError(
        status,
        {
            "type": f"http://ns.adobe.com/aep/errors/XDM-{code}-{status}",
            "title": title,
            "status": status,
            "report": {
                "registryRequestId": str(uuid.uuid4()),
                "timestamp": datetime.now(timezone.utc).strftime("%m-%d-%Y %H:%M:%S"),
                "detailed-message": detail,
                "sub-errors": [],
            },
            "detail": detail,
        },
    )


class CatalogError(ApiError):
    """An error of Catalog, batch import or Data Access, whose documented body is empty."""

    def __init__(self, status: int, detail: str, title: str | None = None) -> None:
        """Keep status and text; the application chooses the shape."""
        self.status = status
        self.detail = detail
        self.title = title or HTTPStatus(status).phrase.replace(" ", "") + "Error"
        super().__init__(status, self.shaped("placeholder"))

    def shaped(self, shape: str) -> Any:
        """Return the body in one of the shapes that clients have reported."""
        if shape == "message":
            return {"status": self.status, "message": self.detail}
        if shape == "gateway":
            return {"error_code": f"{self.status}000", "message": self.detail}
        if shape == "text":
            return self.detail
        if shape == "empty":
            return ""
        return {"type": _PLACEHOLDER, "status": self.status, "title": self.title, "detail": self.detail}


def answer(error: ApiError, catalog_shape: str) -> Response:
    """Return an error as a response; `catalog_shape` is the switch `aep.catalog_error_body`."""
    body = error.shaped(catalog_shape) if isinstance(error, CatalogError) else error.body
    if isinstance(body, str):
        return PlainTextResponse(body, error.status, headers=error.headers)
    return JSONResponse(body, error.status, headers=error.headers)


def bad_request(detail: str) -> CatalogError:
    """Return a 400 of Catalog or the import API."""
    return CatalogError(400, detail, "BadRequestError")


def not_found(detail: str) -> CatalogError:
    """Return a 404 of Catalog or the import API."""
    return CatalogError(404, detail, "NotFoundError")
