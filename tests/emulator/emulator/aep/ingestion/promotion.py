"""From COMPLETE to a terminal status: parse, check, store; then one transaction makes the rows visible.

`loaded` → `staging` → `success` or `failed`, on a clock (`aep.promotion_seconds`). Everything in `metrics` is
counted from what was read and written. Until the last step no reader sees a row, and the batches that this one
replaces become inactive in the same step.
"""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from emulator.aep import guardrails, identifiers
from emulator.aep.catalog import batches
from emulator.aep.ingestion import read_csv, read_json, read_parquet, uploads, xdm
from emulator.aep.ingestion.diagnostics import Diagnostics
from emulator.aep.ingestion.lake import BATCH_COLUMN, ROW_COLUMN, LakeWriter, Written
from emulator.aep.ingestion.problems import BatchFailure
from emulator.aep.ingestion.rows import LoadRules
from emulator.aep.registry import views

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from emulator.aep.ingestion.rows import FileRows
    from emulator.aep.ingestion.xdm import XdmField
    from emulator.aep.platform import Platform
    from emulator.aep.store import Document

PENDING = ("loaded", "staging", "processing", "retrying")
_HELD = {"staging", "processing", "retrying", "stalled", "loaded", "queued"}


def start(platform: Platform, sandbox: str, batch: Document, fault: str | None = None) -> None:
    """Begin to promote a batch whose files are all there.

    Args:
        fault: A status that the batch is to be held in, or to end in, instead of its own.
    """
    loaded = batches.update(platform, sandbox, batch, status="loaded", started=identifiers.now_ms())
    if fault in _HELD:
        held = (
            {"tags": {**loaded["tags"], "acp_stallDetail": ["held by a fault rule"]}}
            if fault == "stalled"
            else {}
        )
        batches.update(platform, sandbox, loaded, status=fault, **held)
        return
    if fault is not None:
        _fail(
            platform,
            sandbox,
            loaded["id"],
            [{"code": "CONNECTOR-2001-500", "description": "Error occurred at promotion activity."}],
            status=fault,
        )
        return
    _later(platform, sandbox, loaded["id"])


def resume(platform: Platform) -> None:
    """Take up the batches that an earlier process was promoting when it ended."""
    for sandbox in platform.store.sandboxes_of("batch"):
        for batch in platform.store.all("batch", sandbox):
            if batch["status"] in {"loaded", "staging"}:
                _later(platform, sandbox, batch["id"])


def _later(platform: Platform, sandbox: str, batch_id: str) -> None:
    half = platform.switches.number("aep.promotion_seconds") / 2

    def stage() -> None:
        batch = platform.store.get("batch", sandbox, batch_id)
        if batch is not None and batch["status"] in PENDING:
            batches.update(platform, sandbox, batch, status="staging")
            platform.schedule.after(half, lambda: promote(platform, sandbox, batch_id))

    platform.schedule.after(half, stage)


def promote(platform: Platform, sandbox: str, batch_id: str) -> None:
    """Read every file of a batch and end it as success or failed."""
    batch = platform.store.get("batch", sandbox, batch_id)
    if batch is None or batch["status"] not in PENDING:
        return
    files = uploads.of_batch(platform, sandbox, batch_id)
    diagnostics = Diagnostics(
        platform.diagnostics / batch_id, enabled=batch["tags"].get("acp_enableErrorDiagnostics") is True
    )
    diagnostics.input_files(sorted(files))
    target = platform.lake / batch_id
    shutil.rmtree(target, ignore_errors=True)
    try:
        read, written = _load(platform, sandbox, batch, files, diagnostics, target)
    except BatchFailure as failure:
        diagnostics.finish()
        shutil.rmtree(target, ignore_errors=True)
        _fail(platform, sandbox, batch_id, [{"code": failure.code, "description": failure.description}])
        return
    except Exception as error:
        shutil.rmtree(target, ignore_errors=True)
        _fail(
            platform,
            sandbox,
            batch_id,
            [{"code": "INGEST-1500-500", "description": f"Unknown error: {error!r}"}],
        )
        raise
    diagnostics.finish()
    allowed = float(batch["tags"].get("acp_partialIngestionPercent", 0) or 0)
    failed = diagnostics.failed
    if failed and (not allowed or failed * 100 > allowed * read):
        shutil.rmtree(target, ignore_errors=True)
        _fail(platform, sandbox, batch_id, _errors(batch, diagnostics, 0), failed)
        return
    metrics = {
        "inputByteSize": sum(each["size"] for each in files.values()),
        "inputFileCount": len(files),
        "inputRecordCount": read,
        "outputRecordCount": written.rows,
        "outputByteSize": written.bytes,
        "outputFileCount": written.files,
        "partitionCount": written.files,
        "failedRecordCount": failed,
    }
    _succeed(
        platform, sandbox, batch_id, metrics, _errors(batch, diagnostics, written.rows) if failed else []
    )


