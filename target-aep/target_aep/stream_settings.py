"""What a user says about a stream: one entry of the ``streams`` setting."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Annotated, Any, Literal

import msgspec
from msgspec import Meta

from target_aep.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterable

Behaviour = Literal["profile", "event", "adhoc", "relational"]
Normalisation = Literal["trim", "lower", "upper"]
IDENTITY_MAP = "identityMap"
"""The path of identities that are kept by namespace in each row instead of described in the schema."""

LoadMethod = Literal["append-only", "upsert", "overwrite"]


class NamespaceSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An identity namespace, created when it is missing."""

    code: Annotated[str, Meta(pattern=r"^[A-Za-z0-9]+$", description="Letters and digits; for ever.")]
    name: Annotated[str, Meta(description="Display name; the code by default.")] = ""
    id_type: Annotated[
        Literal["COOKIE", "CROSS_DEVICE", "DEVICE", "EMAIL", "MOBILE", "NON_PEOPLE", "PHONE"],
        Meta(description="What kind of identifier it is, used when it is created."),
    ] = "CROSS_DEVICE"


class IdentitySettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A field that identifies a person."""

    path: Annotated[str, Meta(description="XDM path of a string field, or identityMap together with source.")]
    namespace: Annotated[
        str | NamespaceSettings,
        Meta(
            description="Code of a standard or own namespace, or an object of code, name and id_type; "
            "created when missing."
        ),
    ]
    primary: Annotated[bool, Meta(description="Whether it is the schema's primary identity.")] = False
    source: Annotated[str, Meta(description="Field of the stream, where path is identityMap.")] = ""
    normalise: Annotated[
        Normalisation | list[Normalisation],
        Meta(description="trim, lower or upper, or a list of them, applied to the value in this order."),
    ] = []
    placeholders: Annotated[
        list[str], Meta(description="Values that mean no value (n/a, unknown); they are not sent.")
    ] = []

    @property
    def namespace_code(self) -> str:
        """The namespace's code."""
        return self.namespace if isinstance(self.namespace, str) else self.namespace.code

    @property
    def steps(self) -> list[Normalisation]:
        """Normalisations in order."""
        return [self.normalise] if isinstance(self.normalise, str) else self.normalise


class StreamSettings(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, rename={"behaviour": "class"}
):
    """Where a stream goes and how."""

    dataset: Annotated[
        str,
        Meta(description="Name of the dataset; {stream} is the stream's name, and the default."),
    ] = ""
    dataset_id: Annotated[str, Meta(description="An existing dataset, instead of a name.")] = ""
    schema_id: Annotated[str, Meta(description="An existing schema to make the dataset with.")] = ""
    schema: Annotated[str, Meta(description="Title of such a schema, instead of its id.")] = ""
    behaviour: (
        Annotated[
            Behaviour,
            Meta(
                title="Class",
                description="profile (XDM Individual Profile), event (ExperienceEvent), adhoc, relational; "
                "by default that of an existing schema, or profile.",
            ),
        ]
        | None
    ) = None
    mapping: Annotated[
        str | dict[str, Any],
        Meta(
            description="Data Prep mapping set: a .json or .csv file under mapping_path, the id of one in "
            "AEP, an object with mappings, or auto (by name)."
        ),
    ] = "auto"
    identities: Annotated[list[IdentitySettings], Meta(description="Fields that identify a person.")] = []
    timestamp: Annotated[str, Meta(description="Field with the time of an event (class event).")] = ""
    id_fields: Annotated[
        list[str], Meta(description="Fields that make an event's _id; the stream's key by default.")
    ] = []
    version: Annotated[str, Meta(description="Field with a row's version (class relational).")] = ""
    profile: Annotated[
        bool, Meta(description="Enable schema and dataset for Real-Time Customer Profile.")
    ] = False
    load_method: Annotated[
        LoadMethod | None,
        Meta(description="append-only, upsert or overwrite; by default overwrite for full-table streams."),
    ] = None
    types: Annotated[
        dict[
            str, Literal["string", "double", "long", "int", "short", "byte", "boolean", "date", "date-time"]
        ],
        Meta(
            description="XDM types of single fields, instead of those that follow from the stream's schema."
        ),
    ] = {}
    error_threshold_percent: Annotated[
        float, Meta(ge=0, le=100, description="Rejected rows that are tolerated, per unit of commit.")
    ] = 0.0
    null_handling: Annotated[
        Literal["omit", "send"], Meta(description="Leave nulls out, or send them where the format can.")
    ] = "omit"
    allow_empty_overwrite: Annotated[bool, Meta(description="Let a read without rows empty the dataset.")] = (
        False
    )
    overwrite_profile: Annotated[
        bool, Meta(description="Allow overwrite on a dataset that feeds Profile.")
    ] = False
    enable_cdc: Annotated[
        bool, Meta(description="Send _change_request_type (class relational; unproven).")
    ] = False

    @property
    def reuses(self) -> bool:
        """Whether dataset or schema are named that exist already."""
        return bool(self.dataset_id or self.schema_id or self.schema)

    def dataset_name(self, stream: str) -> str:
        """The dataset's name for a stream that this entry matches."""
        return self.dataset.replace("{stream}", stream) if self.dataset else stream


