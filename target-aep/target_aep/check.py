"""``target-aep check``: everything a run needs, tried one by one, with a verdict and a remedy each.

Only reads. What cannot be tried without writing is asked of Access Control, and said to be unknown
where that does not answer.
"""

from __future__ import annotations

import enum
import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from target_aep.aep import hosts
from target_aep.connection import require_sandbox
from target_aep.errors import PermissionDeniedError, RemoteError, TargetError
from target_aep.provision.catalog import how_to_give
from target_aep.provision.mapping import load
from target_aep.provision.plan_document import plan

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from target_aep.aep import Clients
    from target_aep.provision.stream import StreamSchema
    from target_aep.settings import Settings

PERMISSIONS = {
    "view-schemas": "reading schemas",
    "manage-schemas": "making schemas (provision)",
    "view-datasets": "reading datasets and batches",
    "manage-datasets": "making datasets and loading batches",
    "view-identity-namespaces": "reading identity namespaces",
    "manage-identity-namespaces": "making identity namespaces (provision)",
}
"""Permissions of a run, in the words of Adobe's access control."""

_PROVISIONING = frozenset({"manage-schemas", "manage-identity-namespaces"})
MASK_KEEPS = 4


class Outcome(enum.Enum):
    """How a check ended."""

    OK = "ok"
    FAILED = "failed"
    UNKNOWN = "unknown"
    SKIPPED = "skipped"


@dataclass(frozen=True)
class Verdict:
    """The result of one check.

    Args:
        name: What was checked.
        outcome: How it ended.
        detail: What was found.
        remedy: What to do about it, where something is to be done.
        exit_code: Exit code of the failure, 0 otherwise.
    """

    name: str
    outcome: Outcome
    detail: str = ""
    remedy: str = ""
    exit_code: int = 0

    def to_dict(self) -> dict[str, str]:
        """The verdict as JSON."""
        return {
            "check": self.name,
            "outcome": self.outcome.value,
            "detail": self.detail,
            "remedy": self.remedy,
        }


def run(clients: Clients, settings: Settings, streams: Sequence[StreamSchema] = ()) -> list[Verdict]:
    """Try everything that a run needs.

    Args:
        clients: The API clients.
        settings: The target's settings.
        streams: Streams whose datasets, schemas and mappings are tried as well.
    """
    token = _verdict("token", lambda: _token(clients))
    if token.outcome is Outcome.FAILED:
        return [token, Verdict("everything else", Outcome.SKIPPED, "needs a token")]
    sandbox = _verdict("sandbox", lambda: _sandbox(clients, settings))
    if sandbox.outcome is Outcome.FAILED:
        return [token, sandbox, Verdict("everything else", Outcome.SKIPPED, "needs the sandbox")]
    return [
        token,
        sandbox,
        _verdict("production", lambda: _production(clients, settings)),
        _verdict("tenant", lambda: f"_{clients.registry.tenant_id()}"),
        _verdict("schemas", lambda: _some(clients.registry.resources("schemas"), "schema")),
        _verdict("identity namespaces", lambda: f"{len(clients.namespaces.all())} namespaces"),
        _verdict("datasets", lambda: _some(clients.catalog.datasets(), "dataset")),
        *_permissions(clients, settings),
        *_mappings(clients, settings),
        *_entries(settings, streams),
        *_streams(clients, settings, streams),
    ]


def exit_code(verdicts: Sequence[Verdict]) -> int:
    """Exit code of a whole check: that of the first failure."""
    return next((verdict.exit_code for verdict in verdicts if verdict.outcome is Outcome.FAILED), 0)


def text(verdicts: Sequence[Verdict]) -> str:
    """The verdicts for people, and what they come to."""
    width = max(len(verdict.name) for verdict in verdicts)
    lines = [
        f"{verdict.outcome.value:8}{verdict.name:{width}}  {verdict.detail}"
        + (f"\n{'':8}{'':{width}}  -> {verdict.remedy}" if verdict.remedy else "")
        for verdict in verdicts
    ]
    return "\n".join([*lines, "", _sum(verdicts)])


def _sum(verdicts: Sequence[Verdict]) -> str:
    names = {
        outcome: [verdict.name for verdict in verdicts if verdict.outcome is outcome] for outcome in Outcome
    }
    if failed := names[Outcome.FAILED]:
        return f"A run would fail: {', '.join(failed)}."
    if unknown := names[Outcome.UNKNOWN]:
        return f"Nothing failed; not known: {', '.join(unknown)}."
    return "Everything that was tried is in order."


def of_settings(error: TargetError) -> list[Verdict]:
    """The verdicts where the settings are such that nothing can be tried."""
    return [
        Verdict("settings", Outcome.FAILED, error.what, error.remedy, error.exit_code),
        Verdict("everything else", Outcome.SKIPPED, "needs the settings"),
    ]


