"""Adobe's limits: warned of before, refused where they are hard."""

from __future__ import annotations

import inspect
import json
import time
from pathlib import Path
from types import SimpleNamespace

import pyarrow as pa
import pytest

from target_aep.delivery import afterwards, sealing
from target_aep.delivery.load_methods import LoadMethod
from target_aep.errors import ConfigurationError
from target_aep.provision import guardrails
from target_aep.xdm.size import row_bytes

HARD = [each for each in guardrails.ALL if each.refuse is not None]


@pytest.mark.parametrize("limit", HARD, ids=lambda limit: limit.what)
def test_a_hard_limit_refuses_before_anything_is_sent(limit: guardrails.Guardrail) -> None:
    assert limit.refuse is not None
    limit.check(limit.refuse)
    with pytest.raises(ConfigurationError, match="Adobe's limit is"):
        limit.check(limit.refuse + 1, stream="people")


def test_every_limit_is_kept_to_somewhere() -> None:
    package = Path(guardrails.__file__).parents[1]
    elsewhere = "".join(path.read_text() for path in package.rglob("*.py") if path.name != "guardrails.py")
    inside = inspect.getsource(guardrails.largest_row)
    names = {name for name, value in vars(guardrails).items() if isinstance(value, guardrails.Guardrail)}
    assert {name for name in names if name not in elsewhere and name not in inside} == set()
    assert len(names) == len(guardrails.ALL)


MEGABYTES = 10**6
BATCHES = {
    "a file": ([257 * MEGABYTES], LoadMethod.APPEND_ONLY, False, "bytes in an uploaded file"),
    "many files": ([1] * 25_001, LoadMethod.APPEND_ONLY, False, "files in a batch: 25,001"),
    "a batch": ([250 * MEGABYTES] * 4_400, LoadMethod.APPEND_ONLY, False, "bytes in a batch"),
    "an overwriting batch": ([250 * MEGABYTES] * 401, LoadMethod.OVERWRITE, False, "one overwriting batch"),
    "changes": ([250 * MEGABYTES] * 401, LoadMethod.UPSERT, True, "a change-data batch"),
}


@pytest.mark.parametrize("case", BATCHES)
def test_a_batch_that_is_too_large_is_not_sent(case: str) -> None:
    sizes, method, changes, told = BATCHES[case]
    files = [SimpleNamespace(size=size, rows=1) for size in sizes]
    destination = SimpleNamespace(settings=SimpleNamespace(enable_cdc=changes))
    with pytest.raises(ConfigurationError, match=f"{told}.* and Adobe's limit is"):
        sealing._check_limits(files, method, destination, "people")
    sealing._check_limits(files[: len(files) // 2], method, destination, "people")


def test_what_adobe_advises_against_is_a_warning(caplog) -> None:
    destination = SimpleNamespace(settings=SimpleNamespace(enable_cdc=False))
    large = [SimpleNamespace(size=1, rows=2_000_001)]
    sealing._check_limits(large, LoadMethod.UPSERT, destination, "people")
    assert "records in an upsert batch: 2,000,001; Adobe advises at most 2,000,000" in caplog.text


def _stream(batches: int, age_ms: int, *, profile: bool = True) -> SimpleNamespace:
    batch = SimpleNamespace(is_live=True, updated_ms=int(time.time() * 1000) - age_ms)
    return SimpleNamespace(
        destination=SimpleNamespace(profile_enabled=profile),
        recovered=SimpleNamespace(own=(batch,) * batches),
        landed=[SimpleNamespace(batch=object())],
    )


@pytest.mark.parametrize(
    ("streams", "told"),
    [
        ([_stream(90, 0)], True),
        ([_stream(89, 0)], False),
        ([_stream(50, 0), _stream(50, 0)], True),
        ([_stream(200, 2 * afterwards.DAY_MS)], False),
        ([_stream(200, 0, profile=False)], False),
    ],
)
def test_too_many_profile_batches_within_a_day_are_told(streams, told) -> None:
    notes = list(afterwards.profile_batches(streams, int(time.time() * 1000)))
    assert bool(notes) is told
    assert all("at most 90 a day" in note for note in notes)


def test_sizes_of_rows_are_about_those_of_json() -> None:
    rows = [
        {"a": "x" * 1000, "b": {"c": ["yy", "zzz"], "d": 1.5}, "m": [("k", "v")]},
        {"a": None, "b": None, "m": None},
        {"a": "ü", "b": {"c": [], "d": None}, "m": []},
    ]
    strings = pa.list_(pa.string())
    schema = pa.schema([
        ("a", pa.string()),
        ("b", pa.struct([("c", strings), ("d", pa.float64())])),
        ("m", pa.map_(pa.string(), pa.string())),
    ])  # fmt: skip
    sizes = row_bytes(pa.Table.from_pylist(rows, schema))
    lengths = [
        len(json.dumps({key: dict(value) if key == "m" else value for key, value in row.items() if value}))
        for row in rows
    ]
    assert all(abs(size - length) <= 40 for size, length in zip(sizes, lengths, strict=True))
    # A slice must not see the rows before it.
    assert row_bytes(pa.Table.from_pylist(rows, schema).slice(1)) == sizes[1:]
