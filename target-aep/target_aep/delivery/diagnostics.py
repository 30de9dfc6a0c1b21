"""Adobe's error codes of a batch, in words.

Codes and texts are those that Adobe's documentation and batches on the wire show; the list that Adobe
announced in 2026 is not public in full, so a code that is not here is given with Adobe's own text.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from target_aep.aep import BatchError

WORDS = {
    "106": "a file had no rows",
    "118": "a CSV file had no header",
    "140": "AEP had already ingested this batch, so nothing was added",
    "200": "a file was no Parquet file",
    "300": "the batch stalled",
    "400": "parts of a file were missing or overlapped",
    "INGEST-1002-400": "a file did not arrive whole",
    "INGEST-1211-400": "rows could not be parsed or converted, and AEP kept no details",
    "INGEST-1212-400": "some rows could not be ingested",
    "INGEST-1401-400": "rows could not be read at all",
    "INGEST-1407-400": "the data has a field that the schema does not have",
    "INGEST-1408-400": "a field has another type than in the schema",
    "INGEST-1555-400": "a required field was missing or null",
    "MAPPER-3700-400": "a row could not be mapped",
    "CONNECTOR-2001-500": "AEP failed while it promoted the batch",
}

ROWS = {
    "1401": "the row could not be read at all",
    "1407": "the row has a field that the schema does not have",
    "1408": "a value has another type than the schema says",
    "1555": "a field that the schema requires is missing or null",
}
"""The same of single rows, by the number within the code."""


def explain(errors: Sequence[BatchError]) -> str:
    """Say what a batch's errors mean; Adobe's code and text stand beside."""
    if not errors:
        return "AEP gives no reason"
    return "; ".join(_one(error) for error in errors)


def _one(error: BatchError) -> str:
    words = WORDS.get(error.code, "")
    said = f"{error.code}: {error.description.rstrip('.')}" if error.description else error.code
    rows = f" ({error.record_count} rows)" if error.record_count else ""
    return f"{words} [{said}]{rows}" if words else f"{said}{rows}"


def explain_row(code: str, message: str) -> str:
    """Say what is wrong with one row; rows carry the number of a code, or all of it."""
    number = code.split("-")[1] if code.startswith("INGEST-") else code
    words = next((text for known, text in ROWS.items() if known == number), "")
    said = f"{code}: {message.rstrip('.')}" if code else message
    return f"{words} [{said}]" if words else said
