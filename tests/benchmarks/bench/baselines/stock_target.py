"""A batch target written the ordinary way on the SDK: validated records, one Parquet file a batch."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
from singer_sdk import BatchSink, Target
from singer_sdk import typing as th

if TYPE_CHECKING:
    from singer_sdk.helpers.types import Context


def _arrow_type(schema: dict[str, Any]) -> pa.DataType:
    kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    if schema.get("format") == "date-time":
        return pa.timestamp("us", "UTC")
    if "integer" in kinds:
        return pa.int64()
    if "number" in kinds:
        return pa.float64()
    return pa.bool_() if "boolean" in kinds else pa.string()


class ParquetSink(BatchSink):
    """Collects records and writes them as a file."""

    max_size = 10_000

    def start_batch(self, context: Context) -> None:
        """Number the batches."""
        self._number = getattr(self, "_number", 0) + 1

    def process_batch(self, context: Context) -> None:
        """Write one file."""
        properties = self.schema["properties"]
        schema = pa.schema([(name, _arrow_type(part)) for name, part in properties.items()])
        records = [
            {name: float(value) if isinstance(value, Decimal) else value for name, value in record.items()}
            for record in context["records"]
        ]
        folder = Path(self.config["folder"])
        folder.mkdir(parents=True, exist_ok=True)
        table = pa.Table.from_pylist(records, schema=schema)
        pq.write_table(table, folder / f"{self.stream_name}-{self._number:06d}.parquet")


class StockTarget(Target):
    """The target."""

    name = "stock-target"
    default_sink_class = ParquetSink
    config_jsonschema = th.PropertiesList(
        th.Property("folder", th.StringType, required=True, description="Where files are written.")
    ).to_dict()


if __name__ == "__main__":
    StockTarget.cli()
