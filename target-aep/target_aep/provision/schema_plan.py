"""Changes that give a schema the fields that a stream needs."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from target_aep.errors import ConfigurationError
from target_aep.provision import standard, trees
from target_aep.provision.actions import CLASS, GROUP, Action, AttachGroup, CreateResource, ExtendResource
from target_aep.provision.additions import additions
from target_aep.provision.evolution import require_additive
from target_aep.xdm import Field, to_json_schema
from target_aep.xdm.paths import find

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from target_aep.aep import Clients
    from target_aep.provision.desire import Desire
    from target_aep.provision.standard import StandardGroups
    from target_aep.provision.survey import PresentSchema

ADHOC_NAMESPACE = "_adhoc"
"""What the namespace of an ad-hoc class is called until the registry has named it."""


@dataclass(frozen=True)
class SchemaContext:
    """What the changes of a schema are made from.

    Args:
        stream: Name of the stream.
        title: Title of the schema.
        mark: Fingerprint that descriptions carry.
        behaviour: Class of the schema.
        present: The schema as it is, if it is there.
        ours: Whether the schema was made for this stream, so that its types follow the stream's.
        required: Root fields that a relational schema must have: key and version.
    """

    stream: str
    title: str
    mark: str
    behaviour: str
    present: PresentSchema | None
    ours: bool = True
    required: frozenset[str] = frozenset()

    @property
    def description(self) -> str:
        """Description of what is made, by which it is known again."""
        return f"Made by target-aep for stream {self.stream} [{self.mark}]"


def plan_schema(
    context: SchemaContext, wanted: Desire, clients: Clients, groups: StandardGroups
) -> tuple[list[Action], Field]:
    """Return the changes of classes, field groups and schema, and the schema's fields after them.

    Raises:
        ConfigurationError: A destination is in no class or standard field group.
        DataError: A field would have to change its type.
    """
    if context.behaviour in standard.CLASSES:
        return _plan_composed(context, wanted, clients, groups)
    for path in wanted.standard:
        raise _unknown(path, wanted, wanted.custom, context)
    if context.present is None:
        make = _new_adhoc if context.behaviour == "adhoc" else _new_relational
        return make(context, wanted), wanted.custom
    lacking = _lacking(context, wanted, context.present)
    if lacking is None:
        return [], context.present.root
    if context.behaviour == "adhoc":
        kind, owner = "classes", context.present.class_id
    else:
        kind, owner = "schemas", context.present.id
    document = clients.registry.get(kind, owner) or {}
    return [_extension(kind, owner, document, lacking, context)], trees.united(context.present.root, lacking)


# -- schemas composed of a standard class and field groups ---------------------------------------


def _plan_composed(
    context: SchemaContext, wanted: Desire, clients: Clients, groups: StandardGroups
) -> tuple[list[Action], Field]:
    present = context.present
    class_id = present.class_id if present else standard.CLASSES[context.behaviour]
    root = present.root if present else groups.fields_of("classes", class_id)
    if root is None:
        what = f"the registry has no class {class_id}."
        raise ConfigurationError(what, remedy="Check that the organisation has Experience Platform.")
    attached: dict[str, None] = {}
    for path in wanted.standard:
        if find(root, path) is not None:
            continue
        found = groups.group_with(path, class_id)
        if found is None:
            raise _unknown(path, wanted, root, context, groups.near(path, class_id))
        attached[found[0]] = None
        root = trees.united(root, found[1])
    if present is None:
        root = trees.united(root, wanted.custom)
        return _new_composed(context, wanted, class_id, list(attached)), root
    lacking = _lacking(context, wanted, present)
    actions: list[Action] = []
    if lacking is not None:
        actions += _extend_group(context, lacking, present, clients)
        root = trees.united(root, lacking)
    actions += [
        AttachGroup(f"add standard field group {group} to schema {present.title!r}", group)
        for group in attached
    ]
    return actions, root


def _new_composed(context: SchemaContext, wanted: Desire, class_id: str, attached: list[str]) -> list[Action]:
    actions: list[Action] = []
    parts = [class_id, *attached]
    if wanted.custom.fields:
        actions.append(_new_group(context, wanted.custom, class_id))
        parts.append(GROUP)
    body = {
        "type": "object",
        "title": context.title,
        "description": context.description,
        "allOf": [{"$ref": part} for part in parts],
    }
    sentence = f"create schema {context.title!r} of class {context.behaviour}"
    if attached:
        sentence += f" with {', '.join(part.rpartition('/')[2] for part in attached)}"
    return [*actions, CreateResource(sentence, "schemas", context.title, body)]


def _new_group(context: SchemaContext, custom: Field, class_id: str, title: str = "") -> CreateResource:
    title = title or _group_title(context.title)
    body = {
        "type": "object",
        "title": title,
        "description": context.description,
        "meta:intendedToExtend": [class_id],
        "definitions": {"customFields": {"type": "object", "properties": _properties(custom)}},
        "allOf": [{"$ref": "#/definitions/customFields", "type": "object", "meta:xdmType": "object"}],
    }
    sentence = f"create field group {title!r} with {_count(custom)}"
    return CreateResource(sentence, "fieldgroups", title, body, details=_listed(custom))


def _extend_group(
    context: SchemaContext, lacking: Field, present: PresentSchema, clients: Clients
) -> list[Action]:
    group_id, document = _our_group(context, present, clients)
    if document is None:
        attach = AttachGroup(f"add it to schema {present.title!r}", GROUP)
        title = _free_group_title(context, clients)
        return [_new_group(context, lacking, present.class_id, title), attach]
    actions: list[Action] = [_extension("fieldgroups", group_id, document, lacking, context)]
    if group_id not in present.parts:
        actions.append(AttachGroup(f"add it to schema {present.title!r}", group_id))
    return actions


def _our_group(
    context: SchemaContext, present: PresentSchema, clients: Clients
) -> tuple[str, Mapping[str, Any] | None]:
    """Find the field group that we made for a schema: by its mark, or by title where both are ours.

    A group that only has the title may be others', and may be part of their schemas, too.
    """
    found = clients.registry.find("fieldgroups", title=_group_title(present.title))
    titled = str(found["$id"]) if found else ""
    attached = sorted(part for part in present.parts if "/mixins/" in part)
    for group_id in dict.fromkeys([*([titled] if titled else []), *attached]):
        document = (
            None if group_id.startswith(standard.ADOBE) else clients.registry.get("fieldgroups", group_id)
        )
        if document is None:
            continue
        is_marked = f"[{context.mark}]" in str(document.get("description", ""))
        if is_marked or (context.ours and group_id == titled and titled in present.parts):
            return group_id, document
    return "", None


def _free_group_title(context: SchemaContext, clients: Clients) -> str:
    """A title for a new field group; that of a group of others is not to be had."""
    title = _group_title(context.title)
    taken = clients.registry.find("fieldgroups", title=title)
    return f"{title} {context.mark}" if taken else title


def _group_title(schema_title: str) -> str:
    return f"{schema_title} fields"


# -- schemas with fields of their own -------------------------------------------------------------


def _new_adhoc(context: SchemaContext, wanted: Desire) -> list[Action]:
    title = f"{context.title} class"
    class_body = {
        "type": "object",
        "title": title,
        "description": context.description,
        "allOf": [{"$ref": standard.ADHOC_BEHAVIOUR}, {"properties": _properties(wanted.custom)}],
    }
    schema_body = {
        "type": "object",
        "title": context.title,
        "description": context.description,
        "allOf": [{"$ref": CLASS}],
    }
    return [
        CreateResource(
            f"create ad-hoc class {title!r} with {_count(wanted.custom)}",
            "classes",
            title,
            class_body,
            details=_listed(wanted.custom),
        ),
        CreateResource(f"create schema {context.title!r} of it", "schemas", context.title, schema_body),
    ]


def _new_relational(context: SchemaContext, wanted: Desire) -> list[Action]:
    custom = {
        "type": "object",
        "properties": _properties(wanted.custom),
        "required": sorted(context.required),
    }
    body = {
        "type": "object",
        "title": context.title,
        "description": context.description,
        "definitions": {"customFields": custom},
        "allOf": [{"$ref": "#/definitions/customFields", "meta:xdmType": "object"}],
        "meta:extends": [standard.RELATIONAL_BEHAVIOUR],
        "meta:behaviorType": "record",
    }
    sentence = f"create relational schema {context.title!r} with {_count(wanted.custom)}"
    return [CreateResource(sentence, "schemas", context.title, body, details=_listed(wanted.custom))]


# -- additions ------------------------------------------------------------------------------------


def _lacking(context: SchemaContext, wanted: Desire, present: PresentSchema) -> Field | None:
    require_additive(
        wanted.custom,
        present.root,
        converted=lambda path: not context.ours or path in wanted.converted,
        stream=context.stream,
        schema_title=present.title,
        sources=wanted.sources,
    )
    return trees.missing(wanted.custom, present.root)


def _extension(
    kind: str, resource_id: str, document: Mapping[str, Any], lacking: Field, context: SchemaContext
) -> ExtendResource:
    operations = tuple(additions(document, lacking))
    title = str(document.get("title") or context.title)
    sentence = f"add {_count(lacking)} to {title!r}"
    return ExtendResource(sentence, kind, resource_id, operations, details=_listed(lacking))


def _properties(custom: Field) -> dict[str, Any]:
    return {name: to_json_schema(field) for name, field in custom.fields.items()}


def _listed(custom: Field) -> tuple[str, ...]:
    fields = {".".join(names): _type_name(field) for names, field in custom.leaves()}
    width = max(map(len, fields), default=0)
    return tuple(f"{path:{width}}  {kind}" for path, kind in fields.items())


def _type_name(field: Field) -> str:
    return field.type.value + (f" of {_type_name(field.items)}" if field.items is not None else "")


def _count(custom: Field) -> str:
    fields = sum(1 for _ in custom.leaves())
    return f"{fields} field" if fields == 1 else f"{fields} fields"


def _unknown(
    path: str, wanted: Desire, root: Field, context: SchemaContext, further: Sequence[str] = ()
) -> ConfigurationError:
    known = [".".join(names) for names, _ in root.leaves()]
    close = difflib.get_close_matches(path, [*known, *further], n=3)
    what = f"{wanted.sources[path]!r} is mapped to {path}, which the schema {context.title!r} cannot have."
    hint = f"Did you mean {' or '.join(close)}?" if close else ""
    remedy = f"{hint} Custom fields begin with _{{TENANT_ID}}.".strip()
    return ConfigurationError(what, remedy=remedy, stream=context.stream)
