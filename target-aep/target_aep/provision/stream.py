"""What a tap says about a stream."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from target_aep.dataprep import lexical

if TYPE_CHECKING:
    from collections.abc import Mapping

BUSINESS_UNIT = "_sdc_business_unit"
"""Column in which a tap of several business units says whose row it is."""


@dataclass(frozen=True)
class StreamSchema:
    """A stream with its JSON Schema and key.

    Args:
        stream: Its name.
        schema: JSON Schema of its records.
        key_properties: Names of the properties that identify a record.
    """

    stream: str
    schema: Mapping[str, Any]
    key_properties: tuple[str, ...] = ()

    @property
    def properties(self) -> Mapping[str, Any]:
        """JSON Schemas of the properties by name."""
        properties: Mapping[str, Any] = self.schema.get("properties") or {}
        return properties

    def is_required(self, name: str) -> bool:
        """Whether the source promises a value."""
        return name in self.key_properties or name in (self.schema.get("required") or ())

    def property_at(self, path: str) -> tuple[str, Mapping[str, Any]] | None:
        """Return the last name and the JSON Schema at a source path, or None.

        The whole text is tried as a name first, as Data Prep does.
        """
        if path in self.properties:
            return path, self.properties[path]
        if not path:
            return None
        found: Mapping[str, Any] = self.schema
        name = path
        for name in lexical.split_names(path):
            child = (found.get("properties") or {}).get(name)
            if not isinstance(child, dict):
                return None
            found = child
        return name, found
