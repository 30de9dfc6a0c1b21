"""Reading a batch's files into the lake: parse, check, write; nothing is visible yet."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from emulator.aep import guardrails
from emulator.aep.catalog import batches
from emulator.aep.ingestion import (
    read_csv,
    read_json,
    read_parquet,
    relational_changes,
    uploads,
    xdm,
)
from emulator.aep.ingestion.conversion import one_chunk
from emulator.aep.ingestion.lake import BATCH_COLUMN, ROW_COLUMN, LakeWriter, Written
from emulator.aep.ingestion.problems import BatchFailure
from emulator.aep.ingestion.rows import LoadRules
from emulator.aep.registry import views

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from emulator.aep.ingestion.diagnostics import Diagnostics
    from emulator.aep.ingestion.rows import FileRows
    from emulator.aep.ingestion.xdm import XdmField
    from emulator.aep.platform import Platform
    from emulator.aep.store import Document

_EMPTY = BatchFailure("106", "Dataset file is empty. Please upload file with data.")


@dataclass(frozen=True)
class Loaded:
    """What was read, and what was written.

    Attributes:
        read: Rows read, bad ones included.
        paths: The fields that some row has a value for, as `/_acme/key`.
    """

    read: int
    written: Written
    paths: set[str] = field(default_factory=set)


def load(platform: Platform, sandbox: str, batch: Document, diagnostics: Diagnostics, target: Path) -> Loaded:
    """Write the good rows of all files of a batch below `target`; report the bad ones to `diagnostics`.

    Raises:
        BatchFailure: for what no threshold of bad rows forgives.
    """
    files = uploads.of_batch(platform, sandbox, batch["id"])
    _check_guardrails(files)
    dataset = platform.store.get("dataset", sandbox, batches.dataset_id(batch))
    schema = views.resolved_schema(platform, sandbox, dataset["schemaRef"]["id"]) if dataset else None
    if dataset is None or schema is None:
        raise BatchFailure(
            "INGEST-1410-404", "The dataset of the batch, or its schema, does not exist any more."
        )
    root = xdm.parse(schema)
    rules = LoadRules.of(platform.switches)
    changes = relational_changes.treatment(platform, sandbox, dataset)
    root = relational_changes.readable(root, changes)
    read = 0
    paths: set[str] = set()
    writer = LakeWriter(target)
    try:
        for path in sorted(files):
            file = uploads.stored(platform, batch["id"], files[path])
            for part in _parts(file, path, batch["inputFormat"], root, rules):
                read += part.count
                diagnostics.add(part)
                if part.table.num_rows:
                    first = platform.store.take(f"row:{dataset['id']}", part.table.num_rows)
                    table = relational_changes.kept(part.table, changes)
                    writer.write(_with_system_columns(table, batch["id"], first))
                    paths |= _observed(table)
    finally:
        writer.close()
    return Loaded(read, writer.written(), paths)


def _parts(
    file: Path, path: str, input_format: dict[str, Any], root: XdmField, rules: LoadRules
) -> Iterator[FileRows]:
    if file.stat().st_size == 0:
        raise _EMPTY
    if input_format["format"] == "parquet":
        return read_parquet.read(file, path, root, rules)
    if input_format["format"] == "csv":
        return read_csv.read(file, path, root, input_format)
    if input_format.get("isMultiLineJson"):
        return read_json.read_array(file, root, rules)
    return read_json.read_lines(file, root, rules)


def _check_guardrails(files: dict[str, Document]) -> None:
    if not files:
        raise _EMPTY
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
    table = table.append_column(BATCH_COLUMN, pa.repeat(batch_id, count))
    return table.append_column(ROW_COLUMN, pa.array(np.arange(first, first + count, dtype=np.int64)))


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
        visit(one_chunk(table.column(name)), f"/{name}")
    return found
