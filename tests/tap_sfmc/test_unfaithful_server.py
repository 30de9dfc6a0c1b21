"""What a tenant's servers may do, and what becomes of it: the same rows, or a clear error."""

import threading

import pytest

from tap_sfmc.errors import DataError
from tests.tap_sfmc.running import sync

KEY = [{"name": "Id", "type": "Number", "is_primary_key": True, "is_required": True}]
FIELDS = [*KEY, {"name": "Changed", "type": "Date"}, {"name": "Value", "type": "Text", "length": 50}]
MANY = 600


def table(rows=MANY, **more):
    """A data extension whose rows change a minute after one another."""
    return {
        "name": "Big",
        "key": "big",
        "fields": FIELDS,
        "rows": [row(number) for number in range(rows)],
        **more,
    }


def row(number, minute=None):
    minute = number if minute is None else minute
    return {
        "Id": number,
        "Changed": f"2026-01-{1 + minute // 1440:02}T{minute // 60 % 24:02}:{minute % 60:02}:00",
        "Value": f"v{minute}",
    }


SETTINGS = {"include": ["big"], "replication_keys": {"big": "Changed"}, "page_size": 50}


def identifiers(output):
    return [each["Id"] for each in output.rows("big")]


@pytest.mark.parametrize(
    "switches",
    [
        {"sfmc.rowset_page_cap": 17},
        {"sfmc.rowset_filter": "ignored"},
        {"sfmc.rowset_order": "ignored"},
        {"sfmc.rowset_order": "ignored", "sfmc.rowset_default_order": "shuffled"},
        {"sfmc.rowset_order": "within_pages"},
        {"sfmc.rowset_order": "first_pages"},
        {"sfmc.rowset_snapshot": "rows"},
        {"sfmc.rowset_snapshot": "query"},
        {"sfmc.soap_null": "no_value"},
        {"sfmc.soap_batch_cap": 13},
        {"sfmc.soap_expired_token": "empty_500", "sfmc.token_seconds": 2},
        {"sfmc.token_seconds": 1},
        {"sfmc.max_concurrent_requests": 2},
        {"sfmc.requests_per_second": 20},
        {"sfmc.soap_key_filter": "truncated"},
        {"sfmc.soap_field_filter": "error_500"},
        {"sfmc.soap_describe": "request_id_only"},
        {"sfmc.soap_date_normalisation": False},
    ],
    ids=lambda switches: " ".join(f"{name[5:]}={value}" for name, value in switches.items()),
)
def test_each_row_comes_exactly_once_in_two_runs(tenant, switches):
    tenant.set_switches(switches)
    tenant.define(table())
    first = sync(tenant, **SETTINGS)
    assert first.error is None
    assert sorted(identifiers(first)) == list(range(MANY))
    counts = first.bookmark("big")["counts"]
    assert counts["extracted"] + counts["already_seen"] == counts["count"]

    tenant.write_rows("big", {"upsert": [row(3, MANY + 30), row(MANY, MANY + 31)]})
    second = sync(tenant, **SETTINGS, state=first.state)
    assert second.error is None
    assert sorted(identifiers(second)) == [3, MANY]
    counts = second.bookmark("big")["counts"]
    assert counts["extracted"] + counts["already_seen"] == counts["count"]


def test_pages_that_are_drawn_at_random_are_an_error_and_never_silence(tenant):
    """Without any order, by neither interface, no number of readings proves that all rows came."""
    tenant.set_switches(
        {
            "sfmc.rowset_snapshot": "query",
            "sfmc.rowset_order": "ignored",
            "sfmc.rowset_default_order": "shuffled",
        }
    )
    tenant.define(table())
    output = sync(tenant, **SETTINGS)
    assert isinstance(output.error, DataError)
    assert "rows came twice" in str(output.error)
    assert output.states == [{"bookmarks": {}}]


def test_an_ignored_filter_does_not_make_an_incremental_run_read_everything(tenant):
    tenant.set_switches({"sfmc.rowset_filter": "ignored"})
    tenant.define(table())
    first = sync(tenant, **SETTINGS)
    tenant.clear_requests()
    sync(tenant, **SETTINGS, state=first.state)
    pages = [each for each in tenant.requests("sfmc") if "/token/" in each["path"]]
    assert pages == []


def test_rest_can_be_insisted_on_where_it_ignores_filters(tenant):
    tenant.set_switches({"sfmc.rowset_filter": "ignored"})
    tenant.define(table())
    first = sync(tenant, **SETTINGS, extraction="rest")
    tenant.write_rows("big", {"upsert": [row(3, MANY + 30)]})
    second = sync(tenant, **SETTINGS, extraction="rest", state=first.state)
    assert identifiers(second) == [3]
    counts = second.bookmark("big")["counts"]
    assert counts["extracted"] + counts["already_seen"] == counts["count"]


