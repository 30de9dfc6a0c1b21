"""JSON Schemas without ``$ref`` and ``allOf``: what they stand for is put in their place.

Whatever reads a schema further on looks at one node at a time. And an XDM type is for ever once it is
made, so a number behind a reference must not become a text.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST = 10_000
"""References that are resolved in one schema: each may hold many, and those again."""


def resolved(schema: dict[str, Any]) -> dict[str, Any]:
    """Return a schema in which references into itself are resolved and ``allOf`` is one node.

    A reference to elsewhere, to nothing, or back to where it stands is left as it is, and so are those beyond
    ``MOST``: any value goes there.
    """
    found = _resolved(schema, schema, (), iter(range(MOST)))
    return found if isinstance(found, dict) else schema


def _resolved(node: Any, root: dict[str, Any], within: tuple[str, ...], left: Iterator[int]) -> Any:
    if isinstance(node, list):
        return [_resolved(item, root, within, left) for item in node]
    if not isinstance(node, dict):
        return node
    reference = node.get("$ref")
    if isinstance(reference, str):
        is_open = reference not in within and next(left, None) is not None
        there = _at(root, reference) if is_open else None
        if not isinstance(there, dict):
            return node
        beside = {name: value for name, value in node.items() if name != "$ref"}
        return _resolved({**there, **beside}, root, (*within, reference), left)
    node = {name: _resolved(value, root, within, left) for name, value in node.items()}
    parts = node.get("allOf")
    if isinstance(parts, list) and parts and all(isinstance(part, dict) for part in parts):
        return _joined([{name: value for name, value in node.items() if name != "allOf"}, *parts])
    return node


def _at(root: dict[str, Any], reference: str) -> Any:
    """What a reference of the form ``#/a/b`` points to."""
    if not reference.startswith("#"):
        return None
    node: Any = root
    for step in reference.removeprefix("#").split("/")[1:]:
        name = unquote(step).replace("~1", "/").replace("~0", "~")
        node = node.get(name) if isinstance(node, dict) else None
    return node


def _joined(parts: list[dict[str, Any]]) -> dict[str, Any]:
    """One node of several that all hold; of a rule that several have, the first one's."""
    joined: dict[str, Any] = {}
    for part in parts:
        for name, value in part.items():
            if name == "properties" and isinstance(joined.get(name), dict) and isinstance(value, dict):
                joined[name] = {**value, **joined[name]}
            elif name == "required" and isinstance(joined.get(name), list) and isinstance(value, list):
                joined[name] = [*joined[name], *value]
            else:
                joined.setdefault(name, value)
    return joined
