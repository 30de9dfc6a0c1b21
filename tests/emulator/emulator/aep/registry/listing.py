"""Listing resources: filter by `property`, order, and page.

A page ends with a complete group of equal order values, since the next one starts strictly after the last
value seen. Two facts that clients trip over: `start=0` gives an empty list (0 is not a value of the order
key, and not an offset), and `limit` counts only together with `orderby`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from starlette.responses import JSONResponse

from emulator.aep import errors, guardrails
from emulator.aep.registry.resolve import without_texts

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from emulator.aep.registry.accept import View
    from emulator.aep.store import Document

_FILTER = re.compile(r"(?P<path>[^=!<>~]+)(?P<operator>==|!=|<=|>=|<|>|~)(?P<value>.*)$", re.DOTALL)
_NEXT_FILTER = re.compile(r",(?=[\w:$@/.-]+(?:==|!=|<=|>=|<|>|~))")


def answer(request: Request, resources: list[Document], view: View, base_url: str) -> Response:
    """Return one page of a listing in the view that was asked for."""
    query = request.query_params
    found = [each for each in resources if _matches(each, query.getlist("property"))]
    order = query.get("orderby", "updated")
    found = _ordered(found, order)
    key = order.split(",", 1)[0]
    found = _after(found, key, query.get("start"))
    limit = _limit(query.get("limit"), ordered="orderby" in query)
    page, rest = _page(found, key, limit)
    following = None
    if rest:
        start = _text(_order_value(page[-1], key.lstrip("-")))
        following = start
    href = None
    if following is not None:
        parameters = {**dict(query), "orderby": order, "start": following, "limit": str(limit)}
        href = {"href": f"{base_url}{request.url.path}?{urlencode(parameters)}"}
    container = request.path_params.get("container", "tenant")
    other = "global" if container == "tenant" else "tenant"
    kind = request.url.path.rstrip("/").rsplit("/", 1)[-1]
    root = request.url.path.split(f"/{container}/", 1)[0]
    return JSONResponse(
        {
            "results": [_shown(each, view) for each in page],
            "_page": {"orderby": order, "next": following, "count": len(page)},
            "_links": {"next": href, f"{other}_{kind}": {"href": f"{base_url}{root}/{other}/{kind}"}},
        }
    )


def _shown(resource: Document, view: View) -> Document:
    if view.ids_only:
        return {key: resource[key] for key in ("title", "$id", "meta:altId", "version") if key in resource}
    return resource if view.texts else without_texts(resource)


def _matches(resource: Document, expressions: list[str]) -> bool:
    return all(_satisfies(resource, part) for text in expressions for part in _NEXT_FILTER.split(text))


def _satisfies(resource: Document, expression: str) -> bool:
    found = _FILTER.match(expression)
    values = _at(resource, found["path"] if found else expression)
    if found is None:
        return bool(values)
    operator, wanted = found["operator"], found["value"]
    if operator == "!=":
        return all(_text(value) != wanted for value in values)
    return any(_compare(value, operator, wanted) for value in values)


def _compare(value: Any, operator: str, wanted: str) -> bool:
    if operator == "==":
        return _text(value) == wanted
    if operator == "~":
        try:
            return re.search(wanted, _text(value)) is not None
        except re.error as error:
            detail = f"The property filter is not a valid regular expression: {error}"
            raise errors.registry(1030, 400, "Query parameter invalid", detail) from None
    left: float | str
    right: float | str
    try:
        left, right = float(value), float(wanted)
    except (TypeError, ValueError):
        left, right = _text(value), wanted
    return {
        "<": left < right,  # type: ignore[operator]
        ">": left > right,  # type: ignore[operator]
        "<=": left <= right,  # type: ignore[operator]
        ">=": left >= right,  # type: ignore[operator]
    }[operator]


def _at(resource: Document, path: str) -> list[Any]:
    """Return the values at a path such as `title` or `meta:registryMetadata/repo:createdDate`."""
    nodes: list[Any] = [resource]
    for name in path.strip().strip("/").split("/"):
        nodes = [each[name] for each in nodes if isinstance(each, dict) and name in each]
        nodes = [item for each in nodes for item in (each if isinstance(each, list) else [each])]
    return nodes


def _ordered(resources: list[Document], order: str) -> list[Document]:
    for key in reversed(order.split(",")):
        name = key.strip()
        resources = sorted(
            resources,
            key=lambda each, name=name: _sortable(_order_value(each, name.lstrip("-"))),  # type: ignore[misc]
            reverse=name.startswith("-"),
        )
    return resources


def _order_value(resource: Document, name: str) -> Any:
    if name in {"updated", "created"}:
        metadata = resource.get("meta:registryMetadata", {})
        return metadata.get("repo:lastModifiedDate" if name == "updated" else "repo:createdDate", 0)
    values = _at(resource, name)
    return values[0] if values else None


def _sortable(value: Any) -> tuple[int, float, str]:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return (1, 0, _text(value))
    return (0, value, "")


def _after(resources: list[Document], key: str, start: str | None) -> list[Document]:
    if start is None:
        return resources
    if start == "0":
        return []
    name, descending = key.strip().lstrip("-"), key.strip().startswith("-")

    def beyond(resource: Document) -> bool:
        value = _sortable(_order_value(resource, name))
        numeric = value[0] == 0 and start.replace(".", "", 1).isdigit()
        limit = (0, float(start), "") if numeric else (1, 0, start)
        return value < limit if descending else value > limit

    return [each for each in resources if beyond(each)]


def _limit(text: str | None, *, ordered: bool) -> int:
    if text is None or not ordered:
        return guardrails.REGISTRY_PAGE
    if not text.isdigit() or int(text) > guardrails.REGISTRY_LIMIT:
        detail = f"The limit must be a number between 0 and {guardrails.REGISTRY_LIMIT}: {text}"
        raise errors.registry(1031, 400, "Query parameter invalid", detail)
    return min(int(text) or guardrails.REGISTRY_PAGE, guardrails.REGISTRY_PAGE)


def _page(resources: list[Document], key: str, limit: int) -> tuple[list[Document], bool]:
    end = min(limit, len(resources))
    name = key.strip().lstrip("-")
    while 0 < end < len(resources) and _order_value(resources[end], name) == _order_value(
        resources[end - 1], name
    ):
        end += 1
    return resources[:end], end < len(resources)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value)
