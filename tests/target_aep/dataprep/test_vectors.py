"""The samples that Adobe documents, and expressions whose value Apache Commons JEXL computed."""

import datetime as dt
import json
import re
from pathlib import Path

import pyarrow as pa
import pytest

from target_aep.dataprep import MappingSet, TableMapper, compile_expression
from target_aep.dataprep.conversion import convert, to_json
from target_aep.xdm.types import Field, XdmType


def read(name):
    return [json.loads(line) for line in (Path(__file__).parent / name).read_text("utf-8").splitlines()]


VECTORS = read("vectors.jsonl")


def result_of(vector):
    if "expression" in vector:
        return compile_expression(vector["expression"])(vector.get("given", {}))
    if "mappings" in vector:
        names = ("sourceType", "source", "destination")
        mappings = [dict(zip(names, mapping, strict=True)) for mapping in vector["mappings"]]
        [answer] = MappingSet.from_dict({"mappings": mappings}).preview([vector["given"]])
        assert answer["errors"] is None
        return answer["data"]
    field = Field(XdmType(vector["to"]))
    return [convert(value, field, pytest.fail) for value in vector["given"]]


def instant(text):
    iso = re.sub(r"(\.\d{6})\d+", r"\1", re.sub(r"\[.*\]", "", text)).replace("Z", "+00:00")
    return dt.datetime.fromisoformat(iso)


COMPARISONS = {
    "exact": lambda value, vector: (
        value == vector["expected"] and isinstance(value, type(vector["expected"]))
    ),
    "loose": lambda value, vector: str(value) == str(vector["expected"]),
    "set": lambda value, vector: sorted(value) == sorted(vector["expected"]),
    "approx": lambda value, vector: abs(value - vector["expected"]) <= vector["tolerance"],
    "regex": lambda value, vector: re.search(vector["expected"], str(value)) is not None,
    "instant": lambda value, vector: abs(value - instant(vector["expected"])) < dt.timedelta(milliseconds=1),
    "instant_seconds": lambda value, vector: value.replace(microsecond=0) == instant(vector["expected"]),
}


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: str(vector.get("expression") or vector)[:60])
def test_the_documented_value(vector):
    value = result_of(vector)

    assert COMPARISONS[vector.get("compare", "exact")](value, vector), value


def test_expressions_have_the_values_that_jexl_computed():
    """Apache Commons JEXL 3.1, lenient; where 3.2 and later differ, they are not in the file."""
    for vector in read("jexl.jsonl"):
        value = result_of(vector)

        assert COMPARISONS["exact"](value, vector), (vector["expression"], value)


FIELDS = {"text": XdmType.STRING, "number": XdmType.DOUBLE, "moment": XdmType.DATE_TIME, "day": XdmType.DATE}
RANDOM = ("now(", "timestamp(", "uuid(", "guid(")


def test_a_table_of_the_records_gives_what_the_records_give():
    fields = {name: Field(kind) for name, kind in FIELDS.items()}
    fields["texts"] = Field(XdmType.ARRAY, items=fields["text"])
    root = Field(XdmType.OBJECT, fields=fields)
    for vector in VECTORS:
        text = vector.get("expression")
        if text is None or any(name in text for name in RANDOM):
            continue
        table = pa.Table.from_pylist([vector.get("given") or {"no": "field"}] * 2)
        chosen = MappingSet.from_dict(
            {
                "mappings": [
                    {"sourceType": "EXPRESSION", "source": text, "destination": name} for name in fields
                ]
            }
        )

        mapped = TableMapper(chosen, table.schema, root).map(table).table.to_pylist()

        previewed = [answer["data"] for answer in chosen.preview(table.to_pylist(), root)]
        written = [{k: to_json(v) for k, v in row.items() if v is not None} for row in mapped]
        assert written == previewed, text
