"""What a mapping command speaks of: a stream, its mapping set, and the schema it maps to."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from target_aep.commands import mapping_files
from target_aep.commands.mapping_stream import find_stream, piped_messages
from target_aep.commands.options import read_json, read_settings
from target_aep.connection import connect
from target_aep.dataprep import MappingSet, paths
from target_aep.dataprep.mapping_set import PLACEHOLDER
from target_aep.dataprep.suggest import Suggestion, suggest
from target_aep.dataprep.validate import Problem, Severity, validate
from target_aep.errors import ConfigurationError, DataError
from target_aep.provision import mapping as mappings
from target_aep.provision import standard, trees
from target_aep.provision.names import field_names
from target_aep.provision.plan import draft
from target_aep.provision.survey import survey
from target_aep.xdm import parse
from target_aep.xdm.types import Field, XdmType

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from target_aep.aep import Clients
    from target_aep.provision.stream import StreamSchema
    from target_aep.settings import Settings
    from target_aep.stream_settings import StreamSettings


@dataclass(frozen=True)
class Subject:
    """A stream with its mapping set and schema.

    Args:
        stream: What the tap says of it; ``None`` if that is not known.
        written: The mapping set as written, its tenant resolved.
        effective: The mapping set as evaluated, completed by provisioning.
        root: The output schema, with what provisioning would add; ``None`` if it is not known.
        needed: Paths that a row must have besides the schema's required fields.
        where: What the mapping set is called in messages.
        lines: Line of the file at which each mapping begins.
        problems: What stood in the way of knowing more.
        file: Where a proposal is written.
        tenant_id: The tenant's id; empty if it is not known.
        schema_id: Id of the schema in AEP; empty if it is not there.
        extends: Whether fields that the schema lacks may be added below the tenant's namespace.
    """

    stream: StreamSchema | None
    written: MappingSet
    effective: MappingSet
    root: Field | None
    needed: tuple[str, ...] = ()
    where: str = ""
    lines: list[int] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    file: Path = Path()
    tenant_id: str = ""
    schema_id: str = ""
    extends: bool = True


def of_stream(sources: Sequence[str], catalog: str | None, schema: str | None, name: str) -> Subject:
    """The subject of a proposal: a stream, and the schema that its fields may go to.

    Raises:
        ConfigurationError: The stream, the schema or the configuration cannot be read.
    """
    messages = piped_messages() if catalog is None else []
    if schema:
        stream = find_stream(catalog, messages, None, name)
        root = _schema_file(schema)
        nothing = MappingSet.of(())
        tenant = _tenant_of(root)
        return Subject(stream, nothing, nothing, root, file=Path(f"mappings/{name}.json"), tenant_id=tenant)
    settings = read_settings(sources)
    stream = find_stream(catalog, messages, settings, name)
    own = settings.rules.settings_for(name)
    named = isinstance(own.mapping, str) and own.mapping.lower().endswith(".json")
    file = str(own.mapping) if named else f"{name}.json"
    clients = connect(settings)
    with clients.gateway:
        root, tenant_id = _schema(clients, name, own)
    nothing = MappingSet.of(())
    return Subject(
        stream,
        nothing,
        nothing,
        root,
        file=Path(settings.mapping_path) / file,
        tenant_id=tenant_id,
        extends=settings.provision,
    )


def proposal(subject: Subject) -> tuple[list[Suggestion], list[dict[str, str]]]:
    """Suggestions for a stream, and the mappings that they make.

    A field that fits nowhere gets one of its own below the tenant's namespace,
    where the schema may be extended.
    """
    properties = subject.stream.properties if subject.stream else {}
    suggestions = suggest(properties, subject.root or Field(XdmType.OBJECT))
    found = []
    for each in suggestions:
        path = each.destination
        if path is None and subject.extends:
            path = f"_{PLACEHOLDER}.{_own_path(properties, each.source)}"
        if path is not None:
            path = _general(path, subject.tenant_id)
            found.append({"sourceType": "ATTRIBUTE", "source": each.source, "destination": path})
    return suggestions, found


def _own_path(properties: Mapping[str, Any], source: str) -> str:
    """Path of a field's own field in XDM: the legal names of the objects around it, and its own."""
    steps = [source] if source in properties else [str(step) for step in paths.parse(source)]
    names = []
    for step in steps:
        names.append(field_names(list(properties))[step])
        properties = properties[step].get("properties") or {}
    return ".".join(names)


def problems_of(subject: Subject) -> list[Problem]:
    """Everything that is wrong with a mapping set."""
    properties = subject.stream.properties if subject.stream else None
    open_root = f"_{subject.tenant_id}" if subject.extends and subject.tenant_id else ""
    problems = subject.problems + validate(subject.written, properties, subject.root, open_root=open_root)
    # What is missing is judged by what is evaluated: provisioning completes what was written.
    whole = validate(subject.effective, None, subject.root, subject.needed, open_root=open_root)
    problems = [each for each in problems if each.index is not None or not each.destination]
    return problems + [each for each in whole if each.index is None]