def _load(
    platform: Platform,
    sandbox: str,
    batch: Document,
    files: dict[str, Document],
    diagnostics: Diagnostics,
    target: Path,
) -> tuple[int, Written]:
    """Write the good rows of all files; return how many rows were read, and what was written."""
    _check_guardrails(files)
    dataset = platform.store.get("dataset", sandbox, batches.dataset_id(batch))
    schema = views.resolved_schema(platform, sandbox, dataset["schemaRef"]["id"]) if dataset else None
    if dataset is None or schema is None:
        raise BatchFailure(
            "INGEST-1410-404", "The dataset of the batch, or its schema, does not exist any more."
        )
    root = xdm.parse(schema)
    rules = LoadRules.of(platform.switches)
    read = 0
    paths: set[str] = set()
    with LakeWriter(target) as writer:
        for path in sorted(files):
            for part in _parts(platform, batch, path, files[path], root, rules):
                read += part.count
                diagnostics.add(part)
                if part.table.num_rows:
                    first = platform.store.take(f"row:{dataset['id']}", part.table.num_rows)
                    writer.write(_with_system_columns(part.table, batch["id"], first))
                    paths |= _observed(part.table)
    _observe(platform, sandbox, dataset["id"], paths)
    return read, writer.written()


def _parts(
    platform: Platform, batch: Document, path: str, upload: Document, root: XdmField, rules: LoadRules
) -> Iterator[FileRows]:
    file = uploads.stored(platform, batch["id"], upload)
    input_format = batch["inputFormat"]
    if upload["size"] == 0:
        raise BatchFailure("106", "Dataset file is empty. Please upload file with data.")
    if input_format["format"] == "parquet":
        return read_parquet.read(file, path, root, rules)
    if input_format["format"] == "csv":
        return read_csv.read(file, path, root, input_format)
    if input_format.get("isMultiLineJson"):
        return read_json.read_array(file, root, rules)
    return read_json.read_lines(file, root, rules)


def _check_guardrails(files: dict[str, Document]) -> None:
    if not files:
        raise BatchFailure("106", "Dataset file is empty. Please upload file with data.")
    size = sum(each["size"] for each in files.values())
    hits = []
    if len(files) > guardrails.FILES_PER_BATCH:
        hits.append(f"{len(files)} files (over the {guardrails.FILES_PER_BATCH} threshold)")
    if size > guardrails.BATCH_BYTES:
        hits.append(f"{size} bytes (over the {guardrails.BATCH_BYTES} threshold)")
    if hits:
        raise BatchFailure("INGEST-1409-400", f"Batch ingestion guardrails hit: {'; '.join(hits)}")


def _with_system_columns(table: pa.Table, batch_id: str, first: int) -> pa.Table:
    count = table.num_rows
    table = table.append_column(BATCH_COLUMN, pa.array([batch_id] * count, pa.string()))
    return table.append_column(ROW_COLUMN, pa.array(range(first, first + count), pa.int64()))


def _observed(table: pa.Table) -> set[str]:
    found: set[str] = set()

    def visit(array: Any, path: str) -> None:
        if array.null_count == len(array):
            return
        found.add(path)
        if pa.types.is_struct(array.type):
            for index, child in enumerate(array.flatten()):
                visit(child, f"{path}/{array.type.field(index).name}")

    for name in table.column_names:
        column = table.column(name).combine_chunks()
        visit(column.chunk(0) if isinstance(column, pa.ChunkedArray) else column, f"/{name}")
    return found


def _observe(platform: Platform, sandbox: str, dataset_id: str, paths: set[str]) -> None:
    known = set((platform.store.get("observed", sandbox, dataset_id) or {}).get("paths", ()))
    if paths - known:
        platform.store.put("observed", sandbox, dataset_id, {"paths": sorted(known | paths)})


def _errors(batch: Document, diagnostics: Diagnostics, landed: int) -> list[dict[str, Any]]:
    if batch["tags"].get("acp_enableErrorDiagnostics") is not True:
        text = (
            "Encountered errors while parsing, converting or otherwise validating the data. Please resend the data "
            "with error diagnostics enabled to collect additional information on failure types"
        )
        return [{"code": "INGEST-1211-400", "description": text}]
    text = (
        f"Encountered {diagnostics.failed} errors in the data. Successfully ingested {landed} rows. Please review "
        "the associated diagnostic files for more details."
    )
    return [{"code": "INGEST-1212-400", "description": text}, *diagnostics.counted()]


def _succeed(
    platform: Platform, sandbox: str, batch_id: str, metrics: dict[str, int], errors: list[dict[str, Any]]
) -> None:
    with platform.store.transaction():
        batch = platform.store.get("batch", sandbox, batch_id)
        if batch is None or batch["status"] not in PENDING:
            return
        for predecessor in batch.get("replay", {}).get("predecessors", ()):
            old = platform.store.get("batch", sandbox, predecessor)
            if old is not None and old["status"] == "success":
                tags = {**old["tags"], "acp_successor": [batch_id]}
                batches.update(platform, sandbox, old, status="inactive", tags=tags)
        end = {"status": "success", "metrics": metrics, "completed": identifiers.now_ms()}
        batches.update(platform, sandbox, batch, **end, **({"errors": errors} if errors else {}))
    uploads.discard(platform, sandbox, batch_id)


def _fail(
    platform: Platform,
    sandbox: str,
    batch_id: str,
    errors: list[dict[str, Any]],
    failed: int = 0,
    status: str = "failed",
) -> None:
    batch = platform.store.get("batch", sandbox, batch_id)
    if batch is not None and batch["status"] in PENDING:
        metrics = {"failedRecordCount": failed}
        batches.update(
            platform,
            sandbox,
            batch,
            status=status,
            errors=errors,
            metrics=metrics,
            completed=identifiers.now_ms(),
        )
