"""The equations of the books, each of which can fail."""

from __future__ import annotations

import pytest

from target_aep.delivery.bookmark import Counts
from target_aep.delivery.books import Books, tap_imbalances

BALANCED = {
    "received": 10,
    "filtered": 1,
    "rejected": 2,
    "collapsed": 3,
    "mapped": 4,
    "sent": 4,
    "landed": 3,
    "failed": 1,
}


def test_books_that_balance():
    books = Books(**BALANCED)
    assert [*books.before_sending(), *books.after_landing()] == []


@pytest.mark.parametrize("name", ["received", "filtered", "rejected", "collapsed", "mapped"])
def test_each_row_that_came_is_accounted_for(name):
    books = Books(**{**BALANCED, name: BALANCED[name] + 1})
    (said,) = books.before_sending()
    assert f"{books.received} rows received" in said


@pytest.mark.parametrize(
    ("name", "words"), [("mapped", "5 rows mapped"), ("landed", "4 landed"), ("failed", "2 failed")]
)
def test_each_row_that_was_sent_landed_or_failed(name, words):
    (said,) = Books(**{**BALANCED, name: BALANCED[name] + 1}).after_landing()
    assert words in said


@pytest.mark.parametrize(
    ("counts", "received", "imbalances"),
    [
        (Counts(count=5, extracted=3, already_seen=2), 3, 0),
        (Counts(count=5, extracted=3, already_seen=2), 4, 1),
        (Counts(count=6, extracted=3, already_seen=2), 3, 1),
        (Counts(count=6, extracted=3, already_seen=2), 2, 2),
    ],
)
def test_what_the_tap_counted_agrees_with_what_came_and_with_the_source(counts, received, imbalances):
    assert len(list(tap_imbalances(counts, received))) == imbalances
