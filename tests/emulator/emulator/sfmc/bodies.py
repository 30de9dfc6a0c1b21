"""JSON bodies of REST requests: parsed, and of the shape that a route needs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from emulator.sfmc import rest_errors

if TYPE_CHECKING:
    from starlette.requests import Request

_MAX_BYTES = 5_900_000


async def json_body(request: Request) -> Any:
    """The parsed body.

    Raises:
        RestError: 413 for more than 5.9 MB, 400 for what is no JSON.
    """
    content = await request.body()
    if len(content) > _MAX_BYTES:
        raise rest_errors.RestError(413, {"message": "Request Entity Too Large", "errorcode": 10004})
    try:
        return json.loads(content)
    except ValueError:
        raise rest_errors.bad_request("The request body is not valid JSON.", 10004) from None


async def json_object(request: Request) -> dict[str, Any]:
    """The body, which must be an object.

    Raises:
        RestError: when it is not.
    """
    return an_object(await json_body(request), "The request body")


def an_object(value: object, name: str) -> dict[str, Any]:
    """The value, which must be an object.

    Raises:
        RestError: when it is not.
    """
    if not isinstance(value, dict):
        raise rest_errors.bad_request(f"{name} is not a JSON object.", 10004)
    return value


def objects(value: object, name: str) -> list[dict[str, Any]]:
    """The value, which must be a list of objects.

    Raises:
        RestError: when it is not.
    """
    if not isinstance(value, list):
        raise rest_errors.bad_request(f"{name} is not a list.", 10004)
    return [an_object(each, f"An element of {name}") for each in value]


def text(document: dict[str, Any], name: str) -> str:
    """A member that must be a text and not empty.

    Raises:
        RestError: when it is not.
    """
    value = document.get(name)
    if not isinstance(value, str) or not value.strip():
        raise rest_errors.bad_request(f"{name} is a required parameter", 10002)
    return value


def whole_number(document: dict[str, Any], name: str) -> int | None:
    """A member that may be missing and must otherwise be a whole number.

    Raises:
        RestError: when it is something else.
    """
    value = document.get(name)
    if value is None or (isinstance(value, int) and not isinstance(value, bool)):
        return value
    if isinstance(value, str) and value.isascii() and value.isdecimal():
        return int(value)
    raise rest_errors.bad_request(f"{name} is not a whole number", 10001)
