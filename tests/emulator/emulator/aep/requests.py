"""Reading what a request carries: JSON bodies, flags, numbers."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from emulator.aep import errors

if TYPE_CHECKING:
    from starlette.requests import Request


async def json_body(request: Request) -> Any:
    """Return the JSON body.

    Raises:
        ApiError: 400 for another content type, or for a body that is not JSON.
    """
    content_type = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if content_type != "application/json" and not content_type.endswith("+json"):
        raise errors.bad_request("A valid content-type must be specified")
    try:
        return json.loads(await request.body(), parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        detail = f"The request body is not valid JSON: {error}"
        raise errors.bad_request(detail) from None


async def json_object(request: Request) -> dict[str, Any]:
    """Return the JSON body, which must be an object."""
    body = await json_body(request)
    if not isinstance(body, dict):
        raise errors.bad_request("The request body must be a JSON object")
    return body


async def json_array(request: Request) -> list[Any]:
    """Return the JSON body, which must be an array."""
    body = await json_body(request)
    if not isinstance(body, list):
        raise errors.bad_request("The request body must be a JSON array")
    return body


def is_true(text: str | None) -> bool:
    """Tell whether a query value means true; clients write `true`, `True` and `TRUE`."""
    return (text or "").strip().lower() == "true"


def _refuse_constant(name: str) -> None:
    message = f"{name} is not JSON"
    raise ValueError(message)
