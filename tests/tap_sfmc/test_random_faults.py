"""Random tables, settings, faults and changes: all rows come, or the tap stops and the next run makes up.

Each number is a history, the same each time: a table, two runs that are disturbed and cut off after
any of their states, with changes between and within them, and a last one in peace.
"""

import random
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest

from tap_sfmc.api.http import Http
from tests.tap_sfmc.running import Output, discover, select, sync
from tests.tap_sfmc.typed import SERVER, expected

FEW, MANY = 4, 150
EXIT_CODES = {1, 69, 75, 77}
"""What the command's help says of failures that are no question of configuration."""

STREAM = "random"
TEXTS = [
    "",
    "a",
    " leading",
    "trailing ",
    'quote " and \\',
    "<&>]]>",
    "zwei\nZeilen",
    "日本",
    "é" * 50,
    "True",
    "0",
]
VALUES = {
    "Text": lambda draw: draw.choice([*TEXTS, None]),
    "Number": lambda draw: draw.choice([None, 0, -1, 2**31 - 1, draw.randrange(1000)]),
    "Decimal": lambda draw: draw.choice([None, "0.00", "-12.50", f"{draw.randrange(10**9)}.25"]),
    "Boolean": lambda draw: draw.choice([None, True, False]),
    "Date": lambda draw: draw.choice(
        [None, "1900-01-01T00:00:00", f"2025-0{draw.randrange(1, 10)}-11T13:00"]
    ),
    "EmailAddress": lambda draw: draw.choice([None, "a@example.com", "ü+x@example.org"]),
}
SWITCHES = [
    {"sfmc.rowset_page_cap": 17},
    {"sfmc.rowset_filter": "ignored"},
    {"sfmc.rowset_order": "ignored"},
    {"sfmc.rowset_order": "within_pages"},
    {"sfmc.rowset_order": "first_pages"},
    {"sfmc.rowset_snapshot": "rows"},
    {"sfmc.rowset_snapshot": "query"},
    {"sfmc.soap_null": "no_value"},
    {"sfmc.soap_batch_cap": 13},
    {"sfmc.request_id_once": True},
    {"sfmc.soap_expired_token": "empty_500"},
    {"sfmc.soap_key_filter": "truncated"},
    {"sfmc.soap_date_normalisation": False},
]
REST_FAULTS = [
    {"named": "server_error"},
    {"named": "html_error_page"},
    {"named": "not_authorised"},
    {"named": "insufficient_privileges"},
    {"named": "expired_request_token"},
    {"reset": True},
    {"truncate": 0.6},
    {"revoke_token": True},
    {"status": 200, "body": '{"count": 3, "page": 2, "pageSize": 50, "items": []}'},
    {"status": 200, "body": "null"},
    {"status": 200, "body": "<html>sign in</html>"},
]
SOAP_FAULTS = [
    {"named": "soap_token_expired"},
    {"named": "soap_rate_limited"},
    {"named": "soap_outage"},
    {"named": "soap_empty_500"},
    {"named": "soap_error"},
    {"named": "soap_has_errors"},
    {"named": "soap_permission_failed"},
    {"reset": True},
    {"truncate": 0.6},
    {"revoke_token": True},
]


@dataclass
class Table:
    """A data extension whose rows only ever get later."""

    draw: random.Random
    keys: tuple[str, ...]
    fields: list
    moment: int = 0

    def row(self, number):
        """A row, new or changed: it is the latest of all."""
        self.moment += self.draw.choice([0, 1, 1, 59, 4000])
        changed = datetime(2026, 1, 1) + timedelta(seconds=self.moment)
        row = {"Id": number, "Part": f"p{number % 3}", "Changed": changed.isoformat(), "Version": self.moment}
        others = [field for field in self.fields if field["name"] not in row]
        return row | {field["name"]: VALUES[field["type"]](self.draw) for field in others}

    def changes_in_mid_run(self, size):
        """Changes with the server's present as their date: no bookmark passes the start of its run."""
        present = datetime.now(SERVER).replace(tzinfo=None) - datetime(2026, 1, 1)
        self.moment = max(self.moment, int(present.total_seconds()) + 60)
        return self.changes(size)

    def changes(self, size):
        """New rows, and others that are changed where a key tells which."""
        if not self.keys:
            return {"insert": [self.row(size + number) for number in range(self.draw.randrange(1, 5))]}
        numbers = {self.draw.randrange(size + 5) for _ in range(self.draw.randrange(1, 8))}
        return {"upsert": [self.row(number) for number in sorted(numbers)]}


def some_table(draw):
    keys = draw.choice([("Id",), ("Id",), ("Id", "Part"), ()])
    names = [("Id", "Number"), ("Part", "Text"), ("Changed", "Date"), ("Version", "Number")]
    names += [(f"F{number} {kind}", kind) for number, kind in enumerate(draw.choices(list(VALUES), k=5))]
    sizes = {"Text": {"length": 100}, "Decimal": {"length": 18, "scale": 2}}
    fields = [
        {"name": name, "type": kind, **sizes.get(kind, {})}
        | ({"is_primary_key": True, "is_required": True} if name in keys else {})
        for name, kind in names
    ]
    return Table(draw, keys, fields)