class StreamRules:
    """The ``streams`` setting: entries by glob, of which the first that matches counts.

    Args:
        entries: The entries.
        load_method: For those that have none.
    """

    def __init__(self, entries: dict[str, StreamSettings], load_method: LoadMethod | None = None) -> None:
        self._default = StreamSettings(load_method=load_method)
        self._entries = {
            glob: msgspec.structs.replace(entry, load_method=entry.load_method or load_method)
            for glob, entry in entries.items()
        }

    def settings_for(self, stream: str) -> StreamSettings:
        """Return a stream's settings; the defaults where nothing at all is configured.

        Raises:
            ConfigurationError: There are entries, but none for this stream.
        """
        if not self._entries:
            return self._default
        glob = self._first(stream)
        if glob is not None:
            return self._entries[glob]
        what = f"no entry of streams matches it (there are {', '.join(map(repr, self._entries))})."
        remedy = f'Add one ("{stream}" or "*"), or deselect the stream in the tap.'
        raise ConfigurationError(what, remedy=remedy, stream=stream)

    def matches(self, stream: str) -> bool:
        """Whether a stream has settings."""
        return not self._entries or any(fnmatchcase(stream, glob) for glob in self._entries)

    def unused(self, streams: Iterable[str]) -> list[str]:
        """Globs that are the one for none of these streams: they match nothing, or earlier ones took all."""
        used = {self._first(stream) for stream in streams}
        return [glob for glob in self._entries if glob not in used]

    def require_used(self, streams: Iterable[str], known: Iterable[str] = ()) -> list[str]:
        """Check that no entry is one by mistake.

        A run may have only some of the streams that there are entries for. But where a stream went by an
        entry further down, the unused one above may have been meant for it and be misspelt; and an entry
        that an earlier one leaves nothing to can never count.

        Args:
            streams: Streams of a run.
            known: Further streams that the source has.

        Returns:
            Globs that were not needed this time.

        Raises:
            ConfigurationError: An entry is unused, and a stream may have gone elsewhere for it.
        """
        streams = list(streams)
        unused = self.unused([*streams, *known])
        order = list(self._entries)
        last = max((order.index(glob) for s in streams if (glob := self._first(s)) is not None), default=-1)
        wrong = [
            glob
            for glob in unused
            if order.index(glob) < last or any(fnmatchcase(stream, glob) for stream in streams)
        ]
        if wrong:
            what = f"these entries of streams match no stream: {', '.join(map(repr, wrong))}."
            remedy = "Correct or remove them; the first entry that matches a stream is the one that counts."
            raise ConfigurationError(what, remedy=remedy)
        return unused

    def _first(self, stream: str) -> str | None:
        return next((glob for glob in self._entries if fnmatchcase(stream, glob)), None)

    @property
    def entries(self) -> dict[str, StreamSettings]:
        """Settings by glob, in order; those of every stream where nothing is configured."""
        return dict(self._entries) or {"*": self._default}


def check_entry(glob: str, settings: StreamSettings) -> None:
    """Check what can be wrong within one entry.

    Raises:
        ConfigurationError: Settings contradict each other.
    """
    problem = next((text for text in _contradictions(settings)), None)
    if problem:
        what = f"streams.{glob}: {problem}."
        raise ConfigurationError(what, remedy="Correct the entry.")


def _contradictions(settings: StreamSettings) -> list[str]:
    reuses = settings.reuses
    kind = settings.behaviour or ("" if reuses else "profile")
    described = [identity.path for identity in settings.identities if identity.path != IDENTITY_MAP]
    primaries = [identity for identity in settings.identities if identity.primary]
    checks = {
        "class event needs timestamp, the field with the time of the event": kind == "event"
        and not settings.timestamp
        and settings.mapping == "auto",
        f"timestamp is for class event, not {kind}": kind not in {"event", ""} and bool(settings.timestamp),
        f"id_fields is for class event, not {kind}": kind not in {"event", ""} and bool(settings.id_fields),
        f"version is for class relational, not {kind}": kind not in {"relational", ""}
        and bool(settings.version),
        f"enable_cdc is for class relational, not {kind}": kind not in {"relational", ""}
        and settings.enable_cdc,
        f"class {kind} cannot be enabled for Profile": kind in {"adhoc", "relational"} and settings.profile,
        f"class {kind} has no identities": kind in {"adhoc", "relational"} and bool(settings.identities),
        "more than one identity is primary": len(primaries) > 1,
        "schema and schema_id both name the schema": bool(settings.schema and settings.schema_id),
        "two identities have the same path": len(set(described)) < len(described),
        # Where schema and dataset are others', identities may be described there already.
        "profile: true needs a primary identity": settings.profile and not primaries and not reuses,
        "load_method upsert is for class profile (with profile: true) or relational": (
            settings.load_method == "upsert"
            and not (kind in {"relational", ""} or (kind == "profile" and settings.profile))
        ),
        "an identity with path identityMap needs source": any(
            identity.path == IDENTITY_MAP and not identity.source for identity in settings.identities
        ),
        "source is for identities with path identityMap": any(
            identity.path != IDENTITY_MAP and identity.source for identity in settings.identities
        ),
    }
    return [text for text, wrong in checks.items() if wrong]
