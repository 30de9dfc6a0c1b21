"""What provisioning would do for a stream: look, compare, list the changes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from target_aep.errors import ConfigurationError
from target_aep.provision import identity_rules, standard, union
from target_aep.provision import mapping as mappings
from target_aep.provision.apply import Made
from target_aep.provision.dataset_plan import plan_dataset
from target_aep.provision.desire import desire, unused_types
from target_aep.provision.guardrails import FIELDS_PER_ROW
from target_aep.provision.identity_plan import plan_identities, plan_relational, plan_union
from target_aep.provision.schema_plan import ADHOC_NAMESPACE, SchemaContext, plan_schema
from target_aep.provision.standard import StandardGroups
from target_aep.provision.survey import survey
from target_aep.stream_settings import IDENTITY_MAP

if TYPE_CHECKING:
    from target_aep.aep import Clients
    from target_aep.dataprep import MappingSet
    from target_aep.provision.actions import Action
    from target_aep.provision.desire import Desire, Identity
    from target_aep.provision.stream import StreamSchema
    from target_aep.provision.survey import Survey
    from target_aep.settings import Settings
    from target_aep.stream_settings import StreamSettings
    from target_aep.xdm import Field


@dataclass(frozen=True)
class Draft:
    """The changes that a stream needs, and what will be there after them.

    Args:
        stream: The stream.
        settings: Its settings.
        survey: What is there.
        behaviour: Class of the schema.
        namespace: Namespace of custom fields, empty for the root.
        mapping: The effective mapping set.
        wanted: What the schema must hold.
        root: The schema's fields after the changes.
        actions: The changes, in order; empty when nothing is missing.
        keys: Paths of the fields that identify a row.
        identities: Identity fields, configured or described in the schema.
        unused_types: Entries of ``types`` that are of no field.
    """

    stream: StreamSchema
    settings: StreamSettings
    survey: Survey
    behaviour: str
    namespace: str
    mapping: MappingSet
    wanted: Desire
    root: Field
    actions: tuple[Action, ...]
    keys: tuple[str, ...]
    identities: tuple[Identity, ...]
    unused_types: tuple[str, ...]

    @property
    def primary_is_in_map(self) -> bool:
        """Whether the primary identity of a row is in its ``identityMap``."""
        if any(identity.primary for identity in self.identities):
            return False
        mapped = any(each.destination.startswith(IDENTITY_MAP) for each in self.mapping.mappings)
        return mapped or self.wanted.primary_in_map

    @property
    def made(self) -> Made:
        """Ids of what is there already."""
        schema, dataset = self.survey.schema, self.survey.dataset
        return Made(schema_id=schema.id if schema else "", dataset_id=dataset.id if dataset else "")


def draft(clients: Clients, settings: Settings, stream: StreamSchema) -> Draft:
    """Compare what a stream needs with what is there. Only reads.

    Raises:
        ConfigurationError: Settings, mapping and what is there do not fit together.
        DataError: A field would have to change its type.
    """
    own = settings.rules.settings_for(stream.stream)
    found = survey(clients, stream.stream, own)
    behaviour = (found.schema.behaviour if found.schema else "") or own.behaviour or "profile"
    namespace = found.schema.namespace if found.schema else _new_namespace(behaviour, found.tenant_id)
    written = mappings.load(own.mapping, settings.mapping_path, clients.mapping_sets)
    label = own.dataset_id or own.dataset_name(stream.stream)
    effective = mappings.complete(
        written,
        stream,
        own,
        namespace=namespace,
        behaviour=behaviour,
        label=label,
        own=found.schema.root if found.schema and found.ours else None,
        others=found.schema.root if found.schema and not found.ours else None,
    )
    wanted = desire(effective.mappings, stream, own, namespace=namespace)
    filled = sum(1 for _ in wanted.custom.leaves()) + len(wanted.standard)
    FIELDS_PER_ROW.check(filled, stream=stream.stream)
    identities = identity_rules.identities(wanted, found.schema)
    if own.profile or (found.dataset and found.dataset.profile_enabled):
        identity_rules.require_mapped(
            identities, wanted.sources, stream=stream.stream, dataset=own.dataset_name(stream.stream)
        )
    keys = _key_paths(behaviour, wanted, stream, identities)
    version = _version(behaviour, wanted, own, stream, keys)
    context = SchemaContext(
        stream=stream.stream,
        title=found.schema.title if found.schema else own.dataset_name(stream.stream),
        mark=found.mark,
        behaviour=behaviour,
        present=found.schema,
        ours=found.ours,
        required=frozenset({*keys, version}) if behaviour == "relational" else frozenset(),
    )
    actions, root = plan_schema(context, wanted, clients, StandardGroups(clients.registry))
    if behaviour == "relational":
        actions += plan_relational(context, keys, version)
    else:
        actions += plan_identities(context, wanted, root, clients)
    if own.profile:
        actions += plan_union(context, wanted)
    if actions and (own.profile or (found.schema and found.schema.in_union)):
        class_id = found.schema.class_id if found.schema else standard.CLASSES[behaviour]
        union.require_room(context, class_id, wanted, root, clients)
    actions += plan_dataset(found, own, name=own.dataset_name(stream.stream), description=context.description)
    return Draft(
        stream=stream,
        settings=own,
        survey=found,
        behaviour=behaviour,
        namespace=namespace,
        mapping=effective,
        wanted=wanted,
        root=root,
        actions=tuple(actions),
        keys=keys,
        identities=identities,
        unused_types=tuple(unused_types(own, effective.mappings, namespace)),
    )


def _new_namespace(behaviour: str, tenant_id: str) -> str:
    return {"adhoc": ADHOC_NAMESPACE, "relational": ""}.get(behaviour, f"_{tenant_id}")


def _key_paths(
    behaviour: str, wanted: Desire, stream: StreamSchema, identities: tuple[Identity, ...]
) -> tuple[str, ...]:
    """Paths that tell one row's later version from another row: ``_id``, primary identity, or the key."""
    if behaviour == "event":
        return ("_id",)
    primary = next((identity.path for identity in identities if identity.primary), None)
    if primary is not None:
        return (primary,)
    paths = [_destination(wanted, key) for key in stream.key_properties]
    found = tuple(path for path in paths if path)
    if behaviour == "relational" and (not found or len(found) < len(paths)):
        what = "a relational schema needs a primary key, and the stream has none" + (
            " that is mapped." if paths else "."
        )
        raise ConfigurationError(what, remedy="Choose another class, or map the key.", stream=stream.stream)
    return found if len(found) == len(paths) else ()


def _version(
    behaviour: str, wanted: Desire, settings: StreamSettings, stream: StreamSchema, keys: tuple[str, ...]
) -> str:
    if behaviour != "relational":
        return ""
    path = _destination(wanted, settings.version)
    if not path or path in keys:
        what = (
            "a relational schema needs a version: a number or date-time that grows with each change of a row."
        )
        remedy = "Set version to a field of the stream that is mapped and not part of its key."
        raise ConfigurationError(what, remedy=remedy, stream=stream.stream)
    return path


def _destination(wanted: Desire, source: str) -> str:
    return next((path for path, origin in wanted.sources.items() if origin == source), "")
