"""Adobe's own classes, and the standard field groups that marketing data goes to.

Ids are those of Adobe's published XDM. A field that is in none of the groups listed here is looked
for among all that the registry offers for the class.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from target_aep.xdm import parse
from target_aep.xdm.paths import find

if TYPE_CHECKING:
    from collections.abc import Mapping

    from target_aep.aep import SchemaRegistry
    from target_aep.xdm.types import Field

_XDM = "https://ns.adobe.com/xdm"
ADOBE = f"{_XDM}/"
PROFILE_CLASS = f"{_XDM}/context/profile"
EVENT_CLASS = f"{_XDM}/context/experienceevent"
RECORD = f"{_XDM}/data/record"
TIME_SERIES = f"{_XDM}/data/time-series"
ADHOC_BEHAVIOUR = f"{_XDM}/data/adhoc"
RELATIONAL_BEHAVIOUR = f"{_XDM}/data/adhoc-v2"
IDENTITY_MAP_GROUP = f"{_XDM}/context/identitymap"

CLASSES = {"profile": PROFILE_CLASS, "event": EVENT_CLASS}

PREFERRED_GROUPS: dict[str, dict[str, str]] = {
    PROFILE_CLASS: {
        "person": f"{_XDM}/context/profile-person-details",
        "homeAddress": f"{_XDM}/context/profile-personal-details",
        "personalEmail": f"{_XDM}/context/profile-personal-details",
        "homePhone": f"{_XDM}/context/profile-personal-details",
        "mobilePhone": f"{_XDM}/context/profile-personal-details",
        "faxPhone": f"{_XDM}/context/profile-personal-details",
        "workAddress": f"{_XDM}/context/profile-work-details",
        "workEmail": f"{_XDM}/context/profile-work-details",
        "workPhone": f"{_XDM}/context/profile-work-details",
        "preferredLanguage": f"{_XDM}/context/profile-preferences-details",
        "timeZone": f"{_XDM}/context/profile-preferences-details",
        "emailFormat": f"{_XDM}/context/profile-preferences-details",
        "consents": f"{_XDM}/mixins/profile-consents",
        "loyalty": f"{_XDM}/mixins/profile/profile-loyalty-details",
        "identityMap": IDENTITY_MAP_GROUP,
    },
    EVENT_CLASS: {
        "directMarketing": f"{_XDM}/context/experienceevent-directmarketing",
        "marketing": f"{_XDM}/context/experienceevent-marketing",
        "web": f"{_XDM}/context/experienceevent-web",
        "commerce": f"{_XDM}/context/experienceevent-commerce",
        "productListItems": f"{_XDM}/context/experienceevent-commerce",
        "environment": f"{_XDM}/context/experienceevent-environment-details",
        "identityMap": IDENTITY_MAP_GROUP,
    },
}
"""Which group gives a field at the root of a class, where several might."""


class StandardGroups:
    """Finds standard field groups; each is asked for once."""

    def __init__(self, registry: SchemaRegistry) -> None:
        self._registry = registry
        self._resolved: dict[str, Field | None] = {}
        self._roots: dict[str, dict[str, set[str]]] = {}

    def fields_of(self, kind: str, resource_id: str) -> Field | None:
        """Return a class's or field group's fields, or None where the registry does not have it."""
        if resource_id not in self._resolved:
            document = self._registry.get(kind, resource_id, resolved=True)
            self._resolved[resource_id] = None if document is None else parse(document)
        return self._resolved[resource_id]

    def group_with(self, path: str, class_id: str) -> tuple[str, Field] | None:
        """Return the id and fields of a standard group of a class that has a field at this path."""
        for group_id in self._groups_for(path, class_id):
            fields = self.fields_of("fieldgroups", group_id)
            if fields is not None and find(fields, path) is not None:
                return group_id, fields
        return None

    def near(self, path: str, class_id: str) -> list[str]:
        """Return the paths of the fields in the groups where a path might have been meant to be."""
        found = (self.fields_of("fieldgroups", group_id) for group_id in self._groups_for(path, class_id))
        return [".".join(names) for fields in found if fields is not None for names, _ in fields.leaves()]

    def _groups_for(self, path: str, class_id: str) -> list[str]:
        root = path.partition(".")[0].partition("[")[0]
        preferred = PREFERRED_GROUPS.get(class_id, {}).get(root)
        return [preferred] if preferred else self._candidates(root, class_id)

    def _candidates(self, root: str, class_id: str) -> list[str]:
        if class_id not in self._roots:
            listed = self._registry.resources(
                "fieldgroups", container="global", where=f"meta:intendedToExtend=={class_id}", full=True
            )
            self._roots[class_id] = {
                str(group["$id"]): _root_names(group)
                for group in listed
                if "$id" in group and group.get("meta:status") != "deprecated"
            }
        return sorted(group_id for group_id, names in self._roots[class_id].items() if root in names)


def _root_names(document: Mapping[str, Any], definitions: Mapping[str, Any] | None = None) -> set[str]:
    """Names that a raw field group has at its root; references to other resources are not followed."""
    definitions = document.get("definitions") or {} if definitions is None else definitions
    names = set(document.get("properties") or {})
    reference = str(document.get("$ref", ""))
    parts = [*(document.get("allOf") or []), definitions.get(reference.removeprefix("#/definitions/"))]
    return names.union(*(_root_names(part, definitions) for part in parts if part and part is not document))
