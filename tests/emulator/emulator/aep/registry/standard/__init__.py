"""Adobe's own resources, as far as the emulator knows them: real ids and field paths, minimal texts."""

from __future__ import annotations

from typing import Any

from emulator.aep.registry.standard import classes, person

RESOURCES: tuple[dict[str, Any], ...] = (
    *classes.BEHAVIOURS,
    *classes.CLASSES,
    *classes.FIELD_GROUPS,
    *person.DATA_TYPES,
    *person.FIELD_GROUPS,
)
BY_ID = {resource["$id"]: resource for resource in RESOURCES}
BEHAVIOURS = frozenset(resource["$id"] for resource in classes.BEHAVIOURS)


def resources(kind: str) -> list[dict[str, Any]]:
    """Return the standard resources of a kind."""
    return [resource for resource in RESOURCES if resource["meta:resourceType"] == kind]
