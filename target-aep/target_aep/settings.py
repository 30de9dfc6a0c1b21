"""The target's settings: one declaration for parsing, documentation and ``--about``."""

from __future__ import annotations

import difflib
import re
from typing import Annotated, Any, Literal, TypeVar

import msgspec
from msgspec import Meta

from target_aep.aep.gateway import IMS_URL, PLATFORM_URL
from target_aep.aep.ims import SCOPES
from target_aep.errors import ConfigurationError
from target_aep.stream_settings import LoadMethod, StreamRules, StreamSettings, check_entry

_Struct = TypeVar("_Struct", bound=msgspec.Struct)

SECRET = {"secret": True, "writeOnly": True}


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Configuration of the target, checked."""

    client_id: Annotated[
        str,
        Meta(
            min_length=1,
            title="Client ID",
            description="Client id of the OAuth Server-to-Server credential in the Adobe Developer Console.",
            extra_json_schema=SECRET,
        ),
    ]
    client_secret: Annotated[
        str,
        Meta(
            min_length=1,
            title="Client Secret",
            description="Secret of the OAuth Server-to-Server credential.",
            extra_json_schema=SECRET,
        ),
    ]
    org_id: Annotated[
        str,
        Meta(min_length=1, title="Organisation ID", description="Your organisation, ending in @AdobeOrg."),
    ]
    sandbox_name: Annotated[
        str,
        Meta(
            min_length=1,
            title="Sandbox",
            description="Name (not title) of the sandbox to load into; there is no default.",
        ),
    ]
    allow_production: Annotated[
        bool,
        Meta(title="Allow Production", description="Allow a sandbox that is not of type development."),
    ] = False
    pipeline_id: Annotated[
        str,
        Meta(
            min_length=1,
            pattern=r"^[A-Za-z0-9][\w.-]*$",
            title="Pipeline ID",
            description="Names this pipeline in the batches it makes, so that later runs know them. One per "
            "environment and shard; independent of plugin names and credentials.",
        ),
    ] = "default"
    streams: Annotated[
        dict[str, StreamSettings],
        Meta(
            title="Streams",
            description="What to do with each stream: settings by glob, the first that matches counts. "
            "Without it every stream goes to a dataset of its own name.",
        ),
    ] = {}
    load_method: (
        Annotated[
            LoadMethod,
            Meta(
                title="Load Method",
                description="append-only, upsert or overwrite, for the entries of streams that say nothing; "
                "by default overwrite for full-table streams and append-only for others.",
            ),
        ]
        | None
    ) = None
    mapping_path: Annotated[
        str, Meta(title="Mapping Path", description="Folder of the mapping sets that streams name.")
    ] = "mappings"
    provision: Annotated[
        bool,
        Meta(
            title="Provision",
            description="Create or extend field groups, schemas, namespaces, descriptors and datasets. "
            "When false, they must exist.",
        ),
    ] = True
    dry_run: Annotated[
        bool,
        Meta(
            title="Dry Run",
            description="Map, validate, write Parquet and report; send nothing and emit no state.",
        ),
    ] = False
    run_path: Annotated[
        str,
        Meta(
            title="Run Path",
            description="Folder (or fsspec URL) of run reports, spool and ledger; keep it between runs.",
        ),
    ] = ".runs"
    run_days: Annotated[
        int, Meta(ge=1, title="Run Days", description="Days that a run's folder is kept.")
    ] = 30
    quarantine_root: Annotated[
        str,
        Meta(
            title="Quarantine Root",
            description="Folder (or fsspec URL) for rejected rows; by default below run_path.",
        ),
    ] = ""
    quarantine_days: Annotated[
        int, Meta(ge=1, title="Quarantine Days", description="Days that rejected rows are kept.")
    ] = 30
    quarantine_mask: Annotated[
        list[str],
        Meta(
            title="Quarantine Mask",
            description="Globs of source fields whose values are masked in the quarantine, mapped or not.",
        ),
    ] = []
    on_stream_error: Annotated[
        Literal["continue", "abort"],
        Meta(title="On Stream Error", description="Load the other streams when one fails, or stop."),
    ] = "continue"
    on_rewind: Annotated[
        Literal["fail", "replace", "append"],
        Meta(
            title="On Rewind",
            description="What to do when the tap starts before rows that were already loaded (full refresh, "
            "lost or edited state): stop, replace those rows, or load them a second time.",
        ),
    ] = "fail"
    commit_rows: (
        Annotated[
            int, Meta(ge=1, title="Commit Rows", description="Commit a stream every so many rows, too.")
        ]
        | None
    ) = None
    commit_minutes: (
        Annotated[
            float,
            Meta(gt=0, title="Commit Minutes", description="Commit a stream every so many minutes, too."),
        ]
        | None
    ) = None
    takeover_minutes: Annotated[
        float,
        Meta(
            ge=0,
            title="Takeover Minutes",
            description="How long another host's open batch must have been still to be taken over.",
        ),
    ] = 10.0
    poll_seconds: Annotated[
        float,
        Meta(
            gt=0,
            title="Poll Seconds",
            description="First wait before asking for a batch's state; it doubles.",
        ),
    ] = 2.0
    poll_max_seconds: Annotated[
        float,
        Meta(gt=0, title="Longest Poll Seconds", description="Longest wait between two looks at a batch."),
    ] = 120.0
    batch_timeout_minutes: Annotated[
        float,
        Meta(
            gt=0,
            title="Batch Timeout Minutes",
            description="How long to wait for a batch; then exit 75, and the next run resumes.",
        ),
    ] = 120.0
    file_mb: Annotated[
        int,
        Meta(
            ge=1,
            le=250,
            title="File MB",
            description="Aimed size of uploaded files; Adobe's limit is 256.",
        ),
    ] = 100
    upload_concurrency: Annotated[
        int, Meta(ge=1, le=32, title="Upload Concurrency", description="Files uploaded at once.")
    ] = 4
    batch_roots: Annotated[
        list[str],
        Meta(
            title="Batch Roots",
            description="Folders (or fsspec URLs) below which BATCH messages may name files.",
        ),
    ] = []
    runs_per_day: Annotated[
        float,
        Meta(
            gt=0,
            title="Runs Per Day",
            description="How often the schedule runs; `plan` estimates Profile batches per day from it.",
        ),
    ] = 24.0
    ims_url: Annotated[str, Meta(title="IMS URL", description="Base URL of Adobe's identity service.")] = (
        IMS_URL
    )
    platform_url: Annotated[
        str, Meta(title="Platform URL", description="Base URL of Experience Platform, also a regional one.")
    ] = PLATFORM_URL
    allowed_hosts: Annotated[
        list[str],
        Meta(title="Allowed Hosts", description="Hosts besides Adobe's that the credentials may be sent to."),
    ] = []
    scopes: Annotated[
        str, Meta(title="Scopes", description="Scopes of the access token, comma-separated.")
    ] = SCOPES
    proxy: Annotated[
        str | None, Meta(title="Proxy", description="URL of an HTTP proxy.", extra_json_schema=SECRET)
    ] = None
    ca_bundle: Annotated[
        str | None,
        Meta(title="CA Bundle", description="File of trusted certificates; TLS is always verified."),
    ] = None
    request_attempts: Annotated[
        int,
        Meta(
            ge=1,
            title="Request Attempts",
            description="How often a repeatable request is sent at most.",
        ),
    ] = 6
    request_seconds: Annotated[
        float, Meta(gt=0, title="Request Seconds", description="How long an answer may take.")
    ] = 120.0

    def __repr__(self) -> str:
        return f"Settings(sandbox_name={self.sandbox_name!r}, pipeline_id={self.pipeline_id!r}, …)"

    @property
    def rules(self) -> StreamRules:
        """The streams' entries, to be asked by stream name."""
        return StreamRules(self.streams, self.load_method)


