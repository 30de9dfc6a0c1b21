"""From COMPLETE to a terminal status, on a clock (`aep.promotion_seconds`).

`loaded` → `staging` → `success` or `failed`. Everything in `metrics` is counted from what was read and
written. Until the last step no reader sees a row, and the batches that this one replaces become inactive in
the same step.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from emulator.aep.catalog import batches
from emulator.aep.identifiers import now_ms
from emulator.aep.ingestion import loading, uploads
from emulator.aep.ingestion.diagnostics import Diagnostics
from emulator.aep.ingestion.problems import BatchFailure

if TYPE_CHECKING:
    from emulator.aep.platform import Platform
    from emulator.aep.store import Document

PENDING = frozenset({"loaded", "staging", "processing", "retrying"})


def start(platform: Platform, sandbox: str, batch: Document) -> None:
    """Begin to promote a batch whose files are all there."""
    batches.update(platform, sandbox, batch, status="loaded", started=now_ms())
    if batch["id"] in platform.fates:
        batches.divert(platform, sandbox, batch["id"])
    else:
        Promotion(platform, sandbox, batch["id"]).begin()


def resume(platform: Platform) -> None:
    """Take up the batches that an earlier process was promoting when it ended."""
    for sandbox in platform.store.sandboxes_of("batch"):
        for batch in platform.store.all("batch", sandbox):
            if batch["status"] in {"loaded", "staging"}:
                Promotion(platform, sandbox, batch["id"]).begin()


@dataclass(frozen=True)
class Promotion:
    """The promotion of one batch."""

    platform: Platform
    sandbox: str
    batch_id: str

    def begin(self) -> None:
        """Move on to `staging` after half of the delay, and to the end after the other half."""
        half = self.platform.switches.number("aep.promotion_seconds") / 2

        def stage() -> None:
            batch = self._pending()
            if batch is not None and self.batch_id not in self.platform.fates:
                batches.update(self.platform, self.sandbox, batch, status="staging")
                self.platform.schedule.after(half, self.run)

        self.platform.schedule.after(half, stage)

    def run(self) -> None:
        """Read every file of the batch and end it as success or failed."""
        batch = self._pending()
        if batch is None or self.batch_id in self.platform.fates:
            return
        files = uploads.of_batch(self.platform, self.sandbox, self.batch_id)
        diagnostics = Diagnostics(self.platform.diagnostics / self.batch_id, enabled=_diagnosed(batch))
        diagnostics.input_files(sorted(files))
        target = self.platform.lake / self.batch_id
        shutil.rmtree(target, ignore_errors=True)
        try:
            loaded = loading.load(self.platform, self.sandbox, batch, diagnostics, target)
        except BatchFailure as failure:
            self.fail([{"code": failure.code, "description": failure.description}])
            return
        except Exception as error:
            self.fail([{"code": "INGEST-1500-500", "description": f"Unknown error: {error!r}"}])
            raise
        finally:
            diagnostics.finish()
        allowed = float(batch["tags"].get("acp_partialIngestionPercent", 0) or 0)
        if diagnostics.failed and (not allowed or diagnostics.failed * 100 > allowed * loaded.read):
            self.fail(_errors(batch, diagnostics, 0), diagnostics.failed)
            return
        metrics = {
            "inputByteSize": sum(each["size"] for each in files.values()),
            "inputFileCount": len(files),
            "inputRecordCount": loaded.read,
            "outputRecordCount": loaded.written.rows,
            "outputByteSize": loaded.written.bytes,
            "outputFileCount": loaded.written.files,
            "partitionCount": loaded.written.files,
            "failedRecordCount": diagnostics.failed,
        }
        errors = _errors(batch, diagnostics, loaded.written.rows) if diagnostics.failed else []
        # The legacy way of CSV files counts nothing.
        counted = metrics if batch["inputFormat"]["format"] != "csv" else {}
        self._succeed(counted, errors, loaded.paths)

    def fail(self, errors: list[dict[str, Any]], failed: int = 0, status: str = "failed") -> None:
        """End the batch without a row."""
        shutil.rmtree(self.platform.lake / self.batch_id, ignore_errors=True)
        batch = self._pending()
        if batch is not None:
            metrics = {"failedRecordCount": failed}
            end = {"status": status, "errors": errors, "metrics": metrics, "completed": now_ms()}
            batches.update(self.platform, self.sandbox, batch, **end)

    def _pending(self) -> Document | None:
        batch = self.platform.store.get("batch", self.sandbox, self.batch_id)
        return batch if batch is not None and batch["status"] in PENDING else None

    def _succeed(self, metrics: dict[str, int], errors: list[dict[str, Any]], paths: set[str]) -> None:
        store = self.platform.store
        with store.transaction():
            batch = self._pending()
            if batch is None or self.batch_id in self.platform.fates:
                return
            for predecessor in batch.get("replay", {}).get("predecessors", ()):
                old = store.get("batch", self.sandbox, predecessor)
                if old is not None and old["status"] == "success":
                    tags = {**old["tags"], "acp_successor": [self.batch_id]}
                    batches.update(self.platform, self.sandbox, old, status="inactive", tags=tags)
            end: dict[str, Any] = {"status": "success", "completed": now_ms()}
            end |= {key: value for key, value in (("metrics", metrics), ("errors", errors)) if value}
            batches.update(self.platform, self.sandbox, batch, **end)
            dataset_id = batches.dataset_id(batch)
            known = set((store.get("observed", self.sandbox, dataset_id) or {}).get("paths", ()))
            if paths - known:
                store.put("observed", self.sandbox, dataset_id, {"paths": sorted(known | paths)})
        uploads.discard(self.platform, self.sandbox, self.batch_id)


def _diagnosed(batch: Document) -> bool:
    return batch["tags"].get("acp_enableErrorDiagnostics") is True


def _errors(batch: Document, diagnostics: Diagnostics, landed: int) -> list[dict[str, Any]]:
    if not _diagnosed(batch):
        text = (
            "Encountered errors while parsing, converting or otherwise validating the data. Please resend "
            "the data with error diagnostics enabled to collect additional information on failure types"
        )
        return [{"code": "INGEST-1211-400", "description": text}]
    text = (
        f"Encountered {diagnostics.failed} errors in the data. Successfully ingested {landed} rows. Please "
        "review the associated diagnostic files for more details."
    )
    return [{"code": "INGEST-1212-400", "description": text}, *diagnostics.counted()]