def test_no_state_on_the_way_where_only_pages_are_sorted(tenant):
    """Each page is in order, so that a look at the first pages finds nothing wrong."""
    tenant.set_switches({"sfmc.rowset_order": "within_pages"})
    tenant.define(table())
    output = sync(tenant, **SETTINGS, state_every_rows=100)
    assert sorted(identifiers(output)) == list(range(MANY))
    assert len(output.states) == 2, "the starting and the closing state"


def test_every_state_is_safe_where_only_the_first_pages_are_sorted(tenant):
    """The probes find nothing wrong; a run that ends after any of its states loses nothing."""
    tenant.set_switches({"sfmc.rowset_order": "first_pages"})
    tenant.define(table() | {"rows": [row(number * 7 % MANY) for number in range(MANY)]})
    output = sync(tenant, **SETTINGS, state_every_rows=100)
    assert sorted(identifiers(output)) == list(range(MANY))
    seen: set[int] = set()
    for message in output.messages:
        if message["type"] == "RECORD":
            seen.add(message["record"]["Id"])
        if message["type"] == "STATE":
            rest = sync(tenant, **SETTINGS, state=message["value"])
            assert seen | set(identifiers(rest)) == set(range(MANY))


def test_states_on_the_way_where_the_server_orders(tenant):
    tenant.define(table())
    assert len(sync(tenant, **SETTINGS, state_every_rows=100).states) > 4


@pytest.mark.parametrize("way", ["rest", "auto"])
def test_rows_that_are_missing_on_a_page_are_noticed(tenant, way):
    """A page that lacks rows, at whatever attempt: SOAP takes over, or the stream fails."""
    tenant.define(table())
    page = '{"count": 600, "page": 4, "pageSize": 50, "requestToken": "x", "items": []}'
    tenant.faults(
        [
            {
                "cloud": "sfmc",
                "path": "/token/.*/rowset",
                "query": "page=4(&|$)",
                "fault": {"status": 200, "headers": {"Content-Type": "application/json"}, "body": page},
            }
        ]
    )
    output = sync(tenant, **SETTINGS, extraction=way)
    if way == "rest":
        assert isinstance(output.error, DataError)
        assert "550 rows came, where the server counted 600" in str(output.error)
        assert output.states == [{"bookmarks": {}}], "the bookmark does not move"
    else:
        assert output.error is None
        assert sorted(identifiers(output)) == list(range(MANY)), "no row twice, though SOAP gave all"


def test_a_page_that_lacks_rows_once_is_fetched_again(tenant):
    tenant.define(table())
    tenant.faults(
        [
            {
                "cloud": "sfmc",
                "path": "/token/.*/rowset",
                "nth": 2,
                "fault": {"status": 200, "body": '{"count": 600, "page": 3, "pageSize": 50}'},
            }
        ]
    )
    output = sync(tenant, **SETTINGS, extraction="rest")
    assert output.error is None
    assert identifiers(output) == list(range(MANY)), "in order, too"


def test_an_expired_request_token_is_replaced_in_mid_stream(tenant):
    tenant.define(table())
    tenant.faults(
        [{"cloud": "sfmc", "path": "/token/", "nth": 3, "fault": {"named": "expired_request_token"}}]
    )
    output = sync(tenant, **SETTINGS, extraction="rest")
    assert output.error is None
    assert identifiers(output) == list(range(MANY))


def test_pages_that_fail_for_good_make_soap_take_over(tenant):
    tenant.define(table())
    tenant.faults(
        [
            {
                "cloud": "sfmc",
                "path": "/token/",
                "query": "page=(9|10)(&|$)",
                "fault": {"named": "server_error"},
            }
        ]
    )
    output = sync(tenant, **SETTINGS, max_retries=1)
    assert output.error is None
    assert sorted(identifiers(output)) == list(range(MANY))
    assert any("soap" in each["path"].lower() or "asmx" in each["path"] for each in tenant.requests("sfmc"))


def test_soap_that_takes_over_knows_rows_again_whose_seconds_it_rounds(tenant):
    rows = [
        {**row(number), "Changed": row(number)["Changed"] + f".{number * 7 % 1000:03}"}
        for number in range(MANY)
    ]
    tenant.define({**table(), "rows": rows})
    tenant.faults(
        [{"cloud": "sfmc", "path": "/token/", "query": "page=9(&|$)", "fault": {"named": "server_error"}}]
    )
    output = sync(tenant, **SETTINGS, max_retries=0)
    assert output.error is None
    assert sorted(identifiers(output)) == list(range(MANY))