SDK_SETTINGS = frozenset({
    "add_record_metadata", "faker_config", "flattening_enabled", "flattening_max_depth",
    "flattening_max_key_length", "flattening_separator", "process_activate_version_messages",
    "stream_map_config", "stream_maps", "validate_records",
})  # fmt: skip
"""Settings that the Singer SDK reads itself."""

WITHOUT_EFFECT = {
    "batch_size_rows": "a batch is what lies between two commits; see commit_rows and file_mb",
    "batch_config": "each BATCH message says what its files are; see batch_roots",
}
"""Settings that the SDK offers every target and that mean nothing to this one: not offered, but tolerated."""

_JWT_SETTINGS = (
    "private_key", "private_key_path", "path_to_key", "pathToKey", "privateKey", "technical_account_id",
    "technical_account_email", "tech_acct_id", "tech_id", "techId", "metascopes", "metaScopes", "jwt_token",
)  # fmt: skip


def parse(config: dict[str, Any]) -> Settings:
    """Read the configuration of a run.

    Raises:
        ConfigurationError: A setting is missing, unknown, or has a value that it cannot have.
    """
    if outdated := [name for name in _JWT_SETTINGS if name in config]:
        what = f"{outdated[0]} belongs to a JWT (Service Account) credential, which Adobe has switched off."
        remedy = "Create an OAuth Server-to-Server credential and set client_id and client_secret."
        raise ConfigurationError(what, remedy=remedy)
    others = SDK_SETTINGS | WITHOUT_EFFECT.keys()
    ours = {name: value for name, value in config.items() if name not in others and value is not None}
    streams = ours.get("streams")
    if isinstance(streams, dict):
        ours["streams"] = streams = _nested(streams)
        for glob, entry in streams.items():
            _convert(entry, StreamSettings, f"streams.{glob}")  # for its place in the message
    parsed = _convert(ours, Settings, "")
    for glob, settings in parsed.rules.entries.items():
        check_entry(glob, settings)
    return parsed


