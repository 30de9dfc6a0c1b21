"""JSON Patch (RFC 6902): the `add`, `remove` and `replace` that the Schema Registry and Catalog take."""

from __future__ import annotations

import copy
from typing import Any


class PatchError(ValueError):
    """A patch that cannot be applied; the message says which operation and why."""


def apply(document: Any, operations: Any) -> Any:
    """Return a changed copy of `document`.

    Raises:
        PatchError: for an operation that is malformed or points at nothing.
    """
    if not isinstance(operations, list):
        message = "a JSON Patch is an array of operations"
        raise PatchError(message)
    result = copy.deepcopy(document)
    for operation in operations:
        if not isinstance(operation, dict) or not isinstance(operation.get("path"), str):
            message = "each operation needs an op and a path"
            raise PatchError(message)
        name = str(operation.get("op", "")).lower()
        if name not in {"add", "remove", "replace"}:
            message = f"operation {operation.get('op')!r} is not one of add, remove, replace"
            raise PatchError(message)
        if name != "remove" and "value" not in operation:
            message = f"{name} {operation['path']} has no value"
            raise PatchError(message)
        result = _apply_one(result, name, operation["path"], copy.deepcopy(operation.get("value")))
    return result


def _apply_one(document: Any, name: str, path: str, value: Any) -> Any:
    tokens = (
        [token.replace("~1", "/").replace("~0", "~") for token in path.lstrip("/").split("/")] if path else []
    )
    if not tokens:
        if name == "remove":
            message = "the whole document cannot be removed"
            raise PatchError(message)
        return value
    parent = document
    for token in tokens[:-1]:
        parent = _child(parent, token, path)
    last = tokens[-1]
    if isinstance(parent, list):
        _change_list(parent, name, last, value, path)
    elif isinstance(parent, dict):
        if name != "add" and last not in parent:
            message = f"{name} {path}: there is nothing at this path"
            raise PatchError(message)
        if name == "remove":
            del parent[last]
        else:
            parent[last] = value
    else:
        message = f"{name} {path}: the parent is neither an object nor an array"
        raise PatchError(message)
    return document


def _change_list(items: list[Any], name: str, token: str, value: Any, path: str) -> None:
    if name == "add" and token == "-":
        items.append(value)
        return
    index = int(token) if token.isdigit() else -1
    if not 0 <= index < len(items) + (name == "add"):
        message = f"{name} {path}: there is no such index"
        raise PatchError(message)
    if name == "add":
        items.insert(index, value)
    elif name == "replace":
        items[index] = value
    else:
        del items[index]


def _child(node: Any, token: str, path: str) -> Any:
    if isinstance(node, dict) and token in node:
        return node[token]
    if isinstance(node, list) and token.isdigit() and int(token) < len(node):
        return node[int(token)]
    message = f"{path}: there is nothing at {token!r}"
    raise PatchError(message)
