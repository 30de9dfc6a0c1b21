"""SQL over what landed: DuckDB over the Parquet files of the lake.

For each dataset there are two views, named after its SQL table (`adobe/pqs/table`, the dataset's name in
lower snake case):

- `name`: all live rows, every loaded version of a thing;
- `name_latest`: one row per key, the one loaded last. The key is the `_id` of events, the primary identity
  of records (a field, or the primary entry of `identityMap`), the primary key of relational rows. A dataset
  whose schema has no key has no such view; rows without a key value are all kept.

Both have two columns more: `_batch_id`, and `_row`, which counts the rows of a dataset in the order in
which they were loaded. Relational rows have `_change_request_type` as well (see
`ingestion.relational_changes`): the latest is the one with the highest version, and a key whose latest change
is `d` is gone. Objects are structs: `SELECT person.name.firstName FROM contacts_latest`.
"""

from __future__ import annotations

import datetime as dt
import math
from typing import TYPE_CHECKING, Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from emulator.aep.catalog import batches
from emulator.aep.catalog.datasets import TABLE_TAG
from emulator.aep.ingestion import xdm
from emulator.aep.ingestion.lake import BATCH_COLUMN, ROW_COLUMN
from emulator.aep.ingestion.relational_changes import CHANGE_COLUMN
from emulator.aep.registry import refusals, unions, views

if TYPE_CHECKING:
    from emulator.aep.platform import Platform
    from emulator.aep.store import Document


class QueryError(ValueError):
    """A query that DuckDB refuses, or names a table that is not there."""


def run(platform: Platform, sandbox: str, sql: str) -> dict[str, Any]:
    """Return `{"columns": [names], "rows": [{name: value}]}`; times as RFC 3339 in UTC, decimals as text.

    Raises:
        QueryError: with DuckDB's message.
    """
    if not sql.strip():
        raise QueryError("there is no query")
    platform.lake.mkdir(parents=True, exist_ok=True)
    with duckdb.connect(":memory:") as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute(f"SET allowed_directories = [{_literal(str(platform.lake))}]")
        connection.execute("SET enable_external_access = false")
        datasets = platform.store.all("dataset", sandbox)
        for dataset in _mentioned(sql, datasets):
            _create_views(connection, platform, sandbox, dataset)
        try:
            result = connection.execute(sql)
            columns = _unique([each[0] for each in result.description or ()])
            rows = result.fetchall()
        except duckdb.CatalogException as error:
            tables = ", ".join(sorted(_table(each) for each in datasets)) or "none"
            raise QueryError(f"{error}\nTables of the sandbox {sandbox}: {tables}") from None
        except duckdb.Error as error:
            raise QueryError(str(error)) from None
    return {"columns": columns, "rows": [dict(zip(columns, map(plain, row), strict=True)) for row in rows]}


def _mentioned(sql: str, datasets: list[Document]) -> list[Document]:
    """Return the datasets whose tables a query may read; all, where it asks what there is."""
    text = sql.lower()
    if any(word in text for word in ("show", "information_schema", "duckdb_", "sqlite_master")):
        return datasets
    return [each for each in datasets if _table(each) in text]


def _table(dataset: Document) -> str:
    return str(dataset["tags"][TABLE_TAG][0]).lower()


