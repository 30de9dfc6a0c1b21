"""Recent batches of the configured datasets, in plain words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from target_aep.aep.catalog import BatchStatus
from target_aep.delivery.diagnostics import explain
from target_aep.delivery.tags import BatchTags
from target_aep.provision.survey import TAG, find_dataset

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from target_aep.aep import Batch, Clients, Dataset
    from target_aep.settings import Settings

STATES = {
    BatchStatus.LOADING: "being filled; it holds no rows yet",
    BatchStatus.STALLED: "stalled: give Adobe's support its id",
    BatchStatus.SUCCESS: "in the data lake",
    BatchStatus.FAILED: "failed; none of its rows landed",
    BatchStatus.ABORTED: "given up before it was complete; none of its rows landed",
    BatchStatus.ABANDONED: "given up by AEP; none of its rows landed",
    BatchStatus.INACTIVE: "taken out of the data lake (replaced or reverted)",
    BatchStatus.DELETED: "taken out of the data lake (replaced or reverted)",
}
ON_ITS_WAY = "complete; AEP is promoting it"


@dataclass(frozen=True)
class DatasetBatches:
    """A dataset with its newest batches, newest first."""

    dataset: Dataset
    batches: Sequence[Batch]

    def to_dict(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "dataset_id": self.dataset.id,
            "dataset": self.dataset.name,
            "profile": self.dataset.profile_enabled,
            "batches": [_to_dict(batch) for batch in self.batches],
        }

    def lines(self) -> Iterator[str]:
        """For people."""
        feeds = ", feeds Profile" if self.dataset.profile_enabled else ""
        yield f"{self.dataset.name} ({self.dataset.id}{feeds})"
        if not self.batches:
            yield "  no batches"
        for batch in self.batches:
            yield f"  {_when(batch)}  {batch.id}  {state(batch)}"
            yield f"    {_rows(batch)}; {_whose(batch)}"
            if batch.errors:
                yield f"    {explain(batch.errors)}"


def datasets(clients: Clients, settings: Settings, streams: Sequence[str]) -> list[Dataset]:
    """Find the datasets of the streams and of entries that name one; where nothing is known, all of ours.

    Raises:
        ConfigurationError: A dataset that is named is not there, or its name is ambiguous.
    """
    rules = settings.rules
    wanted = [(stream, rules.settings_for(stream)) for stream in streams if rules.matches(stream)]
    wanted += [
        (glob, entry)
        for glob, entry in rules.entries.items()
        if entry.dataset_id or (entry.dataset and "{stream}" not in entry.dataset)
    ]
    if not wanted:
        return [dataset for dataset in clients.catalog.datasets() if TAG in dataset.tags]
    found = (find_dataset(clients, stream, entry) for stream, entry in wanted)
    return list({dataset.id: dataset for dataset in found if dataset is not None}.values())


def state(batch: Batch) -> str:
    """What a batch's status means for its rows."""
    words = STATES.get(batch.status, ON_ITS_WAY)
    partial = batch.status is BatchStatus.SUCCESS and (batch.errors or batch.metrics.failed_records)
    return f"{batch.status.value}: {'in part ' if partial else ''}{words}"


def _rows(batch: Batch) -> str:
    metrics = batch.metrics
    if metrics.input_records is None and metrics.output_records is None:
        return "AEP gives no counts"
    counts = (metrics.input_records, metrics.output_records, metrics.failed_records)
    return "{} rows in, {} landed, {} failed".format(
        *("?" if count is None else f"{count:,}" for count in counts)
    )


def _whose(batch: Batch) -> str:
    tags = BatchTags.read(batch.tags)
    if tags is None:
        return "of another writer"
    return f"pipeline {tags.pipeline_id}, stream {tags.stream}, run {tags.run_id}"


def _when(batch: Batch) -> str:
    return f"{datetime.fromtimestamp(batch.created_ms / 1000, timezone.utc):%Y-%m-%d %H:%M:%S}Z"


def _to_dict(batch: Batch) -> dict[str, Any]:
    tags = BatchTags.read(batch.tags)
    return {
        "id": batch.id,
        "created": _when(batch),
        "status": batch.status.value,
        "meaning": state(batch),
        "input_records": batch.metrics.input_records,
        "output_records": batch.metrics.output_records,
        "failed_records": batch.metrics.failed_records,
        "pipeline_id": tags.pipeline_id if tags else None,
        "stream": tags.stream if tags else None,
        "run_id": tags.run_id if tags else None,
        "errors": [
            {"code": error.code, "description": error.description, "meaning": explain([error])}
            for error in batch.errors
        ],
    }
