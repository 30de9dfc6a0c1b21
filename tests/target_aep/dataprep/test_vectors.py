"""The samples that Adobe documents, and expressions whose value Apache Commons JEXL computed."""

import datetime as dt
import json
import re
from pathlib import Path

import pytest

from target_aep.dataprep import MappingSet, compile_expression
from target_aep.dataprep.conversion import convert
from target_aep.xdm.types import Field, XdmType

VECTORS = [
    json.loads(line) for line in (Path(__file__).parent / "vectors.jsonl").read_text("utf-8").splitlines()
]


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