def of_mapping(
    sources: Sequence[str],
    catalog: str | None,
    schema: str | None,
    name: str,
    file: str | None,
    *,
    schema_message: StreamSchema | None = None,
    offline: bool = False,
    stdin: bool = True,
) -> Subject:
    """The subject of a check or a preview.

    Args:
        sources: Configuration files.
        catalog: A catalog, or SCHEMA messages.
        schema: File of the output schema, instead of asking AEP.
        name: The stream.
        file: File of the mapping set, instead of the configured one.
        schema_message: What the stream's own SCHEMA message says, where there was one.
        offline: Ask nobody, and know no schema if no file has it.
        stdin: Whether SCHEMA messages may come from standard input.

    Raises:
        ConfigurationError: Something that was named cannot be read.
    """
    messages = piped_messages() if stdin and catalog is None and schema_message is None else []
    if schema or offline:
        known = catalog or messages
        stream = schema_message or (find_stream(catalog, messages, None, name) if known else None)
        return _local(stream, name, file, _schema_file(schema) if schema else None)
    settings = read_settings(sources)
    stream = schema_message or find_stream(catalog, messages, settings, name)
    clients = connect(settings)
    with clients.gateway:
        return _remote(clients, settings, stream, file)


def _local(stream: StreamSchema | None, name: str, file: str | None, root: Field | None) -> Subject:
    path = Path(file or f"mappings/{name}.json")
    written, lines = mapping_files.read(path)
    tenant = _tenant_of(root)
    written = written.resolved(tenant) if tenant else written
    return Subject(stream, written, written, root, where=str(path), lines=lines)


def _remote(clients: Clients, settings: Settings, stream: StreamSchema, file: str | None) -> Subject:
    own = settings.rules.settings_for(stream.stream)
    lines: list[int] = []
    where = f"mapping of {stream.stream}"
    path = Path(settings.mapping_path) / own.mapping if isinstance(own.mapping, str) else None
    path = Path(file) if file else path if path and path.suffix.lower() in {".json", ".csv"} else None
    if path:
        written, lines = mapping_files.read(path)
        where = str(path)
        own = msgspec.structs.replace(own, mapping=written.to_dict())
        settings = msgspec.structs.replace(settings, streams={stream.stream: own})
    else:
        loaded = mappings.load(own.mapping, settings.mapping_path, clients.mapping_sets)
        written = loaded or MappingSet.of(())
    tenant_id = clients.registry.tenant_id().removeprefix("_")
    # What is wrong in itself is reported as that; the rest is planned for without it.
    wrong = {
        each.index
        for each in validate(written.resolved(tenant_id), stream.properties, None)
        if each.severity is Severity.ERROR
    }
    broken = [mapping for index, mapping in enumerate(written.mappings) if index in wrong]
    problems: list[Problem] = []
    if broken:
        sound = [mapping for index, mapping in enumerate(written.mappings) if index not in wrong]
        own = msgspec.structs.replace(own, mapping=written.with_mappings(sound).to_dict())
        settings = msgspec.structs.replace(settings, streams={stream.stream: own})
    try:
        found = draft(clients, settings, stream)
        root, namespace, effective = found.root, found.namespace, found.mapping
        schema_id = found.made.schema_id
        # What the broken mappings would have added is not in the schema, and no further problem.
        tenant_id = tenant_id if broken else ""
    except (ConfigurationError, DataError) as error:
        problems.append(Problem(Severity.ERROR, f"{error.what} {error.remedy}".strip()))
        root, _ = _schema(clients, stream.stream, own)
        namespace, effective, schema_id = f"_{tenant_id}", None, ""
    written = written.with_mappings(mappings.resolved(written.mappings, namespace))
    broken = mappings.resolved(broken, namespace)
    effective = effective.with_mappings([*effective.mappings, *broken]) if effective else written
    needed = tuple(mappings.in_namespace(each.path, namespace) for each in own.identities if not each.source)
    return Subject(
        stream,
        written,
        effective,
        root,
        needed,
        where,
        lines,
        problems,
        tenant_id=tenant_id,
        schema_id=schema_id,
    )


def _schema(clients: Clients, stream: str, own: StreamSettings) -> tuple[Field, str]:
    """The stream's schema, or what a new one would take fields from; and the tenant's id."""
    found = survey(clients, stream, own)
    root = found.schema.root if found.schema else _standard_fields(clients, own.behaviour or "profile")
    return root, found.tenant_id


def _schema_file(path: str) -> Field:
    document: dict[str, Any] = read_json(Path(path))
    try:
        return parse(document)
    except ValueError as error:
        message = f"{path}: {error}."
        raise ConfigurationError(message, remedy="Give the schema as AEP resolves it (xed-full).") from None


def _tenant_of(root: Field | None) -> str:
    """The tenant's id, which a schema's only root field with an underscore of unknown name tells."""
    known = {"_id", "_repo"}
    names = [name for name in (root.fields if root else ()) if name.startswith("_") and name not in known]
    return names[0].removeprefix("_") if len(names) == 1 else ""


def _standard_fields(clients: Clients, behaviour: str) -> Field:
    """The class and the standard field groups that a new schema would take fields from."""
    class_id = standard.CLASSES.get(behaviour)
    root = Field(XdmType.OBJECT)
    if class_id is None:
        return root
    groups = standard.StandardGroups(clients.registry)
    wanted = [("classes", class_id)]
    wanted += [
        ("fieldgroups", group) for group in dict.fromkeys(standard.PREFERRED_GROUPS[class_id].values())
    ]
    for kind, resource in wanted:
        fields = groups.fields_of(kind, resource)
        root = trees.united(root, fields) if fields is not None else root
    return root


def _general(path: str, tenant_id: str) -> str:
    return (
        f"_{PLACEHOLDER}{path[len(tenant_id) + 1 :]}"
        if tenant_id and path.startswith(f"_{tenant_id}.")
        else path
    )