@pytest.mark.parametrize("change", ["update", "delete", "insert"])
@pytest.mark.parametrize("snapshot", ["row_ids", "rows", "query"])
def test_a_table_that_changes_while_it_is_read_loses_no_row(tenant, change, snapshot):
    """Page 3 waits while a row of page 1 moves, goes, or a new one comes."""
    tenant.set_switches({"sfmc.rowset_snapshot": snapshot})
    tenant.define(table())
    tenant.faults(
        [{"cloud": "sfmc", "path": "/token/", "query": "page=3(&|$)", "nth": 1, "fault": {"delay_s": 1.5}}]
    )
    changes = {
        "update": {"upsert": [row(5, MANY + 10)]},
        "delete": {"delete": [{"Id": 5}]},
        "insert": {"upsert": [row(MANY, MANY + 10)]},
    }[change]
    timer = threading.Timer(1.0, tenant.write_rows, ("big", changes))
    timer.start()
    output = sync(tenant, **SETTINGS, concurrency=1)
    timer.join()
    assert output.error is None
    final = sync(tenant, **SETTINGS, state=output.state)
    got = {(each["Id"], each["Value"]) for each in output.rows("big") + final.rows("big")}
    stored = {(each["Id"], each["Value"]) for each in tenant.source_rows("big")}
    assert stored <= got
    counts = final.bookmark("big")["counts"]
    assert counts["extracted"] + counts["already_seen"] == counts["count"]


def test_soap_that_gives_no_rows_without_an_error_is_noticed(tenant):
    """One field that was dropped since discovery, and some tenants answer OK with no rows."""
    tenant.set_switches({"sfmc.soap_bad_column": "no_rows"})
    tenant.define(table(20))
    first = sync(tenant, **SETTINGS)
    tenant.faults(
        [
            {
                "cloud": "sfmc",
                "payload": "DataExtensionObject",
                "fault": {
                    "status": 200,
                    "headers": {"Content-Type": "text/xml"},
                    "body": "<e:Envelope xmlns:e='http://schemas.xmlsoap.org/soap/envelope/'><e:Body>"
                    "<RetrieveResponseMsg xmlns='http://exacttarget.com/wsdl/partnerAPI'>"
                    "<OverallStatus>OK</OverallStatus></RetrieveResponseMsg></e:Body></e:Envelope>",
                },
            }
        ]
    )
    for state in (None, first.state):
        output = sync(tenant, **SETTINGS, soap_streams=["big"], state=state)
        assert output.error is not None
        assert output.error.exit_code in {1, 69}


@pytest.mark.parametrize("payload", ["DataExtensionObject", "DataExtensionField"])
def test_a_place_that_soap_has_lost_is_found_by_reading_again(tenant, payload):
    """An answer is lost on the way, and a RequestID serves only once."""
    tenant.set_switches({"sfmc.request_id_once": True, "sfmc.soap_batch_cap": 40})
    tenant.define(table())
    fault = {"payload": f"{payload}.*ContinueRequest", "nth": 2, "when": "after", "fault": {"reset": True}}
    tenant.faults([{"cloud": "sfmc", **fault}])
    output = sync(tenant, **SETTINGS, extraction="soap")
    assert output.error is None
    assert sorted(identifiers(output)) == list(range(MANY))
    assert output.states[-1]["bookmarks"]["big"]["counts"]["extracted"] == MANY


def test_a_probe_that_fails_costs_no_row(tenant):
    """Whether a state may be written is asked with requests of one row; these fail, the pages do not."""
    tenant.define(table())
    tenant.faults(
        [{"cloud": "sfmc", "path": "/rowset", "query": "Size=1&.*desc", "fault": {"named": "server_error"}}]
    )
    output = sync(tenant, **SETTINGS, state_every_rows=100, max_retries=0)
    assert output.error is None
    assert identifiers(output) == list(range(MANY))
    assert len(output.states) == 2, "the starting and the closing state"


def test_the_same_rows_by_soap_with_a_number_as_key(tenant):
    tenant.define(table())
    settings = {**SETTINGS, "replication_keys": {"big": "Id"}, "soap_streams": ["big"]}
    first = sync(tenant, **settings)
    assert sorted(identifiers(first)) == list(range(MANY))
    tenant.write_rows("big", {"upsert": [row(MANY)]})
    assert identifiers(sync(tenant, **settings, state=first.state)) == [MANY]