def _create_views(connection: Any, platform: Platform, sandbox: str, dataset: Document) -> None:
    schema = platform.store.get("schemas", sandbox, dataset["schemaRef"]["id"])
    resolved = views.resolved_schema(platform, sandbox, dataset["schemaRef"]["id"])
    if schema is None or resolved is None:
        return
    arrow = xdm.arrow_schema(xdm.parse(resolved))
    arrow = arrow.append(pa.field(BATCH_COLUMN, pa.string())).append(pa.field(ROW_COLUMN, pa.int64()))
    if refusals.is_relational(schema):
        arrow = arrow.append(pa.field(CHANGE_COLUMN, pa.string()))
    files = [_template(platform, dataset, arrow)]
    for batch in platform.store.all("batch", sandbox):
        if batch["status"] == "success" and batches.dataset_id(batch) == dataset["id"]:
            files += sorted(str(path) for path in (platform.lake / batch["id"]).glob("*.parquet"))
    table = _table(dataset)
    listed = ", ".join(_literal(each) for each in files)
    connection.execute(
        f"CREATE VIEW {_name(table)} AS SELECT * FROM read_parquet([{listed}], union_by_name = true)"
    )
    key = key_expression(platform, sandbox, schema, set(arrow.names))
    if key is None:
        return
    latest, kept = f"{ROW_COLUMN} DESC", ""
    if refusals.is_relational(schema):
        version = _descriptor_path(platform, sandbox, schema, "xdm:descriptorVersion")
        latest = f"{version} DESC NULLS LAST, {latest}" if version else latest
        kept = f" AND coalesce({CHANGE_COLUMN}, 'u') <> 'd'"
    connection.execute(
        f"CREATE VIEW {_name(f'{table}_latest')} AS SELECT * FROM {_name(table)} QUALIFY ({key}) IS NULL "
        f"OR (row_number() OVER (PARTITION BY {key} ORDER BY {latest}) = 1{kept})"
    )


def key_expression(platform: Platform, sandbox: str, schema: Document, columns: set[str]) -> str | None:
    """Return the SQL expression that identifies a row, None where the schema has no key."""
    if refusals.is_relational(schema):
        return _descriptor_path(platform, sandbox, schema, "xdm:descriptorPrimaryKey")
    if "https://ns.adobe.com/xdm/data/time-series" in schema.get("meta:extends", ()):
        return _name("_id")
    primary = unions.primary_identity(platform, sandbox, schema["$id"])
    if primary is not None:
        return _path(primary["xdm:sourceProperty"])
    if "identityMap" in columns:
        entries = (
            "flatten(list_transform(map_entries(identityMap), lambda e: list_transform("
            'list_filter(e."value", lambda i: i."primary"), lambda i: e."key" || \':\' || i.id)))'
        )
        return f"list_extract({entries}, 1)"
    return None


def _descriptor_path(platform: Platform, sandbox: str, schema: Document, kind: str) -> str | None:
    """Return the SQL expression of the fields that a descriptor of a schema names."""
    for each in platform.store.all("descriptor", sandbox):
        if each["xdm:sourceSchema"] == schema["$id"] and each["@type"] == kind:
            paths = each["xdm:sourceProperty"]
            parts = [_path(path) for path in (paths if isinstance(paths, list) else [paths])]
            return parts[0] if len(parts) == 1 else f"row({', '.join(parts)})"
    return None


def _template(platform: Platform, dataset: Document, arrow: pa.Schema) -> str:
    """Return an empty file with every column of the schema, so that a view has them all."""
    path = platform.lake / f"{dataset['id']}.schema.parquet"
    if not path.exists() or not pq.read_schema(path).equals(arrow):
        temporary = path.with_suffix(".tmp")
        pq.write_table(arrow.empty_table(), temporary)
        temporary.replace(path)
    return str(path)


def _path(path: str) -> str:
    first, *rest = path.strip("/").split("/")
    return ".".join(_name(each) for each in (first, *rest))


def _name(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _unique(names: list[str]) -> list[str]:
    seen: dict[str, int] = {}
    result = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        result.append(name if seen[name] == 1 else f"{name}_{seen[name]}")
    return result


def plain(value: Any) -> Any:
    """Return a value as JSON has it."""
    if isinstance(value, dict):
        return {str(key): plain(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(each) for each in value]
    if value is None or isinstance(value, (str, bool, int)):
        return value
    if isinstance(value, float) and math.isfinite(value):
        return value
    return _as_text(value)


def _as_text(value: Any) -> str:
    if isinstance(value, dt.datetime):
        if value.tzinfo is None:
            return value.isoformat(timespec="milliseconds")
        return value.astimezone(dt.timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    if isinstance(value, (dt.date, dt.time)):
        return value.isoformat()
    return value.hex() if isinstance(value, bytes) else str(value)
