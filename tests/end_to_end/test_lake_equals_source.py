"""The lake against the source, cell by cell, after the first and after the second run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.end_to_end.cells import CELLS, SOURCES, expected

if TYPE_CHECKING:
    from tests.end_to_end.conftest import TwoRuns


@pytest.fixture(params=list(CELLS))
def stream(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_the_first_run_loads_every_row_once(two_runs: TwoRuns, stream: str) -> None:
    assert two_runs.first.lake[stream] == expected(two_runs.first.source[stream], stream)


def test_the_second_run_adds_exactly_the_changed_rows(two_runs: TwoRuns, stream: str) -> None:
    before, after = (expected(each.source[stream], stream) for each in (two_runs.first, two_runs.second))
    assert two_runs.second.lake[stream] == before + (after - before)


def test_the_latest_view_equals_the_source(two_runs: TwoRuns, stream: str) -> None:
    assert two_runs.first.latest[stream] == expected(two_runs.first.source[stream], stream)
    assert two_runs.second.latest[stream] == expected(two_runs.second.source[stream], stream)


def test_columns_have_the_types_of_the_schema(two_runs: TwoRuns, stream: str) -> None:
    assert two_runs.types[stream] == [kind for _, kind, _ in CELLS[stream]]


def test_the_source_has_what_is_easily_lost(two_runs: TwoRuns) -> None:
    """The comparison above means something only if there are nulls, other alphabets and leading blanks."""
    values = [value for row in two_runs.first.source["contacts"] for value in row.values()]
    texts = [value for value in values if isinstance(value, str)]
    assert None in values
    assert any(not each.isascii() for each in texts)
    assert any(each != each.strip() for each in texts)


def test_the_second_run_moves_what_mutate_reported(two_runs: TwoRuns, stream: str) -> None:
    changes = two_runs.changes[SOURCES[stream]]
    moved = changes["inserted"] + changes["updated"]
    books = two_runs.second.books[stream]
    assert moved > 0
    assert (books["received"], books["mapped"], books["landed"]) == (moved, moved, moved)
