"""Walking the fields of a resolved resource."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

Node = dict[str, Any]


def walk(node: Node, path: str = "") -> Iterator[tuple[str, Node]]:
    """Yield `(path, field)` of every field below a node; `[*]` stands for items, `{*}` for map values."""
    properties = node.get("properties")
    if isinstance(properties, dict):
        for name, child in properties.items():
            if isinstance(child, dict):
                yield f"{path}/{name}", child
                yield from walk(child, f"{path}/{name}")
    for keyword, sign in (("items", "[*]"), ("additionalProperties", "{*}")):
        child = node.get(keyword)
        if isinstance(child, dict):
            yield f"{path}{sign}", child
            yield from walk(child, f"{path}{sign}")


def at(node: Node, path: str) -> Node | None:
    """Return the field at a path such as `/_acme/address/city`; items and map values are passed through."""
    current: Any = node
    for name in path.strip("/").split("/"):
        while isinstance(current, dict) and "properties" not in current:
            inner = current.get("items") or current.get("additionalProperties")
            if not isinstance(inner, dict):
                break
            current = inner
        bare = name.removesuffix("[*]")
        if not isinstance(current, dict) or bare not in (current.get("properties") or {}):
            return None
        current = current["properties"][bare]
    return current if isinstance(current, dict) else None


def type_of(node: Node) -> str:
    """Return a field's XDM type."""
    return str(node.get("meta:xdmType") or node.get("type") or "object")
