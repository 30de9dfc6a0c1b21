"""What mapping costs: attribute mappings beside writing Parquet, and one call of usual functions.

    python -m bench.mapping_costs [--rows N] [--repeat N]

Prints one JSON object. The targets: 20 attribute mappings cost no more than
writing the same columns to Parquet (snappy, one thread), and a call in a
calculated field costs under 2 microseconds a row, columns to columns.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from target_aep.dataprep import MappingSet, TableMapper
from target_aep.xdm.types import Field, XdmType

if TYPE_CHECKING:
    from collections.abc import Callable

STRING = Field(XdmType.STRING)
EXPRESSIONS = {
    'concat(FirstName, " ", LastName)': (STRING, 1),
    "lower(EmailAddress)": (STRING, 1),
    "lower(trim(EmailAddress))": (STRING, 2),
    'iif(TotalOrders > 5, "loyal", "new")': (STRING, 1),
    'iif(LifecycleStage.equals("loyal"), nullify(), LifecycleStage)': (STRING, 3),
    "date(EventDate, \"yyyy-MM-dd'T'HH:mm:ssX\")": (Field(XdmType.DATE_TIME), 1),
    "date(EventDate)": (Field(XdmType.DATE_TIME), 1),
    'date(BirthDate, "M/d/yyyy")': (Field(XdmType.DATE), 1),
    'format(date(EventDate), "yyyy-MM-dd")': (STRING, 2),
    "sha256(EmailAddress)": (STRING, 1),
    'decode(LifecycleStage, "new", "n", "loyal", "l", "o")': (STRING, 1),
    'coalesce(Phone, EmailAddress, "none")': (STRING, 1),
    "substr(EmailAddress, 0, 4)": (STRING, 1),
    'matches_regex(EmailAddress, "[^@]+@example[.]com")': (Field(XdmType.BOOLEAN), 1),
}


def source(rows: int) -> pa.Table:
    """A table of a contact's usual columns."""
    numbers = range(rows)
    stages = ("new", "returning", "loyal", "lapsed")
    return pa.table(
        {
            "SubscriberKey": [f"00Q{n:012d}" for n in numbers],
            "EmailAddress": [f"Person.{n}@Example.com" for n in numbers],
            "FirstName": [f"Zoë{n % 997}" for n in numbers],
            "LastName": [f"Müller{n % 4999}" for n in numbers],
            "Phone": [f"+49{n:09d}" if n % 3 else None for n in numbers],
            "City": [f"City {n % 300}" for n in numbers],
            "Country": ["DE" if n % 2 else "FR" for n in numbers],
            "LifecycleStage": [stages[n % 4] for n in numbers],
            "EventDate": [
                f"2026-{n % 12 + 1:02d}-{n % 28 + 1:02d}T{n % 24:02d}:{n % 60:02d}:07Z" for n in numbers
            ],
            "BirthDate": [f"{n % 12 + 1}/{n % 28 + 1}/{1950 + n % 50}" for n in numbers],
            "OptIn": [bool(n % 2) for n in numbers],
            "TotalOrders": pa.array([n % 13 for n in numbers], pa.int64()),
            "Points": pa.array([n * 7 % 100_003 for n in numbers], pa.int64()),
            "Spent": [n % 9973 / 4 for n in numbers],
        }
    )


def attributes() -> dict[str, Field]:
    """Twenty attribute mappings: text, numbers in three widths, dates, truth values."""
    plain = dict.fromkeys(
        [
            "SubscriberKey",
            "EmailAddress",
            "FirstName",
            "LastName",
            "Phone",
            "City",
            "Country",
            "LifecycleStage",
            "BirthDate",
        ],
        STRING,
    )
    typed = {
        "EventDate": Field(XdmType.DATE_TIME),
        "OptIn": Field(XdmType.BOOLEAN),
        "TotalOrders": Field(XdmType.INT),
        "Points": Field(XdmType.LONG),
        "Spent": Field(XdmType.DOUBLE),
    }
    again = {"TotalOrders": Field(XdmType.SHORT), "Points": STRING, "EventDate": STRING, "OptIn": STRING}
    return {
        **plain,
        **typed,
        **{f"{name}Again": field for name, field in again.items()},
        "CityAgain": STRING,
        "CountryAgain": STRING,
    }


def fastest(function: Callable[[], object], repeat: int) -> float:
    """Seconds of the fastest of several runs."""
    times = []
    for _ in range(repeat):
        start = time.perf_counter()
        function()
        times.append(time.perf_counter() - start)
    return min(times)


def measure(table: pa.Table, fields: dict[str, Field], mappings: list[dict[str, str]], repeat: int) -> float:
    """Seconds of mapping a table to a schema of two levels."""
    root = Field(XdmType.OBJECT, fields={"_acme": Field(XdmType.OBJECT, fields=fields)})
    mapper = TableMapper(MappingSet.from_dict({"mappings": mappings}), table.schema, root)
    return fastest(lambda: mapper.map(table), repeat)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--repeat", type=int, default=3)
    options = parser.parse_args()
    table = source(options.rows)
    fields = attributes()
    mappings = [
        {"sourceType": "ATTRIBUTE", "source": name.removesuffix("Again"), "destination": f"_acme.{name}"}
        for name in fields
    ]
    mapping = measure(table, fields, mappings, options.repeat)
    root = Field(XdmType.OBJECT, fields={"_acme": Field(XdmType.OBJECT, fields=fields)})
    mapped = TableMapper(MappingSet.from_dict({"mappings": mappings}), table.schema, root).map(table).table
    with tempfile.TemporaryDirectory() as folder:
        pa.set_cpu_count(1)
        path = Path(folder) / "mapped.parquet"
        writing = fastest(lambda: pq.write_table(mapped, path, compression="snappy"), options.repeat)
    calls = {}
    for expression, (field, count) in EXPRESSIONS.items():
        one = [{"sourceType": "EXPRESSION", "source": expression, "destination": "_acme.Value"}]
        seconds = measure(table, {"Value": field}, one, options.repeat)
        calls[expression] = round(seconds / options.rows / count * 1e6, 2)
    answer = {
        "rows": options.rows,
        "attribute_mappings": len(mappings),
        "mapping_seconds": round(mapping, 3),
        "parquet_seconds": round(writing, 3),
        "microseconds_per_call_and_row": calls,
    }
    print(json.dumps(answer, indent=2, ensure_ascii=False))


if __name__ == "__main__":
    main()
