"""What is new, and how far the bookmark goes."""

from datetime import datetime, timedelta, timezone

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_sfmc.data_extensions import Field
from tap_sfmc.errors import ConfigurationError, DataError
from tap_sfmc.reading.digest import digests
from tap_sfmc.reading.incremental import Cursor, ReplicationKey
from tap_sfmc.settings import NullKeys
from tap_sfmc.values.clock import SYSTEM_CLOCK

UTC = timezone.utc
TIMESTAMP = pa.timestamp("s", "UTC")
KEY = ReplicationKey(Field("Changed", "Date"), SYSTEM_CLOCK)
NUMBER = ReplicationKey(Field("Changed", "Number"), SYSTEM_CLOCK)
NOW = datetime(2030, 1, 1, tzinfo=UTC)
OVERLAP = timedelta(seconds=300)


def batch(*rows, kind=TIMESTAMP):
    """Rows of an identifier and a key, which is seconds or a number."""
    names = pa.array([name for name, _ in rows])
    return pa.RecordBatch.from_arrays(
        [names, pa.array([key for _, key in rows], pa.int64()).cast(kind)], ["Id", "Changed"]
    )


def emitted(cursor, *rows, **options):
    return cursor.take(batch(*rows, **options)).column("Id").to_pylist()


def run(rows, start=None, seen=None, **options):
    """A whole run: what it emits, and where the next one starts."""
    cursor = Cursor(KEY, start, seen, OVERLAP, clock=NOW, **options)
    names = emitted(cursor, *[row for row in rows if start is None or (row[1] or 0) >= cursor.lower])
    return names, cursor.position(), cursor.remembered()


def test_a_date_is_asked_for_as_a_reading_of_the_stored_clock():
    assert KEY.literal(KEY.parse("2024-01-15T21:04:05Z")) == "2024-01-15T15:04:05"
    assert KEY.show(KEY.parse("2024-01-15T21:04:05Z")) == "2024-01-15T21:04:05Z"


def test_a_state_with_another_kind_of_value_is_refused():
    with pytest.raises(ConfigurationError, match="no value of a Number"):
        NUMBER.parse("2024-01-15T21:04:05Z")


def test_a_row_in_the_overlap_is_emitted_once():
    rows = [("a", 1000), ("b", 1200), ("c", 1299)]
    first, position, seen = run(rows)
    assert first == ["a", "b", "c"]
    assert run(rows, position, seen)[0] == []


def test_a_row_that_arrives_late_in_the_overlap_is_emitted():
    _, position, seen = run([("a", 1000), ("b", 1299)])
    assert run([("a", 1000), ("late", 1001), ("b", 1299)], position, seen)[0] == ["late"]


def test_a_row_that_changed_within_the_same_second_is_emitted_again():
    _, position, seen = run([("a", 1000)])
    assert run([("a changed", 1000)], position, seen)[0] == ["a changed"]


def test_the_bookmark_does_not_pass_the_servers_clock():
    far = int(NOW.timestamp()) + 10**9
    rows = [("a", 1000), ("typing error", far)]
    _, position, seen = run(rows)
    assert position == int(NOW.timestamp())
    assert run([*rows, ("b", position + 5)], position, seen)[0] == ["b"]


def test_the_bookmark_never_goes_back():
    assert run([("a", 900)], start=1000)[1] == 1000


def test_beyond_the_limit_rows_are_emitted_again():
    rows = [(str(number), 1000) for number in range(10)]
    _, position, seen = run(rows, limit=4)
    again, _, _ = run(rows, position, seen, limit=4)
    assert len(again) == 6


def test_rows_below_the_bound_are_not_emitted_and_counted():
    cursor = Cursor(KEY, 10_000, None, OVERLAP, clock=NOW)
    assert emitted(cursor, ("old", 1), ("new", 10_000)) == ["new"]
    assert cursor.below == 1


@pytest.mark.parametrize(("policy", "names"), [(NullKeys.EMIT, ["a", "b"]), (NullKeys.SKIP, ["b"])])
def test_rows_without_key_are_emitted_or_skipped_and_counted(policy, names):
    cursor = Cursor(KEY, None, None, OVERLAP, nulls=policy, clock=NOW)
    assert emitted(cursor, ("a", None), ("b", 5)) == names
    assert cursor.without_key == 1


def test_rows_without_key_can_fail_the_stream():
    with pytest.raises(DataError, match="no Changed"):
        emitted(Cursor(KEY, nulls=NullKeys.FAIL), ("a", None))


def test_disorder_is_noticed_within_a_page_and_between_pages():
    for pages in ([[("a", 2), ("b", 1)]], [[("a", 2)], [("b", 1)]]):
        cursor = Cursor(KEY, clock=NOW)
        for page in pages:
            cursor.take(batch(*page))
        assert cursor.disordered
    cursor = Cursor(KEY, clock=NOW)
    cursor.take(batch(("a", None), ("b", 1), ("c", 1)))
    cursor.take(batch(("d", 1), ("e", 2)))
    assert not cursor.disordered


def test_a_number_has_no_overlap():
    cursor = Cursor(NUMBER, 7, None, OVERLAP)
    assert cursor.lower == 7
    assert emitted(cursor, ("a", 7), ("b", 2_000_000), kind=pa.int32()) == ["a", "b"]
    assert cursor.position() == 2_000_000


EVENTS = st.lists(
    st.lists(st.tuples(st.text("abc", min_size=1, max_size=3), st.integers(0, 3000)), max_size=8),
    min_size=1,
    max_size=6,
)


@given(EVENTS)
def test_every_row_is_emitted_exactly_once_if_none_is_later_than_the_overlap(changes):
    table: list[tuple[str, int]] = []
    position, seen, total = None, None, []
    latest = 0
    for change in changes:
        fresh = [
            (f"{name}-{len(table) + index}", max(key, latest - 200))
            for index, (name, key) in enumerate(change)
        ]
        table += fresh
        latest = max([latest, *(key for _, key in fresh)])
        names, position, seen = run(sorted(table, key=lambda row: row[1]), position, seen)
        total += names
    assert sorted(total) == sorted(name for name, _ in table)


def test_a_field_that_was_added_makes_no_row_new():
    """It is null in the rows that were there, which lie in the overlap of the next run."""
    before = pa.RecordBatch.from_pydict({"A": ["x", None], "C": ["1", "2"]})
    after = pa.RecordBatch.from_pydict(
        {"A": ["x", None], "B": pa.array([None, None], pa.int32()), "C": ["1", "2"]}
    )
    filled = pa.RecordBatch.from_pydict({"A": ["x", None], "B": ["2", None], "C": ["1", None]})
    assert digests(before) == digests(after)
    assert len({*digests(before), *digests(filled)}) == 4
