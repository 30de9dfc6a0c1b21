"""The forms in which one resource is answered, and its resolved form for the rest of the platform."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emulator.aep.registry import library
from emulator.aep.registry.resolve import resolved, without_texts

if TYPE_CHECKING:
    from emulator.aep.platform import Platform
    from emulator.aep.registry.accept import View
    from emulator.aep.store import Document

_CACHE_SIZE = 500
_cache: dict[tuple[int, str, str, int], Document] = {}


def resolved_schema(platform: Platform, sandbox: str, schema_id: str) -> Document | None:
    """Return the resolved form of a tenant schema, None where there is none. It must not be changed."""
    schema = platform.store.get("schemas", sandbox, schema_id)
    return None if schema is None else resolve(platform, sandbox, schema)


def resolve(platform: Platform, sandbox: str, resource: Document) -> Document:
    """Return the resolved form of a stored resource; remembered until any resource changes."""
    revision = sum(platform.store.revision(kind, sandbox) for kind in library.TENANT_KINDS)
    key = (id(platform), sandbox, resource["$id"], revision)
    known = _cache.get(key)
    if known is None:
        if len(_cache) > _CACHE_SIZE:
            _cache.clear()
        known = _cache[key] = resolved(platform, sandbox, resource)
    return known


def shown(platform: Platform, sandbox: str, resource: Document, view: View) -> Document:
    """Return a resource in the view that a lookup asked for."""
    result = resolve(platform, sandbox, resource) if view.resolved else resource
    if view.descriptors:
        descriptors = platform.store.all("descriptor", sandbox)
        own = [each for each in descriptors if each.get("xdm:sourceSchema") == resource["$id"]]
        result = {**result, "meta:descriptors": own}
    return result if view.texts else without_texts(result)