def some_settings(draw, folder):
    batch = {"storage": {"root": str(folder / "batches")}, "batch_size": draw.choice([20, 1000])}
    return {
        "include": [STREAM],
        "replication_keys": {STREAM: draw.choice(["Changed", "Changed", "Version", None])},
        "extraction": draw.choice(["auto", "auto", "rest", "soap"]),
        "page_size": draw.choice([7, 20, 50, 2500]),
        "concurrency": draw.choice([1, 2, 5]),
        "overlap_seconds": draw.choice([1, 300, 100_000]),
        "state_every_rows": draw.choice([1, 40, 1000]),
        "max_retries": draw.choice([0, 1, 4]),
        **({"batch_config": batch} if draw.random() < 0.4 else {}),
    }


def some_faults(draw, table, key, size, changes):
    rules = []
    for _ in range(draw.randrange(0, 3)):
        where, faults = draw.choice(
            [({"path": "/rowset"}, REST_FAULTS), ({"payload": "DataExtensionObject"}, SOAP_FAULTS)]
        )
        when = draw.choice(
            [{"nth": draw.randrange(1, 12)}, {"probability": 0.15, "seed": draw.randrange(99)}]
        )
        rules.append({"cloud": "sfmc", **where, **when, "fault": draw.choice(faults)})
    if draw.random() < 0.4 and changes != "never":
        rules = [] if changes == "alone" else rules
        written = {"write_rows": {"key": key, **table.changes_in_mid_run(size)}}
        rules.append({"cloud": "sfmc", "path": "/rowset", "nth": draw.randrange(2, 9), "fault": written})
    draw.shuffle(rules)
    return rules


def cut(draw, output):
    """What a target has, and the state, of a run that ended after one of its states; or of the whole."""
    places = [place for place, message in enumerate(output.messages) if message["type"] == "STATE"]
    if draw.random() < 0.5 or not places:
        return output
    return Output(output.messages[: draw.choice(places) + 1], output.error)


def bare(rows):
    return [frozenset((name, value) for name, value in row.items() if name[:5] != "_sdc_") for row in rows]


def play(tenant, folder, number):
    """One history."""
    draw = random.Random(number)
    table, settings = some_table(draw), some_settings(draw, folder)
    replication_key = settings["replication_keys"][STREAM]
    size = draw.choice([0, 1, 60, 200])
    key = f"random-{number}"
    rows = [table.row(each) for each in range(size)]
    draw.shuffle(rows)
    tenant.define({"name": STREAM, "key": key, "fields": table.fields, "rows": rows})
    switches = draw.choice([{}, *SWITCHES]) | draw.choice([{}, *SWITCHES])
    tenant.set_switches(switches)
    changes = "among faults"
    if replication_key == "Version":  # the greatest number of all bounds it, where the rowset can tell it
        can_tell = settings["extraction"] != "soap" and "sfmc.rowset_filter" not in switches
        changes = "alone" if can_tell else "never"
    left_out = draw.choice([None, table.fields[-1]["name"]])
    catalog = select(discover(tenant, **settings), STREAM, without=(left_out,)) if left_out else None
    fields = [field for field in table.fields if field["name"] != left_out]

    received, state = [], None
    for _ in range(2):
        tenant.faults(some_faults(draw, table, key, size, changes))
        output = sync(tenant, **settings, catalog=catalog, state=state)
        tenant.clear_faults()
        if output.error is not None:
            told = str(output.error)
            assert output.error.exit_code in EXIT_CODES, told
            assert "\n" not in told
            assert tenant.sfmc["client_secret"] not in told
        output = cut(draw, output)
        received += output.rows(STREAM)
        state = output.state if output.states else state
        tenant.write_rows(key, table.changes(size))
    last = sync(tenant, **settings | {"max_retries": 3}, catalog=catalog, state=state)
    assert last.error is None
    received += last.rows(STREAM)

    stored = bare(expected(row, fields) for row in tenant.source_rows(key))
    if replication_key is None:
        assert Counter(bare(last.rows(STREAM))) == Counter(stored), "a full table, each time"
    else:
        assert set(stored) <= set(bare(received)), "a row is missing"
    if table.keys:
        latest = {tuple(row[name] for name in table.keys): row for row in received}
        assert set(bare(latest.values())) == set(stored), "a row is not as it was last"
    counts = last.bookmark(STREAM)["counts"]
    assert counts["extracted"] + counts["already_seen"] == counts["count"]
    before = ((state or {}).get("bookmarks", {}).get(STREAM) or {}).get("counts", {"extracted": 0})
    assert counts["extracted"] - before["extracted"] == len(last.rows(STREAM))


@pytest.fixture(autouse=True)
def short_waits(monkeypatch):
    monkeypatch.setitem(Http.__init__.__kwdefaults__, "first_wait_s", 0.01)


@pytest.mark.parametrize("number", range(FEW))
def test_all_rows_come_whatever_happens(tenant, tmp_path, number):
    play(tenant, tmp_path, number)


@pytest.mark.slow
@pytest.mark.parametrize("number", range(FEW, MANY))
def test_all_rows_come_whatever_happens_in_many_histories(tenant, tmp_path, number):
    play(tenant, tmp_path, number)
