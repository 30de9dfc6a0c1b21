"""Any table of any types comes through unchanged, by every way; and from any interruption."""

from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.tap_sfmc.running import sync
from tests.tap_sfmc.typed import by_key, expected

# Control characters have no place in XML, and the wire has one form for null and empty.
TEXT = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]) | st.sampled_from("\n\t\"\\'<&>]]>"),
    max_size=40,
)
FIRST, LAST = datetime.fromisoformat("1753-01-01"), datetime.fromisoformat("9999-12-31")
# Storage has steps of about 3 ms; rounding is the emulator's to show.
MOMENTS = st.datetimes(FIRST, LAST).map(lambda moment: moment.replace(microsecond=0).isoformat())
NAMES = st.text(st.sampled_from("abcXYZ019_ :-é"), min_size=1, max_size=12).map(str.strip).filter(bool)


@st.composite
def fields(draw):
    names = draw(
        st.lists(NAMES, max_size=8, unique_by=str.lower).filter(
            lambda names: "id" not in map(str.lower, names)
        )
    )
    made = [{"name": "Id", "type": "Number", "is_primary_key": True, "is_required": True}]
    for name in names:
        kind = draw(
            st.sampled_from(["Text", "EmailAddress", "Phone", "Number", "Decimal", "Boolean", "Date"])
        )
        field = {"name": name, "type": kind}
        if kind == "Text":
            field |= {"length": 4000, "is_required": draw(st.booleans())}
        if kind == "Decimal":
            field["length"] = draw(st.integers(1, 29))
            field["scale"] = draw(st.integers(0, field["length"]))
        made.append(field)
    return made


def values(field):
    kind = field["type"]
    if kind == "Decimal":
        digits = 10 ** field["length"] - 1
        value = st.integers(-digits, digits).map(lambda number: shifted(number, field["scale"]))
    else:
        value = {
            "Text": TEXT,
            "EmailAddress": st.emails().filter(lambda address: len(address) < 250 and "'" not in address),
            "Phone": st.text(st.sampled_from("+0123456789 "), max_size=20).map(str.strip),
            "Number": st.integers(-(2**31), 2**31 - 1),
            "Boolean": st.booleans(),
            "Date": MOMENTS,
        }[kind]
    return value if field.get("is_required") else st.none() | value


def shifted(number, scale):
    digits = str(abs(number)).rjust(scale + 1, "0")
    sign = "-" if number < 0 else ""
    return f"{sign}{digits[:-scale]}.{digits[-scale:]}" if scale else f"{sign}{digits}"


@st.composite
def tables(draw):
    made = draw(fields())
    rows = draw(
        st.lists(st.fixed_dictionaries({each["name"]: values(each) for each in made[1:]}), max_size=12)
    )
    return made, [{"Id": number, **row} for number, row in enumerate(rows)]


FORMATS = st.sampled_from(
    [
        {"format": "parquet"},
        {"format": "parquet", "compression": "zstd"},
        {"format": "jsonl"},
        {"format": "jsonl", "compression": "none"},
    ]
)


@pytest.mark.parametrize("way", ["rest", "soap", "batch", "batch by soap"])
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(table=tables(), encoding=FORMATS)
def test_any_table_comes_through(tenant, tmp_path, way, table, encoding):
    made, rows = table
    tenant.define({"name": "Any table", "key": "any", "fields": made, "rows": rows})
    settings = {"extraction": "soap"} if "soap" in way else {}
    if "batch" in way:
        settings["batch_config"] = {"encoding": encoding, "storage": {"root": str(tmp_path / "batches")}}
    output = sync(tenant, include=["any"], page_size=5, shared_data_extensions=False, **settings)
    assert output.error is None
    assert by_key(output.rows("any_table"), "Id") == {row["Id"]: expected(row, made) for row in rows}


FIELDS = [
    {"name": "Id", "type": "Number", "is_primary_key": True, "is_required": True},
    {"name": "Changed", "type": "Date", "is_required": True},
]
ROWS = 240
PAGE = 20


def row(number):
    """Three rows a minute, so that pages end within ties."""
    moment = datetime.fromisoformat("2026-01-01") + timedelta(minutes=number // 3)
    return {"Id": number, "Changed": moment.isoformat()}


@pytest.mark.parametrize("batch", [False, True], ids=["record", "batch"])
@pytest.mark.parametrize("page", range(1, ROWS // PAGE + 1))
def test_an_interruption_at_any_page_loses_no_row(tenant, tmp_path, page, batch):
    tenant.define(
        {"name": "Big", "key": "big", "fields": FIELDS, "rows": [row(number) for number in range(ROWS)]}
    )
    config = {
        "include": ["big"],
        "replication_keys": {"big": "Changed"},
        "page_size": PAGE,
        "state_every_rows": 2 * PAGE,
        "extraction": "rest",
        "max_retries": 0,
        "overlap_seconds": 60,
    }
    if batch:
        config["batch_config"] = {"storage": {"root": str(tmp_path)}, "batch_size": 3 * PAGE}
    tenant.faults(
        [
            {
                "cloud": "sfmc",
                "path": "/rowset",
                "query": f"page={page}&.*Size={PAGE}",
                "fault": {"reset": True},
            }
        ]
    )
    first = sync(tenant, **config)
    assert first.error is not None
    tenant.clear_faults()
    second = sync(tenant, **config, state=first.state)
    assert second.error is None
    # What a target that commits at states has: rows up to the last state, and all of the second run.
    committed = [each["Id"] for each in rows_until_state(first)]
    again = [each["Id"] for each in second.rows("big")]
    assert sorted(set(committed + again)) == list(range(ROWS))
    assert len(committed) + len(again) == ROWS, "no row twice either"
    if page > 6:
        assert committed


def rows_until_state(output):
    last = max(place for place, message in enumerate(output.messages) if message["type"] == "STATE")
    return type(output)(output.messages[:last]).rows("big")
