"""Adobe's mapping sets: read, write, resolve the tenant.

Both generations of field names are read: ``source``/``destination`` with
``ATTRIBUTE``, ``EXPRESSION``, ``STATIC``, and ``sourceAttribute``/
``destinationXdmPath`` with ``text/x.schema-path``, ``text/x.aep-xl``.
Everything else that a set carries is kept and written back.
"""

from __future__ import annotations

import enum
import json
import re
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from target_aep.errors import ConfigurationError
from target_aep.xdm import schema as xdm_schema

if TYPE_CHECKING:
    from collections.abc import Mapping as Object
    from collections.abc import Sequence

    from target_aep.xdm.types import Field

PLACEHOLDER = "{TENANT_ID}"

_MANAGED = frozenset(
    {"id", "version", "createdBy", "createdDate", "modifiedBy", "modifiedDate", "matchScore"}
)
_SOURCES = ("source", "sourceAttribute")
_DESTINATIONS = ("destination", "destinationXdmPath")


class SourceType(enum.Enum):
    """What the ``source`` of a mapping is."""

    ATTRIBUTE = "ATTRIBUTE"
    EXPRESSION = "EXPRESSION"
    STATIC = "STATIC"


_SOURCE_TYPES = {
    "attribute": SourceType.ATTRIBUTE,
    "expression": SourceType.EXPRESSION,
    "static": SourceType.STATIC,
    "text/x.schema-path": SourceType.ATTRIBUTE,
    "text/x.aep-xl": SourceType.EXPRESSION,
    "text/plain": SourceType.STATIC,
}


@dataclass(frozen=True)
class Mapping:
    """One destination and where its value comes from.

    Args:
        source_type: What ``source`` is.
        source: A path, an expression, or a constant text.
        destination: A dotted path of the output schema.
        document: The JSON it was read from, without what the fields above say.
    """

    source_type: SourceType
    source: str
    destination: str
    document: Object[str, Any] = field(default_factory=dict, compare=False)

    @classmethod
    def from_dict(cls, document: Object[str, Any]) -> Mapping:
        """Read one mapping.

        Raises:
            ConfigurationError: Source, destination or a known source type is missing.
        """
        source = next((document[name] for name in _SOURCES if document.get(name) is not None), None)
        destination = next((document[name] for name in _DESTINATIONS if document.get(name)), None)
        if source is None or not isinstance(destination, str):
            lacks = "source" if source is None else "destination"
            message = f"A mapping has no {lacks}: {json.dumps(dict(document), ensure_ascii=False)[:200]}."
            raise ConfigurationError(message, remedy="Each needs sourceType, source and destination.")
        written = str(document.get("sourceType") or "ATTRIBUTE")
        source_type = _SOURCE_TYPES.get(written.lower())
        if source_type is None:
            message = f"The mapping to {destination} has the unknown source type {written!r}."
            raise ConfigurationError(message, remedy=f"Known are {', '.join(_SOURCE_TYPES)}.")
        return cls(source_type, str(source), destination, MappingProxyType(dict(document)))

    def to_dict(self) -> dict[str, Any]:
        """The mapping as Adobe's JSON, in the words it was read in."""
        document = dict(self.document)
        written = document.get("sourceType")
        if written is None or _SOURCE_TYPES.get(str(written).lower()) is not self.source_type:
            document["sourceType"] = self.source_type.value
        for names, value in ((_SOURCES, self.source), (_DESTINATIONS, self.destination)):
            present = [name for name in names if name in document] or [names[0]]
            for name in present:
                if str(document.get(name)) != value:
                    document[name] = value
        return document


def _output(schema: object) -> Field | None:
    found = schema.get("jsonSchema") if isinstance(schema, dict) else None
    try:
        document = json.loads(found) if isinstance(found, str) else found
        return xdm_schema.parse(document) if isinstance(document, dict) else None
    except ValueError as error:
        message = f"The output schema in the mapping set cannot be read: {error}."
        raise ConfigurationError(
            message, remedy="Correct outputSchema.jsonSchema, or leave it out."
        ) from None


