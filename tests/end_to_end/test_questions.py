"""The three scenarios' questions, answered by the lake and, in plain Python, by the source."""

from __future__ import annotations

from collections import Counter, defaultdict
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.end_to_end.cells import Row
    from tests.end_to_end.conftest import TwoRuns

QUESTIONS = Path(__file__).with_name("questions")
TOP = 10


def customers_per_lifecycle_stage(source: dict[str, list[Row]]) -> list[list[Any]]:
    customers, spent = Counter[str](), defaultdict[str, Decimal](Decimal)
    for row in source["contacts"]:
        customers[row["LifecycleStage"]] += 1
        spent[row["LifecycleStage"]] += Decimal(row["TotalSpent"] or 0)
    answer = [[stage, count, float(spent[stage])] for stage, count in customers.items()]
    return sorted(answer, key=lambda row: (-row[1], row[0]))


def clicked_an_offer(source: dict[str, list[Row]]) -> list[list[Any]]:
    offers = defaultdict[str, list[str]](list)
    for row in source["campaign_engagement"]:
        if row["EventType"] == "Click" and row["OfferCode"]:
            offers[row["SubscriberKey"]].append(row["OfferCode"])
    answer = [[person, len(clicked), len(set(clicked))] for person, clicked in offers.items()]
    return sorted(answer, key=lambda row: (-row[1], -row[2], row[0]))[:TOP]


def visited_and_did_not_buy(source: dict[str, list[Row]]) -> list[list[Any]]:
    visits: defaultdict[str, list[Row]] = defaultdict(list)
    for row in source["web_activity"]:
        if row["SubscriberKey"]:
            visits[row["SubscriberKey"]].append(row)
    answer = [
        [
            person,
            len({row["SessionID"] for row in rows}),
            len(rows),
            sum(row["ActivityType"] == "form_submit" for row in rows),
        ]
        for person, rows in visits.items()
        if not any(row["ActivityType"] == "purchase" for row in rows)
    ]
    return sorted(answer, key=lambda row: (-row[2], -row[1], row[0]))[:TOP]


@pytest.mark.parametrize(
    "answer",
    [customers_per_lifecycle_stage, clicked_an_offer, visited_and_did_not_buy],
    ids=lambda f: f.__name__,
)
def test_the_lake_answers_as_the_source_does(
    two_runs: TwoRuns, answer: Callable[[dict[str, list[Row]]], list[list[Any]]]
) -> None:
    sql = (QUESTIONS / f"{answer.__name__}.sql").read_text()
    in_the_lake = [list(row.values()) for row in two_runs.pipeline.emulator.query(sql)]
    assert in_the_lake
    assert in_the_lake == answer(two_runs.second.source)
