"""The run's report: JSON in the shape of a Flow Service run, and a table for people.

Each stream is one item with ``metrics`` and ``activities`` as Adobe's monitoring has them (see the run
object of the Flow Service API), so that what reads those can read this. Beside them stand the books,
the batches and what else a user should know. It holds counts and ids, no customer's values, and says
"in the data lake", never "in Profile".
"""

from __future__ import annotations

import json
import logging
import time
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from target_aep.delivery.stream import StreamDelivery
    from target_aep.errors import TargetError
    from target_aep.private_folder import PrivateFolder
    from target_aep.settings import Settings

logger = logging.getLogger(__name__)

NAME = "report.json"
COLUMNS = ("received", "filtered", "mapped", "rejected", "collapsed", "landed", "failed", "replaced")


@dataclass
class Report:
    """What a run did.

    Args:
        run_id: The run.
        settings: The configuration; of it only names are told.
        began: Seconds since the epoch.
        streams: The streams, in the order of their first message.
        errors: What failed.
        notes: What a user should know besides, in sentences.
    """

    run_id: str
    settings: Settings
    began: float
    streams: Sequence[StreamDelivery]
    errors: Sequence[TargetError]
    notes: Sequence[str] = ()
    ended: float = field(default_factory=time.time)

    def write(self, folder: PrivateFolder) -> str:
        """Write the report and return where it is."""
        folder.write(NAME, json.dumps(self.to_json(), indent=2, ensure_ascii=False).encode())
        return f"{folder}/{NAME}"

    def to_json(self) -> dict[str, Any]:
        """The report as JSON."""
        settings = self.settings
        return {
            "runId": self.run_id,
            "pipelineId": settings.pipeline_id,
            "sandboxName": settings.sandbox_name,
            "imsOrgId": settings.org_id,
            "dryRun": settings.dry_run,
            "status": "failed" if self.errors else "success",
            "startedAtUTC": _milliseconds(self.began),
            "completedAtUTC": _milliseconds(self.ended),
            "items": [self._item(stream) for stream in self.streams],
            "errors": [
                {
                    "stream": error.stream,
                    "cause": error.what,
                    "remedy": error.remedy,
                    "exitCode": error.exit_code,
                }
                for error in self.errors
            ],
            "notes": list(self.notes),
        }

    def log(self) -> None:
        """Write the table to the log."""
        if not self.streams:
            return
        width = max(len("stream"), *(len(stream.name) for stream in self.streams))
        logger.info("%s %s  in the data lake", "stream".ljust(width), " ".join(c.rjust(9) for c in COLUMNS))
        for stream in self.streams:
            counts = " ".join(f"{getattr(stream.books, column):9,}" for column in COLUMNS)
            logger.info("%s %s  %s", stream.name.ljust(width), counts, self._outcome(stream))
        for stream in self.streams:
            for note in _notes_on_data(stream):
                logger.warning("%s: %s", stream.name, note)

    def _outcome(self, stream: StreamDelivery) -> str:
        if stream.error is not None:
            return f"failed (exit {stream.error.exit_code})"
        batches = [f"{b.id} {b.status.value}" for b in _batches(stream)]
        if batches:
            return ", ".join(batches)
        return "dry run, nothing sent" if self.settings.dry_run else "nothing new"

    def _item(self, stream: StreamDelivery) -> dict[str, Any]:
        books, destination = stream.books, stream.destination
        batches = _batches(stream)
        failed = books.rejected + books.failed
        status = "failed" if stream.error is not None else "success"
        errors = [{"code": error.code, "message": error.description} for b in batches for error in b.errors]
        records = {
            "inputRecordCount": books.received,
            "outputRecordCount": books.landed,
            "failedRecordCount": failed,
            "skippedRecordCount": books.filtered + books.collapsed,
            "deletedRecordCount": books.replaced,
            "warningRecordCount": books.warnings,
        }
        files = {"inputFileCount": stream.files, "outputFileCount": stream.files if batches else 0}
        duration = {
            "startedAtUTC": _milliseconds(self.began),
            "completedAtUTC": _milliseconds(self.ended),
        }
        summary = {"status": status, "errors": errors, "activityRefs": ["promotionActivity"]}
        return {
            "id": f"{self.run_id}/{stream.name}",
            "flowId": f"{self.settings.pipeline_id}/{stream.name}",
            "createdAt": _milliseconds(self.began),
            "updatedAt": _milliseconds(self.ended),
            "sandboxName": self.settings.sandbox_name,
            "imsOrgId": self.settings.org_id,
            "metrics": {
                "durationSummary": duration,
                "sizeSummary": {"inputBytes": stream.bytes, "outputBytes": stream.bytes if batches else 0},
                "recordSummary": records,
                "fileSummary": {**files, "activityRefs": ["promotionActivity"]},
                "statusSummary": summary,
            },
            "activities": [
                {
                    "id": "copyActivity",
                    "updatedAtUTC": _milliseconds(self.ended),
                    "durationSummary": duration,
                    "sizeSummary": {"inputBytes": 0, "outputBytes": stream.bytes},
                    "recordSummary": {
                        "inputRecordCount": books.received,
                        "outputRecordCount": books.mapped,
                        "failedRecordCount": books.rejected,
                    },
                    "fileSummary": {"inputFileCount": 0, "outputFileCount": stream.files},
                    "statusSummary": {"status": status},
                },
                {
                    "id": "promotionActivity",
                    "updatedAtUTC": _milliseconds(self.ended),
                    "recordSummary": {
                        "inputRecordCount": books.sent,
                        "outputRecordCount": books.landed,
                        "failedRecordCount": books.failed,
                    },
                    "fileSummary": files,
                    "statusSummary": {"status": status, "errors": errors},
                    "targetInfo": [
                        {"type": "TargetConnection", "reference": {"type": "Batch", "ids": [b.id]}}
                        for b in batches
                    ],
                },
            ],
            "datasetId": destination.dataset_id if destination is not None else None,
            "datasetName": destination.dataset_name if destination is not None else None,
            "books": asdict(books),
            "batches": [
                {
                    "id": b.id,
                    "status": b.status.value,
                    "inputRecordCount": b.metrics.input_records,
                    "outputRecordCount": b.metrics.output_records,
                    "failedRecordCount": b.metrics.failed_records,
                }
                for b in batches
            ],
            "replacedBatches": [batch.id for landed in stream.landed for batch in landed.replaced],
            "guarantee": stream.guarantee,
            "notes": [*stream.notes, *_notes_on_data(stream)],
        }


def _notes_on_data(stream: StreamDelivery) -> Iterator[str]:
    """Say which cells were left empty, and of how many rows Identity Service will not know an identity."""
    for destination, empty in stream.left_empty.items():
        why = f" ({empty.why})" if empty.why else ""
        yield f"{destination} was left empty {_times(empty.cells)}: the value does not convert{why}"
    for identity in stream.destination.identities if stream.destination is not None else ():
        rows = stream.without_identity.get(identity.path, 0)
        if rows:
            of = f"{identity.path} ({identity.code})" if identity.code else identity.path
            mapped = stream.books.mapped + stream.books.collapsed
            yield f"identity {of}: {rows:,} of {mapped:,} rows have none"


def _times(number: int) -> str:
    return "once" if number == 1 else f"{number:,} times"


def _batches(stream: StreamDelivery) -> list[Any]:
    return [landed.batch for landed in stream.landed if landed.batch is not None]


def _milliseconds(seconds: float) -> int:
    return int(seconds * 1000)
