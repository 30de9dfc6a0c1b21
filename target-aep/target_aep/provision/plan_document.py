"""Plans of several streams: printed, kept in a file, applied from it.

A plan file holds the streams' schemas and the changes. Applying it compares anew, and stops when that
leads to a change which the file does not have, so that nothing is made that nobody has read.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import msgspec

from target_aep.errors import ConfigurationError, DataError, TargetError
from target_aep.provision import plan_text, trees
from target_aep.provision.evolution import require_additive
from target_aep.provision.plan import Draft, draft
from target_aep.provision.prepare import Destination, destination, prepare
from target_aep.provision.stream import StreamSchema

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from target_aep.aep import Clients
    from target_aep.settings import Settings
    from target_aep.xdm import Field

VERSION = 1


@dataclass(frozen=True)
class Plan:
    """What would be created or changed.

    Args:
        sandbox: Name of the sandbox.
        runs_per_day: How often the schedule runs.
        drafts: One per stream.
        problems: Streams that cannot be planned, and why.
        destinations: Where each of them would go.
        profile_datasets: How many datasets of the sandbox feed Profile, those to be made included.
    """

    sandbox: str
    runs_per_day: float
    drafts: tuple[Draft, ...]
    problems: tuple[tuple[str, TargetError], ...] = ()
    destinations: tuple[Destination, ...] = field(default=())
    profile_datasets: int = 0

    @property
    def profile_batches_per_day(self) -> float:
        """Batches that would go to Profile each day, one per stream and run."""
        return self.runs_per_day * sum(each.profile_enabled for each in self.destinations)

    def text(self) -> str:
        """The plan for people."""
        return plan_text.text(self)

    def to_dict(self) -> dict[str, Any]:
        """The plan as JSON; holds no secrets."""
        document = {
            "version": VERSION,
            "sandbox": self.sandbox,
            "profile_batches_per_day": self.profile_batches_per_day,
            "streams": [
                {
                    "stream": each.stream.stream,
                    "key_properties": list(each.stream.key_properties),
                    "schema": each.stream.schema,
                    "actions": [action.to_dict() for action in each.actions],
                }
                for each in self.drafts
            ],
            "problems": [{"stream": stream, "problem": str(error)} for stream, error in self.problems],
        }
        # Through JSON, so that it equals what is read back from a file.
        plain: dict[str, Any] = json.loads(json.dumps(document))
        return plain


def plan(clients: Clients, settings: Settings, streams: Sequence[StreamSchema]) -> Plan:
    """Compare several streams with what is there. Only reads; a stream's problem does not stop the others."""
    drafts: list[Draft] = []
    problems: list[tuple[str, TargetError]] = []
    made: dict[str, Field] = {}
    for stream in streams:
        found = _draft_or_problem(clients, settings, stream, made)
        if isinstance(found, Draft):
            drafts.append(found)
        else:
            problems.append((stream.stream, found))
    destinations = tuple(destination(each) for each in drafts)
    return Plan(
        sandbox=settings.sandbox_name,
        runs_per_day=settings.runs_per_day,
        drafts=tuple(drafts),
        problems=tuple(problems),
        destinations=destinations,
        profile_datasets=_profile_datasets(clients, destinations),
    )


def _draft_or_problem(
    clients: Clients, settings: Settings, stream: StreamSchema, made: dict[str, Field]
) -> Draft | TargetError:
    try:
        found = draft(clients, settings, stream)
        _require_shared(found, made)
    except (DataError, ConfigurationError) as error:
        return error
    return found


def _require_shared(found: Draft, made: dict[str, Field]) -> None:
    """Check that streams for which one schema is to be made agree on its fields.

    Args:
        found: The next stream.
        made: Fields by the fingerprint of each schema that the streams before it would make; added to.

    Raises:
        DataError: They contradict each other.
    """
    mark = found.survey.mark
    if found.survey.schema is not None:
        return
    if mark in made:
        require_additive(
            found.wanted.custom,
            made[mark],
            converted=lambda path: path in found.wanted.converted,
            stream=found.stream.stream,
            schema_title=found.settings.dataset_name(found.stream.stream),
            sources=found.wanted.sources,
        )
    made[mark] = trees.united(made[mark], found.wanted.custom) if mark in made else found.wanted.custom


def _profile_datasets(clients: Clients, destinations: Sequence[Destination]) -> int:
    planned = {each.dataset_id or each.dataset_name for each in destinations if each.profile_enabled}
    if not planned:
        return 0
    return len(planned | {dataset.id for dataset in clients.catalog.datasets() if dataset.profile_enabled})


def apply_document(clients: Clients, settings: Settings, document: Mapping[str, Any]) -> list[Destination]:
    """Carry out a plan from a file, whatever ``provision`` says.

    What of it has been made meanwhile is not made again, so a plan whose application was interrupted can be
    applied once more.

    Raises:
        ConfigurationError: It is no plan, is for another sandbox, has problems, or does not have everything
            that would be made now.
    """
    if document.get("version") != VERSION or not isinstance(document.get("streams"), list):
        what = "this is no plan of this version of target-aep."
        raise ConfigurationError(what, remedy="Make one with `target-aep plan --out FILE`.")
    if document.get("sandbox") != settings.sandbox_name:
        what = f"the plan is for sandbox {document.get('sandbox')!r}, not {settings.sandbox_name!r}."
        raise ConfigurationError(what, remedy="Plan anew for this sandbox.")
    if document.get("problems"):
        what = "the plan has problems: " + " ".join(str(item.get("problem")) for item in document["problems"])
        raise ConfigurationError(what, remedy="Solve them and plan anew.")
    streams = [
        StreamSchema(str(item["stream"]), item["schema"], tuple(item["key_properties"]))
        for item in document["streams"]
    ]
    current = plan(clients, settings, streams)
    remedy = "Plan anew, read it, and apply that."
    if current.problems:
        what = "the plan is out of date: " + " ".join(str(error) for _, error in current.problems)
        raise ConfigurationError(what, remedy=remedy)
    if unread := _unread(current.to_dict(), document):
        what = (
            "the plan is out of date: settings, mappings or the sandbox have changed, and it does not have: "
            f"{'; '.join(unread)}."
        )
        raise ConfigurationError(what, remedy=remedy)
    provisioning = msgspec.structs.replace(settings, provision=True)
    return [
        prepare(clients, provisioning, stream.stream, stream.schema, stream.key_properties)
        for stream in streams
    ]


def _unread(current: Mapping[str, Any], document: Mapping[str, Any]) -> list[str]:
    """Changes that would be made now and that the plan in the file does not have."""
    return [
        f"{now['stream']}: {action['sentence']}"
        for now, read in zip(current["streams"], document["streams"], strict=True)
        for action in now["actions"]
        if action not in read["actions"]
    ]