@dataclass(frozen=True)
class MappingSet:
    """The mappings of one stream.

    Args:
        mappings: In the order of the file.
        document: The JSON it was read from; its ``mappings`` do not count.
        output: The output schema, where the document carries it (``expandSchema=true``).
    """

    mappings: tuple[Mapping, ...]
    document: Object[str, Any] = field(default_factory=dict, compare=False)
    output: Field | None = None

    @classmethod
    def from_dict(cls, document: Object[str, Any]) -> MappingSet:
        """Read a mapping set as Adobe's API answers it or accepts it.

        Raises:
            ConfigurationError: It is no mapping set; the message says what is missing.
        """
        mappings = document.get("mappings")
        if not isinstance(mappings, (list, tuple)) or not all(isinstance(each, dict) for each in mappings):
            message = "A mapping set is a JSON object with an array «mappings» of objects."
            raise ConfigurationError(message)
        output = _output(document.get("outputSchema"))
        return cls(tuple(map(Mapping.from_dict, mappings)), MappingProxyType(dict(document)), output)

    @classmethod
    def of(cls, mappings: Sequence[Mapping]) -> MappingSet:
        """A set of mappings without further properties."""
        return cls(tuple(mappings))

    @property
    def allows_null_values(self) -> bool:
        """Whether a null result is written as JSON null rather than left out."""
        return bool(self.document.get("allowNullValues"))

    def to_dict(self) -> dict[str, Any]:
        """The set as Adobe's JSON. What was read and not changed is written as it was."""
        return {**self.document, "mappings": [mapping.to_dict() for mapping in self.mappings]}

    def for_upload(self) -> dict[str, Any]:
        """The set as ``POST /conversion/mappingSets`` takes it: without what the service sets itself."""
        document = {name: value for name, value in self.document.items() if name not in _MANAGED}
        mappings = []
        for mapping in self.mappings:
            kept = {name: value for name, value in mapping.to_dict().items() if name not in _MANAGED}
            kept |= {"source": mapping.source, "destination": mapping.destination}
            mappings.append(kept | {"sourceType": mapping.source_type.value})
        return {**document, "mappings": mappings}

    def with_mappings(self, mappings: Sequence[Mapping]) -> MappingSet:
        """The same set with other mappings."""
        return replace(self, mappings=tuple(mappings))

    def resolved(self, tenant_id: str) -> MappingSet:
        """The set with the tenant's id in place of ``{TENANT_ID}``, in paths and schema ids.

        Args:
            tenant_id: As the Schema Registry answers it; a leading underscore does not count.
        """
        return self._replaced(re.compile(re.escape(PLACEHOLDER)), tenant_id.removeprefix("_"))

    def generalised(self, tenant_id: str) -> MappingSet:
        """The inverse of ``resolved``: a file that serves every organisation."""
        tenant = re.escape(tenant_id.removeprefix("_"))
        pattern = rf"(?<=^_){tenant}(?=$|[.\[])|(?<=ns\.adobe\.com/){tenant}(?=/)"
        return self._replaced(re.compile(pattern), PLACEHOLDER)

    def _replaced(self, pattern: re.Pattern[str], new: str) -> MappingSet:
        def text(value: Any) -> Any:
            if isinstance(value, str):
                return pattern.sub(lambda _: new, value)
            if isinstance(value, dict):
                return {name: text(item) for name, item in value.items()}
            return [text(item) for item in value] if isinstance(value, list) else value

        mappings = (replace(mapping, destination=text(mapping.destination)) for mapping in self.mappings)
        document = {
            name: text(value) if name in {"outputSchema", "schemaRef", "xdmSchema"} else value
            for name, value in self.document.items()
        }
        return replace(self, mappings=tuple(mappings), document=MappingProxyType(document))

    def preview(self, rows: list[dict[str, Any]], schema: Field | None = None) -> list[dict[str, Any]]:
        """What Adobe's preview call answers: ``[{"data": …, "errors": None | […]}]``.

        Args:
            rows: Source records.
            schema: The output schema; by default the one that the set carries. Without any, values
                keep their types and objects are copied whole.
        """
        from target_aep.dataprep.preview import preview  # noqa: PLC0415  # preview applies what is modelled here

        return preview(self, rows, schema or self.output)