def to_dict(verdicts: Sequence[Verdict], settings: Settings | None, version: str) -> dict[str, Any]:
    """The verdicts as JSON that may be attached to an issue: no secrets, ids shortened."""
    shortened = (
        {
            value: f"{value[:MASK_KEEPS]}…"
            for value in (settings.client_id, settings.org_id, settings.client_secret)
        }
        if settings is not None
        else {}
    )
    told = (
        {
            "sandbox": settings.sandbox_name,
            "platform_url": hosts.without_userinfo(settings.platform_url),
            "provision": settings.provision,
        }
        if settings is not None
        else {}
    )

    def redacted(value: str) -> str:
        for secret, short in shortened.items():
            value = value.replace(secret, short)
        return value

    return {
        "target_aep": version,
        **told,
        "checks": [
            {key: redacted(value) for key, value in verdict.to_dict().items()} for verdict in verdicts
        ],
    }


def _verdict(name: str, attempt: Callable[[], str]) -> Verdict:
    try:
        return Verdict(name, Outcome.OK, attempt())
    except TargetError as error:
        return Verdict(name, Outcome.FAILED, error.what, error.remedy, error.exit_code)


def _token(clients: Clients) -> str:
    clients.gateway.check_token()
    return "credentials accepted"


def _sandbox(clients: Clients, settings: Settings) -> str:
    sandbox = clients.sandboxes.get(settings.sandbox_name)
    return f"{sandbox.name} ({sandbox.type or 'of unknown type'})"


def _production(clients: Clients, settings: Settings) -> str:
    sandbox = require_sandbox(clients, settings)
    return "a production sandbox, which is allowed" if sandbox.is_production else "not a production sandbox"


def _some(found: Iterator[object], noun: str) -> str:
    """Say whether a list has anything: a credential without a role sees empty lists instead of a refusal."""
    if next(found, None) is None:
        return f"none visible: a new sandbox, or a role that shows no {noun}"
    return "visible"


def _permissions(clients: Clients, settings: Settings) -> list[Verdict]:
    needed = [name for name in PERMISSIONS if settings.provision or name not in _PROVISIONING]
    try:
        granted = clients.access_control.granted(needed)
    except (PermissionDeniedError, RemoteError):
        granted = None
    if granted is None:
        detail = "Access Control does not tell; a first load or `apply` will"
        return [Verdict("permissions", Outcome.UNKNOWN, detail, f"A role needs {', '.join(needed)}.")]
    return [_permission(name, is_granted=granted[name], sandbox=settings.sandbox_name) for name in needed]


def _permission(name: str, *, is_granted: bool, sandbox: str) -> Verdict:
    if is_granted:
        return Verdict(f"permission {name}", Outcome.OK, PERMISSIONS[name])
    return Verdict(
        f"permission {name}",
        Outcome.FAILED,
        f"not granted: {PERMISSIONS[name]}",
        f"Ask an administrator to add {name} to a role of the credential in sandbox {sandbox!r}.",
        PermissionDeniedError.exit_code,
    )


def _mappings(clients: Clients, settings: Settings) -> list[Verdict]:
    """Try to read the mapping set of each entry of ``streams``."""
    return [
        _verdict(f"mapping of {glob}", functools.partial(_loaded, entry.mapping, settings, clients))
        for glob, entry in settings.streams.items()
        if entry.mapping != "auto"
    ]


def _entries(settings: Settings, streams: Sequence[StreamSchema]) -> Iterator[Verdict]:
    """Say which entries of ``streams`` no stream of the catalog needs."""
    unused = settings.rules.unused(stream.stream for stream in streams) if streams else []
    for glob in unused:
        detail = "no selected stream of the catalog needs it, or an earlier entry takes them all"
        remedy = "Correct or remove the entry, unless the stream is left out on purpose."
        yield Verdict(f"entry {glob}", Outcome.UNKNOWN, detail, remedy)


def _loaded(setting: str | dict[str, Any], settings: Settings, clients: Clients) -> str:
    mapping_set = load(setting, settings.mapping_path, clients.mapping_sets)
    return f"{len(mapping_set.mappings)} mappings" if mapping_set else "by name"


def _streams(clients: Clients, settings: Settings, streams: Sequence[StreamSchema]) -> Iterator[Verdict]:
    if not streams:
        detail = "no catalog to try their datasets and schemas by"
        yield Verdict("streams", Outcome.UNKNOWN, detail, how_to_give())
        return
    found = plan(clients, settings, streams)
    for draft in found.drafts:
        name = f"stream {draft.stream.stream}"
        if not draft.actions:
            yield Verdict(name, Outcome.OK, "dataset, schema and mapping fit")
        elif settings.provision:
            yield Verdict(
                name, Outcome.OK, f"a run would make {len(draft.actions)} changes (`target-aep plan`)"
            )
        else:
            missing = "; ".join(action.sentence for action in draft.actions)
            remedy = "Run `target-aep plan` and `target-aep apply`."
            yield Verdict(name, Outcome.FAILED, f"missing: {missing}", remedy, exit_code=2)
    for stream, error in found.problems:
        yield Verdict(f"stream {stream}", Outcome.FAILED, error.what, error.remedy, error.exit_code)
