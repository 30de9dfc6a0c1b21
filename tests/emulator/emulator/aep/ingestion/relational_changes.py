"""`_change_request_type` in files for a relational schema: `u` upserts by primary key, `d` deletes.

It is documented for several sources, not for the batch API, and never part of the schema. What the batch API
does with it is the switch `aep.relational_changes`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from emulator.aep.ingestion.xdm import XdmField
from emulator.aep.registry import refusals

if TYPE_CHECKING:
    import pyarrow as pa

    from emulator.aep.platform import Platform
    from emulator.aep.store import Document

CHANGE_COLUMN = "_change_request_type"


def treatment(platform: Platform, sandbox: str, dataset: Document) -> str:
    """Return `refused` (a field like any that the schema does not have), `ignored` or `honoured`."""
    schema = platform.store.get("schemas", sandbox, dataset["schemaRef"]["id"])
    if schema is None or not refusals.is_relational(schema):
        return "refused"
    return platform.switches.text("aep.relational_changes")


def readable(root: XdmField, changes: str) -> XdmField:
    """Return the schema with which a file is read."""
    if changes == "refused":
        return root
    change = XdmField("string", enum=("u", "d") if changes == "honoured" else ())
    return replace(root, fields={**root.fields, CHANGE_COLUMN: change})


def kept(table: pa.Table, changes: str) -> pa.Table:
    """Return what goes to the lake; only changes that are honoured are kept there."""
    if changes == "ignored" and CHANGE_COLUMN in table.column_names:
        return table.drop_columns([CHANGE_COLUMN])
    return table
