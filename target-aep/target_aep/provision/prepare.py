"""The front door: a stream's destination, provisioned or reused."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from target_aep.dataprep import SourceType, compile_expression
from target_aep.errors import ConfigurationError, TryAgainError
from target_aep.provision import identity_rules, trees
from target_aep.provision.apply import apply
from target_aep.provision.fields import names_lost_in_lists
from target_aep.provision.mapping import in_namespace
from target_aep.provision.plan import Draft, draft
from target_aep.provision.stream import StreamSchema

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from target_aep.aep import Clients
    from target_aep.dataprep import MappingSet
    from target_aep.provision.desire import Identity
    from target_aep.settings import Settings
    from target_aep.stream_settings import StreamSettings
    from target_aep.xdm import Field

SETTLING_SECONDS = (1.0, 5.0, 15.0)


@dataclass(frozen=True)
class Destination:
    """Where a stream's rows go, and what they become.

    Args:
        stream: Name of the stream.
        settings: Its settings.
        dataset_id: Id of the dataset; empty in a dry run that would have to create it.
        dataset_name: Its name.
        schema_id: Id of its schema; empty likewise.
        schema: The schema's fields, with what this stream requires of a row besides.
        behaviour: ``profile``, ``event``, ``adhoc`` or ``relational``.
        profile_enabled: Whether rows flow to Profile.
        upsert: Whether Profile merges attributes instead of replacing the record.
        tenant_id: The tenant id, without underscore.
        mapping: The effective mapping set.
        load_method: ``append-only``, ``upsert`` or ``overwrite``; None when not configured.
        key_paths: Paths that identify a row; empty when there is no key.
        identities: The schema's identity fields.
        warnings: What a user should know, in sentences.
        notes: How values are changed on the way besides the mapping, in sentences, for the report.
    """

    stream: str
    settings: StreamSettings
    dataset_id: str
    dataset_name: str
    schema_id: str
    schema: Field
    behaviour: str
    profile_enabled: bool
    upsert: bool
    tenant_id: str
    mapping: MappingSet
    load_method: str | None
    key_paths: tuple[str, ...]
    identities: tuple[Identity, ...] = ()
    warnings: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def prepare(
    clients: Clients,
    settings: Settings,
    stream: str,
    singer_schema: Mapping[str, Any],
    key_properties: Sequence[str] = (),
) -> Destination:
    """Provision what a stream needs, or reuse what is there. Idempotent.

    Raises:
        ConfigurationError: Settings, mapping and AEP do not fit together, or something is missing and
            ``provision`` is off.
        DataError: A field would have to change its type.
        TryAgainError: What was made is not visible yet.
    """
    facts = StreamSchema(stream, singer_schema, tuple(key_properties))
    found = draft(clients, settings, facts)
    if found.actions and not settings.provision:
        listed = _listed(found)
        what = f"provision is off, and this is missing: {listed}."
        remedy = "Run `target-aep plan` and `target-aep apply`, or set provision: true."
        raise ConfigurationError(what, remedy=remedy, stream=stream)
    if found.actions and not settings.dry_run:
        apply(found.actions, clients, found.made)
        found = _settled(clients, settings, facts)
    return destination(found)


def _settled(clients: Clients, settings: Settings, facts: StreamSchema) -> Draft:
    """Wait until what was made is visible: the registry and Catalog promise no more than soon."""
    for wait in (*SETTLING_SECONDS, None):
        found = draft(clients, settings, facts)
        if not found.actions:
            return found
        if wait is not None:
            time.sleep(wait)
    listed = _listed(found)
    what = f"this was made and is not visible yet: {listed}."
    raise TryAgainError(what, remedy="Run again in some minutes.", stream=facts.stream)


def _listed(found: Draft) -> str:
    return "; ".join(action.sentence for action in found.actions)


def destination(found: Draft) -> Destination:
    """Return the destination that a draft leads to."""
    survey, settings = found.survey, found.settings
    dataset, schema = survey.dataset, survey.schema
    profile = settings.profile or bool(dataset and dataset.profile_enabled)
    return Destination(
        stream=found.stream.stream,
        settings=settings,
        dataset_id=dataset.id if dataset else "",
        dataset_name=dataset.name if dataset else settings.dataset_name(found.stream.stream),
        schema_id=schema.id if schema else "",
        schema=_strict(found, profile=profile),
        behaviour=found.behaviour,
        profile_enabled=profile,
        upsert=bool(dataset and dataset.upsert) or (settings.profile and settings.load_method == "upsert"),
        tenant_id=survey.tenant_id,
        mapping=found.mapping,
        load_method=settings.load_method,
        key_paths=found.keys,
        identities=found.identities,
        warnings=tuple(_warnings(found)),
        notes=tuple(_notes(found)),
    )


def _strict(found: Draft, *, profile: bool) -> Field:
    """The schema, with what class and identity need of each row.

    A record without its primary identity would land in the lake and never become a profile.
    """
    required = ["_id", "timestamp"] if found.behaviour == "event" else []
    if found.behaviour == "relational":
        required += found.keys
    root = found.root
    for path in required:
        root = trees.with_required(root, path.split("."))
    return identity_rules.strict(
        root, found.identities, feeds_profile=profile, in_map=found.primary_is_in_map
    )


def _notes(found: Draft) -> Iterator[str]:
    for identity in found.settings.identities:
        changes = [
            *identity.steps,
            *(f"{placeholder!r} is no value" for placeholder in identity.placeholders),
        ]
        if changes:
            path = identity.source or in_namespace(identity.path, found.namespace)
            yield f"identity {path} ({identity.namespace_code}) is normalised: {', '.join(changes)}"

    if found.settings.null_handling == "send":
        yield (
            "null_handling is send: objects whose fields are all null are kept. This clears no attribute of "
            "a profile, since Profile merges fragments"
        )


def _warnings(found: Draft) -> list[str]:
    absent = sorted(
        {source for source in _sources(found.mapping) if found.stream.property_at(source) is None}
    )
    warnings = []
    if absent:
        warnings.append(f"mapped, but not in the stream: {', '.join(absent)}")
    lost = sorted(set(_lost_in_lists(found)))
    if lost:
        warnings.append(
            f"left out, since no XDM field can have such a name within a list: {', '.join(lost)} "
            "(rename them in the tap, or by a calculated field)"
        )
    if found.unused_types:
        warnings.append(f"types has entries of no field of the stream: {', '.join(found.unused_types)}")
    return [*warnings, *_profile_warnings(found)]


def _profile_warnings(found: Draft) -> Iterator[str]:
    dataset = found.survey.dataset
    if dataset is None or not dataset.profile_enabled:
        return
    if not found.settings.profile:
        yield "the dataset is enabled for Profile in AEP; it stays so"
        if not dataset.identity_enabled:
            yield (
                "the dataset is enabled for Profile and not for Identity, so identities are not linked; "
                "profile: true enables both"
            )
    if not any(identity.primary for identity in found.identities) and not found.primary_is_in_map:
        yield "the dataset is enabled for Profile, and rows have no primary identity: none becomes a profile"


def _lost_in_lists(found: Draft) -> Iterator[str]:
    for each in found.mapping.mappings:
        if each.source_type is SourceType.ATTRIBUTE and (there := found.stream.property_at(each.source)):
            yield from names_lost_in_lists(there[1], each.source)


def _sources(mapping: MappingSet) -> Iterator[str]:
    """Paths of the source fields that a mapping set reads, as far as its text says."""
    for each in mapping.mappings:
        if each.source_type is SourceType.ATTRIBUTE:
            yield each.source
        elif each.source_type is SourceType.EXPRESSION:
            yield from (".".join(names) for names in compile_expression(each.source).reads or ())
