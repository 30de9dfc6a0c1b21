"""Resolving a resource: `$ref` and `allOf` replaced by the fields they stand for (the `xed-full` view)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from emulator.aep import errors
from emulator.aep.registry import library

if TYPE_CHECKING:
    from emulator.aep.platform import Platform

Node = dict[str, Any]

# What a referenced resource says of itself, which is not part of the resource that refers to it.
_OF_THE_RESOURCE = {
    "$id", "$schema", "version", "title", "description", "imsOrg", "definitions", "allOf", "$ref", "refs",
}  # fmt: skip


def resolved(platform: Platform, sandbox: str, resource: Node) -> Node:
    """Return a resource with `properties` in place of `definitions`, `allOf` and `$ref`.

    Raises:
        ApiError: XDM-1413-400 when a path has two types, 404 for a reference to nothing.
    """
    return _Resolver(platform, sandbox, resource).root()


class _Resolver:
    def __init__(self, platform: Platform, sandbox: str, resource: Node) -> None:
        self.platform = platform
        self.sandbox = sandbox
        self.resource = resource

    def root(self) -> Node:
        body = self.node(self.resource, self.resource.get("definitions", {}), (self.resource.get("$id"),))
        kept = {
            key: value for key, value in self.resource.items() if key not in {"definitions", "allOf", "$ref"}
        }
        return {**body, **kept, **{key: body[key] for key in ("properties", "required") if key in body}}

    def node(self, node: Node, definitions: Node, path: tuple[str | None, ...], at: str = "") -> Node:
        merged: Node = {}
        for part in node.get("allOf", ()):
            if isinstance(part, dict):
                self.merge(merged, self.node(part, definitions, path, at), at)
        reference = node.get("$ref")
        if isinstance(reference, str):
            self.merge(merged, self.reference(reference, definitions, path, at), at)
        own = {key: value for key, value in node.items() if key not in {"allOf", "$ref", "definitions"}}
        if isinstance(own.get("properties"), dict):
            own["properties"] = {
                name: self.node(child, definitions, path, f"{at}/{name}")
                if isinstance(child, dict)
                else child
                for name, child in own["properties"].items()
            }
        for keyword in ("items", "additionalProperties"):
            if isinstance(own.get(keyword), dict):
                own[keyword] = self.node(own[keyword], definitions, path, f"{at}/{keyword}")
        self.merge(merged, own, at)
        return merged

    def reference(self, reference: str, definitions: Node, path: tuple[str | None, ...], at: str) -> Node:
        if reference.startswith("#/definitions/"):
            name = reference.removeprefix("#/definitions/")
            if name not in definitions:
                raise library.not_found("", reference)
            if reference in path:
                return {"type": "object"}
            return self.node(definitions[name], definitions, (*path, reference), at)
        target = library.by_reference(self.platform, self.sandbox, reference)
        if target is None:
            raise library.not_found("", reference)
        if reference in path:
            return {"type": "object"}
        body = self.node(target, target.get("definitions", {}), (*path, reference), at)
        kept = {
            key: value
            for key, value in body.items()
            if key not in _OF_THE_RESOURCE and (not key.startswith("meta:") or key == "meta:xdmType")
        }
        if library.kind_of(target) == "datatypes":
            kept["meta:referencedFrom"] = reference
        return kept

    def merge(self, into: Node, other: Node, at: str) -> None:
        """Add `other` to `into`, fields of both being joined."""
        for key, value in other.items():
            if key == "properties" and isinstance(into.get(key), dict):
                self.merge_properties(into[key], value, at)
            elif key == "required" and isinstance(into.get(key), list):
                into[key] = [*into[key], *(name for name in value if name not in into[key])]
            elif isinstance(value, dict) and key == "properties":
                into[key] = dict(value)
            else:
                into[key] = value

    def merge_properties(self, into: Node, other: Node, at: str) -> None:
        for name, child in other.items():
            known = into.get(name)
            if known is None or not isinstance(known, dict):
                into[name] = child
                continue
            here, there = (each.get("meta:xdmType") or each.get("type") for each in (known, child))
            if here and there and here != there and {here, there} != {"number", "double"}:
                detail = (
                    f"Cannot merge incompatible data types. The path {at}/{name} has already been defined "
                    f"in schema (id={self.resource.get('$id')}) using a different data type. "
                    f"Types: {here}, {there}"
                )
                raise errors.registry(1413, 400, "Merge Schema Error", detail)
            joined = dict(known)
            self.merge(joined, child, f"{at}/{name}")
            into[name] = joined


def without_texts(node: Any) -> Any:
    """Return a copy without titles and descriptions (properties of these names are kept)."""
    if isinstance(node, list):
        return [without_texts(each) for each in node]
    if not isinstance(node, dict):
        return node
    result = {}
    for key, value in node.items():
        if key == "properties" and isinstance(value, dict):
            result[key] = {name: without_texts(child) for name, child in value.items()}
        elif key not in {"title", "description"} or not isinstance(value, str):
            result[key] = without_texts(value)
    return result