@pytest.mark.parametrize("extraction", ["rest", "soap"])
@pytest.mark.parametrize(("policy", "second_run"), [("emit", 0), ("skip", 0), ("always", 2)])
def test_rows_without_replication_key(tenant, extraction, policy, second_run):
    rows = [*(row(number) for number in range(10)), {"Id": 98, "Value": "a"}, {"Id": 99, "Value": "b"}]
    tenant.define({**table(), "rows": rows})
    settings = {**SETTINGS, "extraction": extraction, "null_replication_keys": policy}
    first = sync(tenant, **settings)
    assert len(first.rows("big")) == (10 if policy == "skip" else 12)
    second = sync(tenant, **settings, state=first.state)
    assert len(second.rows("big")) == second_run


def test_rows_without_replication_key_can_fail_the_stream(tenant):
    tenant.define({**table(5), "rows": [row(1), {"Id": 2}]})
    output = sync(tenant, **SETTINGS, null_replication_keys="fail")
    assert isinstance(output.error, DataError)
    assert "1 rows have no Changed" in str(output.error)


def test_without_a_primary_key_the_row_number_of_soap_can_stand_in(tenant):
    rows = [{"A": "x"}, {"A": "x"}, {"A": "y"}]
    tenant.define(
        {
            "name": "Keyless",
            "key": "keyless",
            "fields": [{"name": "A", "type": "Text", "length": 5}],
            "rows": rows,
        }
    )
    plain = sync(tenant, include=["keyless"])
    assert sorted(each["A"] for each in plain.rows("keyless")) == ["x", "x", "y"]
    assert plain.schemas["keyless"]["key_properties"] == []
    numbered = sync(tenant, include=["keyless"], custom_object_key=True)
    assert numbered.schemas["keyless"]["key_properties"] == ["_CustomObjectKey"]
    assert len({each["_CustomObjectKey"] for each in numbered.rows("keyless")}) == 3


@pytest.mark.parametrize("different", [7, 130], ids=["came before", "the second is on the page that fails"])
def test_rows_that_are_alike_are_all_repaired(tenant, different):
    """Without a primary key, rows are counted one by one, also when SOAP takes over."""
    rows = [{"A": str(number % different)} for number in range(200)]
    fields = [{"name": "A", "type": "Text", "length": 5}]
    tenant.define({"name": "Alike", "key": "alike", "fields": fields, "rows": rows})
    tenant.faults(
        [{"cloud": "sfmc", "path": "/token/", "query": "page=3(&|$)", "fault": {"named": "server_error"}}]
    )
    output = sync(tenant, include=["alike"], page_size=50, max_retries=0)
    assert output.error is None
    assert sorted(each["A"] for each in output.rows("alike")) == sorted(each["A"] for each in rows)


def test_an_empty_table_says_nothing_of_filters(tenant):
    """It comes first, and must not send all other streams to SOAP."""
    tenant.define(table(0) | {"name": "A big one", "key": "a-big-one"})
    tenant.define(table())
    settings = {
        "include": ["a_big_one", "big"],
        "replication_keys": {"*big*": "Changed"},
        "start_date": "2026-01-01",
    }
    output = sync(tenant, **settings)
    assert len(output.rows("big")) == MANY
    rows_by_soap = [each for each in tenant.requests("sfmc") if "asmx" in each["path"].lower()]
    tenant.clear_requests()
    sync(tenant, **settings, extraction="rest")
    discovery = [each for each in tenant.requests("sfmc") if "asmx" in each["path"].lower()]
    assert len(rows_by_soap) == len(discovery)


def test_soap_that_takes_over_knows_rows_without_primary_key_whose_seconds_it_rounds(tenant):
    rows = [
        {
            "Changed": f"2026-01-01T00:{number // 60 % 60:02}:{number % 60:02}.{number * 7 % 1000:03}",
            "Sent": f"2026-02-01T00:00:{number // 3 % 60:02}.{number * 131 % 1000:03}",
            "Value": str(number % 5),
        }
        for number in range(400)
    ]
    tenant.define(
        {"name": "Big", "key": "big", "fields": [*FIELDS[1:], {"name": "Sent", "type": "Date"}], "rows": rows}
    )
    tenant.faults(
        [{"cloud": "sfmc", "path": "/token/", "query": "page=6(&|$)", "fault": {"named": "server_error"}}]
    )
    output = sync(tenant, include=["big"], page_size=50, max_retries=0)
    assert output.error is None
    assert len(output.rows("big")) == 400
