"""Row sets that clients page through: REST by ``requestToken``, SOAP by ``ContinueRequest``.

What a cursor holds while rows change behind it is not documented, so it is a switch: the ids of the rows in
their order (values are read when a page is asked for, deleted rows make a short page), the rows themselves,
or only the query, which is then run again for each page.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any, TypeVar

import pyarrow as pa
import pyarrow.compute as pc

from emulator.sfmc.store import Rows, Store, quoted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from emulator.sfmc.data_extensions import DataExtension, Field
    from emulator.switches import Switches

_MAX_CURSORS = 2_000
_ORDERED_PAGES = 2
_Sliceable = TypeVar("_Sliceable", pa.Table, pa.Array)


@dataclass(frozen=True)
class Selection:
    """A query over one data extension: SQL condition, its parameters, SQL order (may be empty)."""

    where: str = "true"
    parameters: Sequence[Any] = ()
    order: str = ""
    limit: int = 0
    skip: int = 0


@dataclass
class Cursor:
    """One row set. ``keys`` are ``_CustomObjectKey`` values in the order of the row set."""

    token: str
    data_extension: DataExtension
    fields: tuple[Field, ...]
    selection: Selection
    page_size: int
    keys: pa.Int64Array
    count: int
    expires: datetime
    pinned: Rows | None = None
    details: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Located:
    """Some rows of a data extension: a range, or single positions."""

    rows: Rows
    start: int
    length: int
    positions: pa.Array | None

    def of(self, columns: _Sliceable) -> _Sliceable:
        """Those rows of a table, or of an array, that has a value for each row of the data extension."""
        if self.positions is None:
            return columns.slice(self.start, self.length)
        return columns.take(self.positions)

    def table(self) -> pa.Table:
        return self.of(self.rows.table)


class Cursors:
    """The live cursors of a server."""

    def __init__(self, store: Store, switches: Switches) -> None:
        self._store = store
        self._switches = switches
        self._lock = threading.Lock()
        self._cursors: OrderedDict[str, Cursor] = OrderedDict()

    def open(
        self, data_extension: DataExtension, fields: tuple[Field, ...], selection: Selection, page_size: int
    ) -> Cursor:
        """Run a query and keep its rows under a new token."""
        life = timedelta(seconds=self._switches.integer("sfmc.request_token_seconds"))
        keys = self._keys(data_extension, selection)
        limited = self._disordered(self._limited(keys, selection), selection, page_size)
        counted = limited if self._switches.flag("sfmc.top_limits_count") else keys
        pinned = self._switches.text("sfmc.rowset_snapshot") == "rows"
        cursor = Cursor(
            token=new_token(),
            data_extension=data_extension,
            fields=fields,
            selection=selection,
            page_size=page_size,
            keys=limited,
            count=len(counted),
            expires=datetime.now(timezone.utc) + life,
            pinned=self._store.rows(data_extension) if pinned else None,
        )
        with self._lock:
            self._cursors[cursor.token] = cursor
            while len(self._cursors) > _MAX_CURSORS:
                self._cursors.popitem(last=False)
        return cursor

    def find(self, token: str) -> Cursor | None:
        """The cursor of a token; None when it is unknown or has expired."""
        with self._lock:
            cursor = self._cursors.get(token.lower())
            if cursor and cursor.expires < datetime.now(timezone.utc):
                del self._cursors[cursor.token]
                return None
            return cursor

    def expire_all(self) -> None:
        with self._lock:
            self._cursors.clear()

    def locate(self, cursor: Cursor, start: int, size: int) -> Located:
        """Where rows ``start`` to ``start + size`` of a row set are."""
        if self._switches.text("sfmc.rowset_snapshot") == "query":
            keys = self._keys(cursor.data_extension, cursor.selection)
            limited = self._limited(keys, cursor.selection)
            cursor.keys = self._disordered(limited, cursor.selection, cursor.page_size)
            cursor.count = len(cursor.keys)
        keys = cursor.keys.slice(start, size)
        if self._switches.text("sfmc.rowset_order") == "within_pages" and cursor.selection.order:
            keys = self._sorted(cursor, keys)
        rows = cursor.pinned or self._store.rows(cursor.data_extension)
        if keys.equals(rows.keys.slice(start, size)):
            return Located(rows, start, len(keys), None)
        positions = rows.positions(keys)
        return Located(rows, 0, len(positions), positions)

    def _keys(self, data_extension: DataExtension, selection: Selection) -> pa.Int64Array:
        order = selection.order
        if self._switches.text("sfmc.rowset_order") in {"ignored", "within_pages"}:
            order = ""
        if self._switches.text("sfmc.rowset_default_order") == "shuffled":
            # Also rows that the wanted order leaves equal differ from one request to the next.
            salt = time.monotonic_ns()
            order = f"{order}, " * bool(order) + f'hash("_CustomObjectKey" + {salt})'
        if selection.where == "true" and not order:
            keys = self._store.rows(data_extension).keys
        else:
            keys = self._store.select_keys(
                data_extension, where=selection.where, parameters=selection.parameters, order=order
            )
        return keys

    @staticmethod
    def _limited(keys: pa.Int64Array, selection: Selection) -> pa.Int64Array:
        keys = keys.slice(selection.skip)
        return keys.slice(0, selection.limit) if selection.limit else keys

    def _disordered(self, keys: pa.Int64Array, selection: Selection, page_size: int) -> pa.Int64Array:
        """The keys as a server gives them that sorts the first pages only."""
        if self._switches.text("sfmc.rowset_order") != "first_pages" or not selection.order:
            return keys
        ordered = _ORDERED_PAGES * page_size
        rest = keys.slice(ordered)
        return pa.concat_arrays([keys.slice(0, ordered), rest.take(pc.array_sort_indices(rest))])

    def _sorted(self, cursor: Cursor, keys: pa.Int64Array) -> pa.Int64Array:
        wanted = ", ".join(str(key) for key in keys.to_pylist()) or "NULL"
        return self._store.select_keys(
            cursor.data_extension,
            where=f'"_CustomObjectKey" IN ({wanted})',
            parameters=(),
            order=cursor.selection.order,
        )


def order_sql(columns: Sequence[tuple[Field, bool]]) -> str:
    """ORDER BY terms as SQL Server sorts: nulls are lowest, text without regard to case."""
    terms = []
    for each, descending in columns:
        column = f"lower({quoted(each.name)})" if each.type.is_text else quoted(each.name)
        terms.append(f"{column} DESC NULLS LAST" if descending else f"{column} ASC NULLS FIRST")
    return ", ".join(terms)


def new_token() -> str:
    """A GUID."""
    digits = secrets.token_hex(16)
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))
