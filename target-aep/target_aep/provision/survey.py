"""What is there: dataset, schema, our field group, descriptors."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from target_aep.errors import ConfigurationError
from target_aep.provision import standard
from target_aep.provision.names import fingerprint
from target_aep.xdm import Field, parse

if TYPE_CHECKING:
    from collections.abc import Mapping

    from target_aep.aep import Clients, Dataset
    from target_aep.stream_settings import StreamSettings

TAG = "targetAep"
"""Catalog tag by which a dataset of ours is found when its name was changed in AEP."""


def tag_value(mark: str) -> str:
    """The tag's value, in the form of Adobe's own tags."""
    return f"dataset:{mark}"


BEHAVIOURS = {schema_class: behaviour for behaviour, schema_class in standard.CLASSES.items()}


@dataclass(frozen=True)
class PresentSchema:
    """A schema as the registry has it; ``parts`` are the ids of all that it is composed of."""

    id: str
    alternative_id: str
    title: str
    description: str
    class_id: str
    behaviour: str
    root: Field
    parts: frozenset[str]
    in_union: bool
    descriptors: tuple[Mapping[str, Any], ...] = field(repr=False)
    namespace: str = ""

    def identities(self) -> list[Mapping[str, Any]]:
        """Its identity descriptors."""
        return [item for item in self.descriptors if item.get("@type") == "xdm:descriptorIdentity"]


@dataclass(frozen=True)
class Survey:
    """What a stream's settings lead to in the sandbox.

    Args:
        tenant_id: The tenant id, without underscore.
        dataset: The dataset, if it is there.
        schema: Its schema, or the one to make it with, if it is there.
        ours: Whether they were made, or are to be made, for this stream.
        mark: Fingerprint by which what is made is known again.
    """

    tenant_id: str
    dataset: Dataset | None
    schema: PresentSchema | None
    ours: bool
    mark: str


def survey(clients: Clients, stream: str, settings: StreamSettings) -> Survey:
    """Look up dataset and schema of a stream.

    Raises:
        ConfigurationError: A dataset or schema that the settings name is not there, is ambiguous, or is of
            another class.
    """
    tenant_id = clients.registry.tenant_id()
    mark = fingerprint(settings.dataset_name(stream))
    dataset = find_dataset(clients, stream, settings, mark)
    schema_id = dataset.schema_id if dataset else settings.schema_id
    if not schema_id:
        found = clients.registry.find("schemas", title=settings.schema or settings.dataset_name(stream))
        schema_id = str(found["$id"]) if found else ""
    schema = present_schema(clients, schema_id, tenant_id) if schema_id else None
    if schema is None and (schema_id or settings.schema):
        named = schema_id or repr(settings.schema)
        what = f"there is no schema {named} in sandbox {clients.gateway.sandbox_name!r}."
        raise ConfigurationError(what, remedy="Correct the schema or the dataset.", stream=stream)
    if dataset is not None and schema is not None:
        _require_schema(schema, dataset, stream, settings)
    _require_class(schema, stream, settings)
    if dataset is not None:
        ours = tag_value(mark) in dataset.tags.get(TAG, ())
    else:
        ours = schema is None or f"[{mark}]" in schema.description
    return Survey(tenant_id, dataset, schema, ours, mark)


def present_schema(clients: Clients, schema_id: str, tenant_id: str) -> PresentSchema | None:
    """Read a schema with its descriptors, or None."""
    document = clients.registry.get("schemas", schema_id, resolved=True)
    if document is None:
        return None
    extends = [str(item) for item in document.get("meta:extends") or []]
    parts = frozenset([*extends, *(str(item.get("$ref", "")) for item in document.get("allOf") or [])]) - {""}
    class_id = str(document.get("meta:class") or "")
    root = parse(document)
    behaviour = _behaviour(class_id, parts)
    return PresentSchema(
        id=str(document.get("$id") or schema_id),
        alternative_id=str(document.get("meta:altId") or ""),
        title=str(document.get("title", "")),
        description=str(document.get("description", "")),
        class_id=class_id,
        behaviour=behaviour,
        root=root,
        parts=parts,
        in_union="union" in (document.get("meta:immutableTags") or []),
        descriptors=tuple(clients.registry.descriptors(schema_id)),
        namespace=_namespace(behaviour, root, document, tenant_id),
    )


def _namespace(behaviour: str, root: Field, document: Mapping[str, Any], tenant_id: str) -> str:
    if behaviour == "relational":
        return ""
    if behaviour == "adhoc":
        named = str(document.get("meta:datasetNamespace") or "")
        return named or next((name for name in root.fields if name.startswith("_")), "")
    return f"_{tenant_id}"


def _behaviour(class_id: str, parts: frozenset[str]) -> str:
    if class_id in BEHAVIOURS:
        return BEHAVIOURS[class_id]
    if standard.RELATIONAL_BEHAVIOUR in parts or class_id == standard.RELATIONAL_BEHAVIOUR:
        return "relational"
    if standard.ADHOC_BEHAVIOUR in parts:
        return "adhoc"
    # A class of the tenant's own is known by the behaviour that it extends.
    return "event" if standard.TIME_SERIES in parts else "profile" if standard.RECORD in parts else ""


def find_dataset(
    clients: Clients, stream: str, settings: StreamSettings, mark: str | None = None
) -> Dataset | None:
    """Find a stream's dataset: by id, by name, or by the tag of one of ours that was renamed.

    Raises:
        ConfigurationError: The id is of no dataset, or the name is of several.
    """
    mark = fingerprint(settings.dataset_name(stream)) if mark is None else mark
    if settings.dataset_id:
        dataset = clients.catalog.dataset(settings.dataset_id)
        if dataset is None:
            what = f"there is no dataset {settings.dataset_id!r} in sandbox {clients.gateway.sandbox_name!r}."
            raise ConfigurationError(what, remedy="Correct dataset_id or sandbox_name.", stream=stream)
        return dataset
    name = settings.dataset_name(stream)
    named = list(clients.catalog.datasets(name))
    if not named:
        named = [
            dataset for dataset in clients.catalog.datasets() if tag_value(mark) in dataset.tags.get(TAG, ())
        ]
    if len(named) > 1:
        named = [dataset for dataset in named if tag_value(mark) in dataset.tags.get(TAG, ())] or named
    if len(named) > 1:
        ids = ", ".join(dataset.id for dataset in named)
        what = f"there are {len(named)} datasets named {name!r} ({ids})."
        raise ConfigurationError(what, remedy="Set dataset_id to the one that is meant.", stream=stream)
    return named[0] if named else None


def _require_schema(schema: PresentSchema, dataset: Dataset, stream: str, settings: StreamSettings) -> None:
    wanted = settings.schema_id or settings.schema
    if not wanted or wanted in {schema.id, schema.alternative_id, settings.schema and schema.title}:
        return
    what = f"dataset {dataset.name!r} is of schema {schema.title!r} ({schema.id}), not {wanted!r}."
    raise ConfigurationError(what, remedy="Correct the schema, or choose another dataset.", stream=stream)


def _require_class(schema: PresentSchema | None, stream: str, settings: StreamSettings) -> None:
    wanted = settings.behaviour or ("" if settings.reuses else "profile")
    if schema is None or (schema.behaviour and not wanted) or schema.behaviour == wanted:
        return
    is_of = schema.behaviour or schema.class_id or "another class"
    what = f"schema {schema.title!r} is of class {is_of}" + (f", not {wanted}." if wanted else ".")
    raise ConfigurationError(what, remedy="Correct class, or choose another dataset name.", stream=stream)
