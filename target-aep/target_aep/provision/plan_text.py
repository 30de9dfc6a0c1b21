"""A plan for people: what would be made, stream by stream, and what it comes to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from target_aep.provision.actions import CreateNamespace
from target_aep.provision.guardrails import PROFILE_BATCHES_PER_DAY, PROFILE_DATASETS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from target_aep.provision.plan import Draft
    from target_aep.provision.plan_document import Plan
    from target_aep.provision.prepare import Destination


def text(plan: Plan) -> str:
    """The plan as text."""
    lines = [f"Plan for sandbox {plan.sandbox}"]
    told: set[tuple[str, str]] = set()
    for each, where in zip(plan.drafts, plan.destinations, strict=True):
        lines += ["", *_stream(each, where, told)]
    for stream, error in plan.problems:
        lines += ["", f"{stream}: cannot be loaded as it is", f"  x {error.what}"]
        lines += [f"    -> {error.remedy}"] if error.remedy else []
    lines += ["", _sum(plan, told), *_profile(plan)]
    return "\n".join(lines)


def _stream(draft: Draft, where: Destination, told: set[tuple[str, str]]) -> Iterator[str]:
    yield f"{draft.stream.stream} -> dataset {where.dataset_name!r} ({draft.behaviour})"
    if not draft.actions:
        yield "  nothing to change"
    for action in draft.actions:
        # What two streams share is made once, for the first: namespaces, and what a common dataset needs.
        of = "" if isinstance(action, CreateNamespace) else draft.survey.mark
        again = (of, action.sentence) in told and not action.details
        yield f"  + {action.sentence}{' (as above)' if again else ''}"
        told.add((of, action.sentence))
        yield from (f"      {detail}" for detail in action.details)
    yield from (f"  ~ {note}" for note in where.notes)
    yield from (f"  ! {warning}" for warning in where.warnings)


def _sum(plan: Plan, told: set[tuple[str, str]]) -> str:
    changes = f"{len(told)} change{'' if len(told) == 1 else 's'}" if told else "nothing to change"
    if plan.problems:
        return f"In all: {changes}; {len(plan.problems)} of {_streams(plan)} cannot be loaded as configured."
    return f"In all: {changes} for {_streams(plan)}." + (" Nothing has been made yet." if told else "")


def _streams(plan: Plan) -> str:
    number = len(plan.drafts) + len(plan.problems)
    return f"{number} stream" if number == 1 else f"{number} streams"


def _profile(plan: Plan) -> Iterator[str]:
    guardrail, batches = PROFILE_BATCHES_PER_DAY, plan.profile_batches_per_day
    if not batches:
        yield "No stream feeds Profile."
        return
    feeding = sum(each.profile_enabled for each in plan.destinations)
    sentence = (
        f"{guardrail.what}: {batches:g} from this pipeline "
        f"({feeding} a run, {plan.runs_per_day:g} runs a day by `runs_per_day`)"
    )
    if guardrail.verdict(batches) == "ok":
        yield f"{sentence}; Adobe advises at most {guardrail.warn:g}"
    else:
        yield f"! {sentence}, more than the {guardrail.warn:g} that Adobe advises: run less often"
    if PROFILE_DATASETS.verdict(plan.profile_datasets) == "warn":
        yield f"! {PROFILE_DATASETS.what}: {plan.profile_datasets}; Adobe advises {PROFILE_DATASETS.warn:g}"
