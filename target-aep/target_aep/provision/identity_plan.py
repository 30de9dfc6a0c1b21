"""Changes of namespaces, descriptors and Profile enablement."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from target_aep.errors import ConfigurationError
from target_aep.provision.actions import Action, CreateDescriptor, CreateNamespace, EnableUnion
from target_aep.xdm import Field, XdmType
from target_aep.xdm.paths import find

if TYPE_CHECKING:
    from collections.abc import Sequence

    from target_aep.aep import Clients
    from target_aep.provision.desire import Desire, Identity
    from target_aep.provision.schema_plan import SchemaContext
    from target_aep.stream_settings import NamespaceSettings

IDENTITY = "xdm:descriptorIdentity"


def plan_identities(context: SchemaContext, wanted: Desire, root: Field, clients: Clients) -> list[Action]:
    """Return what is missing of namespaces and identity descriptors.

    Raises:
        ConfigurationError: An identity contradicts the schema, or one that is described already.
    """
    described = context.present.identities() if context.present else []
    undescribed: list[Identity] = []
    for identity in wanted.identities:
        field = find(root, identity.path)
        if field is None or field.type is not XdmType.STRING:
            what = f"identity {identity.path} is {field.type.value if field else 'missing'}, not a string."
            raise ConfigurationError(what, remedy="Choose a string field.", stream=context.stream)
        if not _is_described(identity, described, context):
            undescribed.append(identity)
    by_map = len(wanted.namespaces) > len(wanted.identities)
    missing = _missing_namespaces(wanted.namespaces, clients, context) if undescribed or by_map else []
    return [*missing, *(_descriptor(identity) for identity in undescribed)]


def plan_relational(context: SchemaContext, keys: Sequence[str], version: str) -> list[Action]:
    """Return the primary key and version descriptors that are missing; paths are root fields."""
    described = {item.get("@type") for item in context.present.descriptors} if context.present else set()
    pointers = [f"/{key}" for key in keys]
    bodies: dict[str, dict[str, Any]] = {
        "xdm:descriptorPrimaryKey": {"xdm:sourceProperty": pointers if len(pointers) > 1 else pointers[0]},
        "xdm:descriptorVersion": {"xdm:sourceProperty": f"/{version}"},
    }
    sentences = {
        "xdm:descriptorPrimaryKey": f"make {', '.join(keys)} the primary key",
        "xdm:descriptorVersion": f"make {version} the version",
    }
    return [
        CreateDescriptor(sentences[kind], {"@type": kind, **body})
        for kind, body in bodies.items()
        if kind not in described
    ]


def plan_union(context: SchemaContext, wanted: Desire) -> list[Action]:
    """Return the enablement for Profile, after checking that it can succeed.

    Raises:
        ConfigurationError: There is no primary identity.
    """
    present = context.present
    if present is not None and present.in_union:
        return []
    described = present.identities() if present else []
    has_primary = any(item.get("xdm:isPrimary") for item in described)
    if not has_primary and not wanted.primary_in_map and not any(i.primary for i in wanted.identities):
        what = f"schema {context.title!r} has no primary identity, without which Profile takes nothing."
        raise ConfigurationError(what, remedy="Make one of identities primary.", stream=context.stream)
    return [EnableUnion(f"enable schema {context.title!r} for Profile (for ever)")]


def _is_described(identity: Identity, described: Sequence[Any], context: SchemaContext) -> bool:
    if identity.primary:
        other = next((item for item in described if item.get("xdm:isPrimary")), None)
        if other is not None and other.get("xdm:sourceProperty") != identity.pointer:
            what = (
                f"the schema's primary identity is {other.get('xdm:sourceProperty')}, not {identity.pointer}."
            )
            remedy = "It cannot be changed: make that one primary, or use another dataset."
            raise ConfigurationError(what, remedy=remedy, stream=context.stream)
    same = next((item for item in described if item.get("xdm:sourceProperty") == identity.pointer), None)
    if same is None:
        return False
    code = same.get("xdm:namespace") if same.get("xdm:property", "xdm:code") == "xdm:code" else identity.code
    if code != identity.code or (identity.primary and not same.get("xdm:isPrimary")):
        primary = "primary" if same.get("xdm:isPrimary") else "secondary"
        what = f"{identity.path} is described already, as a {primary} identity of namespace {code}."
        remedy = "Configure it so, or use another dataset."
        raise ConfigurationError(what, remedy=remedy, stream=context.stream)
    return True


def _missing_namespaces(
    wanted: Sequence[str | NamespaceSettings], clients: Clients, context: SchemaContext
) -> list[Action]:
    codes = {namespace.code for namespace in clients.namespaces.all()}
    by_case = {code.lower(): code for code in codes}
    actions: dict[str, Action] = {}
    for namespace in wanted:
        code, name, id_type = (
            (namespace, "", "CROSS_DEVICE")
            if isinstance(namespace, str)
            else (namespace.code, namespace.name, namespace.id_type)
        )
        if code in codes:
            continue
        if code.lower() in by_case:
            what = f"namespace {code} is written {by_case[code.lower()]}."
            raise ConfigurationError(what, remedy="Correct the identity.", stream=context.stream)
        sentence = f"create identity namespace {code} ({id_type}, for ever)"
        actions[code] = CreateNamespace(sentence, code, name or code, id_type)
    return list(actions.values())


def _descriptor(identity: Identity) -> CreateDescriptor:
    primary = "primary" if identity.primary else "secondary"
    body = {
        "@type": IDENTITY,
        "xdm:sourceProperty": identity.pointer,
        "xdm:namespace": identity.code,
        "xdm:property": "xdm:code",
        "xdm:isPrimary": identity.primary,
    }
    return CreateDescriptor(f"make {identity.path} a {primary} identity of namespace {identity.code}", body)
