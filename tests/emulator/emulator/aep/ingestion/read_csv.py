"""Reading an uploaded CSV file, the legacy way: flat, no conversion, no checks of rows, no metrics.

Every column becomes the string of the field it names, cast to the field's type where that is possible.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.csv as pcsv

from emulator.aep.ingestion import xdm
from emulator.aep.ingestion.problems import BatchFailure, RowErrors
from emulator.aep.ingestion.rows import FileRows

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from emulator.aep.ingestion.xdm import XdmField


def read(path: Path, name: str, root: XdmField, input_format: dict[str, Any]) -> Iterator[FileRows]:
    """Yield the rows of a CSV file as one table.

    Raises:
        BatchFailure: `118` for a header row without names, and for columns that the schema does not have.
    """
    with path.open("rb") as file:
        header = file.readline().strip()
    if not header.strip(b',; \t"'):
        raise BatchFailure("118", "CSV file contains empty header row.")
    parse = pcsv.ParseOptions(delimiter=str(input_format.get("delimiter") or ","))
    try:
        table = pcsv.read_csv(
            path, parse_options=parse, convert_options=pcsv.ConvertOptions(strings_can_be_null=True)
        )
    except pa.ArrowInvalid as error:
        raise BatchFailure("INGEST-1401-400", f"{name} cannot be read: {error}") from None
    # An ad-hoc dataset has its columns below one namespace, which the file does not repeat.
    only = next(iter(root.fields.values())) if len(root.fields) == 1 else None
    nested = only is not None and only.kind == "object" and not set(table.column_names) & set(root.fields)
    fields = only.fields if nested and only is not None else root.fields
    unknown = [column for column in table.column_names if column not in fields]
    if unknown:
        raise BatchFailure(
            "INGEST-1407-400", f"The columns {', '.join(unknown)} of {name} are not in the schema."
        )
    columns = []
    for column in table.column_names:
        target = xdm.arrow_type(fields[column])
        try:
            columns.append(table.column(column).cast(target))
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
            raise BatchFailure("INGEST-1408-400", f"TypeCompatibilityException: {column}: {error}") from None
    loaded = pa.table(columns, names=table.column_names)
    if nested:
        struct = pa.StructArray.from_arrays(
            [each.combine_chunks() for each in loaded.columns], names=loaded.column_names
        )
        loaded = pa.table([struct], names=[next(iter(root.fields))])
    yield FileRows(loaded, table.num_rows, RowErrors())
