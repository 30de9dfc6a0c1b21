"""Adobe's own resources, as far as the emulator knows them: real ids and field paths, minimal texts."""

from __future__ import annotations

from typing import Any

from emulator.aep.registry.standard import classes, commerce, marketing, measures, person, web

RESOURCES: tuple[dict[str, Any], ...] = (
    *classes.BEHAVIOURS,
    *classes.CLASSES,
    *classes.FIELD_GROUPS,
    *measures.DATA_TYPES,
    *(resource for module in (person, marketing, web, commerce) for resource in module.DATA_TYPES),
    *(resource for module in (person, marketing, web, commerce) for resource in module.FIELD_GROUPS),
)
BY_ID = {resource["$id"]: resource for resource in RESOURCES}
BEHAVIOURS = frozenset(resource["$id"] for resource in classes.BEHAVIOURS)


def resources(kind: str) -> list[dict[str, Any]]:
    """Return the standard resources of a kind."""
    return [resource for resource in RESOURCES if resource["meta:resourceType"] == kind]