def _nested(entries: dict[str, Any]) -> dict[str, Any]:
    """Undo what Meltano does to an object in a variable: ``{"a.b": 1}`` was ``{"a": {"b": 1}}``."""
    if all(isinstance(entry, dict) for entry in entries.values()):
        return entries
    nested: dict[str, Any] = {}
    for path, value in entries.items():
        *parents, name = (part.replace("\\.", ".") for part in re.split(r"(?<!\\)\.", path))
        node = nested
        for parent in parents:
            node = node.setdefault(parent, {})
        node[name] = value
    return nested


def config_jsonschema() -> dict[str, Any]:
    """The settings as JSON Schema, in the flat form that the Singer SDK documents and reads."""
    _, definitions = msgspec.json.schema_components([Settings], ref_template="{name}")
    schema: dict[str, Any] = _inlined(definitions["Settings"], definitions)
    return {"type": "object", "properties": schema["properties"], "required": schema["required"]}


def _inlined(node: Any, definitions: dict[str, Any]) -> Any:
    if isinstance(node, list):
        return [_inlined(item, definitions) for item in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        return _inlined(
            {**definitions[node["$ref"]], **{k: v for k, v in node.items() if k != "$ref"}}, definitions
        )
    choices = node.get("anyOf", [])
    if {"type": "null"} in choices and len(choices) == 2:  # noqa: PLR2004 - a value or null
        value = next(choice for choice in choices if choice != {"type": "null"})
        node = {**value, **{k: v for k, v in node.items() if k != "anyOf"}}
    if "enum" in node and "type" not in node:
        node = {"type": "string", **node}
    return {key: _inlined(value, definitions) for key, value in node.items()}


def _convert(value: object, kind: type[_Struct], prefix: str) -> _Struct:
    try:
        return msgspec.convert(value, kind, strict=False)
    except msgspec.ValidationError as error:
        raise _explained(str(error), kind, prefix) from None


def _explained(message: str, kind: type[msgspec.Struct], prefix: str) -> ConfigurationError:
    """Put msgspec's message in terms of settings."""
    problem, _, where = message.partition(" - at ")
    path = (prefix + where.strip("`").removeprefix("$")).lstrip(".")
    at = f"{path}: " if path else ""
    if unknown := re.search(r"unknown field `(.+?)`", problem):
        known = [field.encode_name for field in msgspec.structs.fields(kind)]
        close = difflib.get_close_matches(unknown[1], known, n=1)
        remedy = f"Did you mean {close[0]!r}?" if close else "Remove it, or see `target-aep --about`."
        return ConfigurationError(f"{at}unknown setting {unknown[1]!r}.", remedy=remedy)
    if missing := re.search(r"missing required field `(.+?)`", problem):
        variable = "" if path else f" (TARGET_AEP_{missing[1].upper()})"
        return ConfigurationError(f"{at}{missing[1]} is not set.", remedy=f"Set it{variable}.")
    return ConfigurationError(f"{at}{problem}.", remedy="`target-aep --about` lists what each setting takes.")
