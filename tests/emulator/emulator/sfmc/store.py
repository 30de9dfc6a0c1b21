"""What Marketing Cloud keeps: folders, data extensions and their rows, in one DuckDB file.

Rows are kept in typed columns, dates with milliseconds. Each row has a ``_CustomObjectKey`` that grows
with every insert and survives updates. Readers get a data extension as one Arrow table in the order of
that key; it is kept until the next write.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import duckdb
import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from emulator.sfmc import clock, values, wire
from emulator.sfmc.data_extensions import DataExtension, Field, FieldType, Folder

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

ROW_KEY = "_CustomObjectKey"
_CACHE_BYTES = 1_500_000_000


@dataclass(frozen=True)
class Rows:
    """All rows of a data extension at one moment, ordered by ``_CustomObjectKey``."""

    table: pa.Table
    keys: pa.Int64Array
    first_key: int
    without_gaps: bool

    def positions(self, keys: pa.Int64Array) -> pa.Array:
        """Where rows are in the table; keys of rows that are gone are left out."""
        if self.without_gaps:
            positions = pc.subtract(keys, self.first_key)
            inside = pc.and_(pc.greater_equal(positions, 0), pc.less(positions, len(self.keys)))
            return positions if pc.all(inside).as_py() is not False else positions.filter(inside)
        return pc.index_in(keys, value_set=self.keys).drop_null()


class Store:
    """Thread-safe; writes are transactions."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.RLock()
        self._open()

    def _open(self) -> None:
        self._cache: OrderedDict[str, Rows] = OrderedDict()
        self._db = duckdb.connect(str(self._path))
        self._run("SET preserve_insertion_order = true")
        self._run("SET threads = 2")
        self._run(
            "CREATE TABLE IF NOT EXISTS catalogue (id VARCHAR PRIMARY KEY, kind VARCHAR, document BLOB)"
        )
        self._data_extensions: dict[str, DataExtension] = {}
        self._folders: dict[int, Folder] = {}
        self._facts: dict[str, Any] = {}
        for identifier, kind, document in self._run("SELECT * FROM catalogue ORDER BY rowid"):
            if kind == "folder":
                self._folders[int(identifier.partition(":")[2])] = msgspec.json.decode(document, type=Folder)
            elif kind == "data extension":
                self._data_extensions[identifier] = msgspec.json.decode(document, type=DataExtension)
            else:
                self._facts[identifier] = msgspec.json.decode(document)

    def close(self) -> None:
        with self._lock:
            self._db.close()

    def wipe(self) -> None:
        """Forget everything."""
        with self._lock:
            self._db.close()
            self._path.unlink()
            self._path.with_suffix(self._path.suffix + ".wal").unlink(missing_ok=True)
            self._open()

    # facts of the source itself, such as how many days were mutated

    def fact(self, name: str) -> Any:
        return self._facts.get(name)

    def set_fact(self, name: str, value: object) -> None:
        with self._lock:
            self._put(name, "fact", value)
            self._facts[name] = value

    # definitions

    @property
    def data_extensions(self) -> tuple[DataExtension, ...]:
        return tuple(self._data_extensions.values())

    @property
    def folders(self) -> tuple[Folder, ...]:
        return tuple(self._folders.values())

    def add_folder(self, folder: Folder) -> Folder:
        with self._lock:
            self._put(f"folder:{folder.id}", "folder", folder)
            self._folders[folder.id] = folder
        return folder

    def define(self, data_extension: DataExtension) -> None:
        """Add a data extension without rows; one with the same id is replaced."""
        columns = [f'"{ROW_KEY}" BIGINT']
        columns += [f"{quoted(each.name)} {values.sql_type(each)}" for each in data_extension.fields]
        with self._changing(data_extension):
            self._run(f"CREATE OR REPLACE TABLE {table_name(data_extension)} ({', '.join(columns)})")
            self._remember(data_extension)

    def redefine(self, data_extension: DataExtension, added: Sequence[Field] = ()) -> None:
        """Change what describes a data extension, and add columns; its rows stay."""
        with self._changing(data_extension):
            for each in added:
                column = f"{quoted(each.name)} {values.sql_type(each)}"
                self._run(f"ALTER TABLE {table_name(data_extension)} ADD COLUMN {column}")
            self._remember(data_extension)

    def drop(self, data_extension: DataExtension) -> None:
        with self._changing(data_extension):
            self._run(f"DROP TABLE {table_name(data_extension)}")
            self._run("DELETE FROM catalogue WHERE id = ?", [data_extension.object_id])
            del self._data_extensions[data_extension.object_id]

    # rows

    def prepare(self, statements: Sequence[str]) -> None:
        """Run SQL that defines macros for :meth:`fill` and :meth:`execute`."""
        with self._lock:
            for statement in statements:
                self._run(statement)

    def fill(self, data_extension: DataExtension, select: str) -> int:
        """Insert what a DuckDB SELECT yields, its columns in the order of the fields; the number of rows."""
        with self._changing(data_extension):
            before = self.count(data_extension)
            last = self._last_row_key(data_extension)
            numbered = f"SELECT {last} + row_number() OVER (), * FROM ({select})"
            self._run(f"INSERT INTO {table_name(data_extension)} {numbered}")
            added = self.count(data_extension) - before
            self.set_fact(_row_keys(data_extension), last + added)
            return added

    def insert(self, data_extension: DataExtension, rows: Sequence[Mapping[str, Any]]) -> None:
        """Append typed rows by column name; a column that a row lacks gets its default."""
        if not rows:
            return
        with self._changing(data_extension), self._staged(data_extension, rows) as staged:
            names = ", ".join(quoted(each.name) for each in data_extension.fields)
            self.fill(data_extension, f"SELECT {names} FROM {staged}")

    def upsert(self, data_extension: DataExtension, rows: Sequence[Mapping[str, Any]]) -> tuple[int, int]:
        """Update rows by primary key, only the columns given, and insert the others: (inserted, updated)."""
        existing = self._existing(data_extension, rows)
        fresh = [row for row, exists in zip(rows, existing, strict=True) if not exists]
        changed = [row for row, exists in zip(rows, existing, strict=True) if exists]
        with self._changing(data_extension):
            self.insert(data_extension, fresh)
            for row in changed:
                self._update(data_extension, row)
        return len(fresh), len(changed)

    def delete(self, data_extension: DataExtension, keys: Sequence[Mapping[str, Any]]) -> int:
        """Delete rows by primary key; the number that were there."""
        with self._changing(data_extension):
            before = self.count(data_extension)
            for key in keys:
                condition, parameters = _key_condition(data_extension, key)
                self._run(f"DELETE FROM {table_name(data_extension)} WHERE {condition}", parameters)
            return before - self.count(data_extension)

    def clear(self, data_extension: DataExtension) -> int:
        with self._changing(data_extension):
            before = self.count(data_extension)
            self._run(f"DELETE FROM {table_name(data_extension)}")
            return before

    def execute(self, data_extension: DataExtension, statement: str, parameters: Sequence[Any] = ()) -> None:
        """Change rows by SQL, in which ``{table}`` stands for the data extension's table."""
        with self._changing(data_extension):
            self._run(statement.replace("{table}", table_name(data_extension)), parameters)

    def count(
        self, data_extension: DataExtension, where: str = "true", parameters: Sequence[Any] = ()
    ) -> int:
        with self._lock:
            rows = self._run(f"SELECT count(*) FROM {table_name(data_extension)} WHERE {where}", parameters)
        return int(rows[0][0])

    def has(self, data_extension: DataExtension, row: Mapping[str, Any]) -> bool:
        """Whether there is a row with the primary key of ``row``."""
        condition, parameters = _key_condition(data_extension, row)
        return self.count(data_extension, condition, parameters) > 0

    def rows(self, data_extension: DataExtension) -> Rows:
        with self._lock:
            cached = self._cache.get(data_extension.object_id)
            if cached is None:
                cached = self._cache[data_extension.object_id] = self._read(data_extension)
                self._trim_cache()
            self._cache.move_to_end(data_extension.object_id)
            return cached

    def head(self, data_extension: DataExtension, count: int) -> list[tuple[Any, ...]]:
        """The first rows, typed, without their ``_CustomObjectKey``."""
        with self._lock:
            rows = self._run(
                f'SELECT * FROM {table_name(data_extension)} ORDER BY "{ROW_KEY}" LIMIT {int(count)}'
            )
        return [row[1:] for row in rows]

    def select_keys(
        self, data_extension: DataExtension, *, where: str, parameters: Sequence[Any], order: str
    ) -> pa.Int64Array:
        """The ``_CustomObjectKey`` of the rows that satisfy a condition, in an order (SQL, may be empty)."""
        order = f"{order}, " if order else ""
        statement = (
            f'SELECT "{ROW_KEY}" FROM {table_name(data_extension)} WHERE {where} ORDER BY {order}"{ROW_KEY}"'
        )
        with self._lock:
            table = self._db.sql(statement, params=list(parameters)).to_arrow_table()
        return wire.one_array(table.column(0))

    # inner parts

    def _run(self, statement: str, parameters: Sequence[Any] = ()) -> list[Any]:
        # Fetching everything leaves the connection free for the next statement.
        return self._db.execute(statement, list(parameters)).fetchall()

    @contextmanager
    def _changing(self, data_extension: DataExtension) -> Iterator[None]:
        with self._lock:
            nested = self._in_transaction
            if not nested:
                self._run("BEGIN")
                self._in_transaction = True
            try:
                yield
            except BaseException:
                if not nested:
                    self._in_transaction = False
                    self._run("ROLLBACK")
                raise
            if not nested:
                self._in_transaction = False
                self._run("COMMIT")
            self._cache.pop(data_extension.object_id, None)

    _in_transaction = False

    @contextmanager
    def _staged(self, data_extension: DataExtension, rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
        columns = {}
        for each in data_extension.fields:
            default = values.parse_cell(each, each.default) if each.default else None
            cells = [row.get(each.name, default) for row in rows]
            columns[each.name] = pa.array(cells, type=values.arrow_type(each))
        self._db.register("staged_rows", pa.table(columns))
        try:
            yield "staged_rows"
        finally:
            self._db.unregister("staged_rows")

    def _last_row_key(self, data_extension: DataExtension) -> int:
        return int(self.fact(_row_keys(data_extension)) or 0)

    def _existing(self, data_extension: DataExtension, rows: Sequence[Mapping[str, Any]]) -> list[bool]:
        found = []
        seen = set()
        for row in rows:
            identity = tuple(str(row[each.name]).lower() for each in data_extension.primary_key)
            found.append(identity in seen or self.has(data_extension, row))
            seen.add(identity)
        return found

    def _update(self, data_extension: DataExtension, row: Mapping[str, Any]) -> None:
        key_names = {each.name for each in data_extension.primary_key}
        cells = {name: value for name, value in row.items() if name not in key_names}
        if not cells:
            return
        condition, parameters = _key_condition(data_extension, row)
        assignments = ", ".join(f"{quoted(name)} = ?" for name in cells)
        self._run(
            f"UPDATE {table_name(data_extension)} SET {assignments} WHERE {condition}",
            [*cells.values(), *parameters],
        )

    def _read(self, data_extension: DataExtension) -> Rows:
        table = self._db.sql(
            f'SELECT * FROM {table_name(data_extension)} ORDER BY "{ROW_KEY}"'
        ).to_arrow_table()
        columns = {ROW_KEY: wire.one_array(table.column(0))}
        for number, each in enumerate(data_extension.fields, 1):
            columns[each.name] = wire.one_array(table.column(number).cast(values.arrow_type(each)))
        keys = columns[ROW_KEY]
        first = keys[0].as_py() if len(keys) else 0
        return Rows(
            table=pa.table(columns),
            keys=keys,
            first_key=first,
            without_gaps=not len(keys) or keys[-1].as_py() - first == len(keys) - 1,
        )

    def _trim_cache(self) -> None:
        while len(self._cache) > 1 and sum(rows.table.nbytes for rows in self._cache.values()) > _CACHE_BYTES:
            self._cache.popitem(last=False)

    def _remember(self, data_extension: DataExtension) -> None:
        self._put(data_extension.object_id, "data extension", data_extension)
        self._data_extensions[data_extension.object_id] = data_extension

    def _put(self, identifier: str, kind: str, document: object) -> None:
        self._run(
            "INSERT OR REPLACE INTO catalogue VALUES (?, ?, ?)",
            [identifier, kind, msgspec.json.encode(document)],
        )


def touched(data_extension: DataExtension) -> DataExtension:
    """The same data extension, modified now."""
    return replace(data_extension, modified=clock.now())


def quoted(name: str) -> str:
    """A column name for SQL."""
    return '"' + name.replace('"', '""') + '"'


def _row_keys(data_extension: DataExtension) -> str:
    return f"row keys {data_extension.object_id}"


def table_name(data_extension: DataExtension) -> str:
    """The quoted name of the table that holds the rows."""
    return f'"rows {data_extension.object_id}"'


def _key_condition(data_extension: DataExtension, row: Mapping[str, Any]) -> tuple[str, list[Any]]:
    """SQL that finds the row with this primary key; text is compared without regard to case."""
    conditions = []
    parameters = []
    for each in data_extension.primary_key:
        lower = each.type.is_text or each.type is FieldType.LOCALE
        column = quoted(each.name)
        conditions.append(f"lower({column}) = lower(?)" if lower else f"{column} = ?")
        parameters.append(row[each.name])
    return " AND ".join(conditions) or "false", parameters
