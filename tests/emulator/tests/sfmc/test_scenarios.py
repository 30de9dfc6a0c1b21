import hashlib
import json
from collections import Counter

import pytest

SCENARIOS = {
    "contacts": 200,
    "campaign-engagement": 1000,
    "web-activity": 1000,
}


@pytest.fixture
def pristine(sfmc):
    """The source on its first day, also afterwards."""
    yield sfmc
    sfmc.emulator.reset()


@pytest.mark.parametrize(("key", "rows"), SCENARIOS.items())
def test_the_scenarios_have_the_size_of_the_scale(sfmc, key, rows):
    assert len(sfmc.emulator.source_rows(key)) == rows


def test_the_same_seed_gives_the_same_rows(sfmc):
    before = {key: sfmc.emulator.source_rows(key) for key in SCENARIOS}
    sfmc.emulator.reset()

    assert {key: sfmc.emulator.source_rows(key) for key in SCENARIOS} == before


def test_another_tenant_has_the_same_rows_under_other_keys_and_accounts(sfmc, start_emulator, connect):
    other = connect(start_emulator(profile="globex"))

    assert other.emulator.source_rows("GBX-contacts") == sfmc.emulator.source_rows("contacts")
    assert other.profile.main.mid != sfmc.profile.main.mid
    assert other.emulator.aep["org_id"] != sfmc.emulator.aep["org_id"]
    assert other.rowset("GBX-contacts")["count"] == 200
    assert other.get("/data/v1/customobjectdata/key/contacts/rowset").status_code == 404


def test_there_are_customers_of_every_lifecycle_stage(sfmc):
    stages = Counter(row["LifecycleStage"] for row in sfmc.emulator.source_rows("contacts"))

    assert set(stages) == {"new", "returning", "loyal", "lapsed"}
    assert min(stages.values()) >= 10


def test_customers_make_sense(sfmc):
    for row in sfmc.emulator.source_rows("contacts"):
        assert (row["TotalSpent"] is None) == (row["TotalOrders"] == 0) == (row["LastPurchaseDate"] is None)
        assert row["SignupDate"] <= row["ModifiedDate"] <= "2026-06-30T23:59:59.999"
        if row["LastPurchaseDate"]:
            assert row["SignupDate"] <= row["LastPurchaseDate"] <= row["ModifiedDate"]
        if row["LifecycleStage"] == "lapsed":
            assert row["LastPurchaseDate"] < "2025-10-01"


def test_there_are_nulls_ties_and_letters_of_many_languages(sfmc):
    rows = sfmc.emulator.source_rows("contacts")

    for name in ("EmailAddress", "FirstName", "Phone", "BirthDate", "City", "LoyaltyPoints", "EmailOptIn"):
        assert any(row[name] is None for row in rows), name
    assert any(not row["LastName"].isascii() for row in rows)
    assert any((row["City"] or "").startswith(" ") for row in rows)
    assert any(row["EmailAddress"] != row["EmailAddress"].lower() for row in rows if row["EmailAddress"])
    assert any(not row["ModifiedDate"].endswith(".000") for row in rows)


def test_somebody_clicked_an_offer(sfmc):
    clicks = [row for row in sfmc.emulator.source_rows("campaign-engagement") if row["EventType"] == "Click"]

    assert len({row["SubscriberKey"] for row in clicks if row["OfferCode"]}) > 10


def test_some_visitors_did_not_buy(sfmc):
    rows = [row for row in sfmc.emulator.source_rows("web-activity") if row["SubscriberKey"]]
    visitors = {row["SubscriberKey"] for row in rows}
    buyers = {row["SubscriberKey"] for row in rows if row["ActivityType"] == "purchase"}

    assert buyers
    assert len(visitors - buyers) > len(buyers)


def test_events_belong_to_contacts(sfmc):
    contacts = {row["SubscriberKey"]: row["EmailAddress"] for row in sfmc.emulator.source_rows("contacts")}
    for key in ("campaign-engagement", "web-activity"):
        for row in sfmc.emulator.source_rows(key):
            assert row["SubscriberKey"] is None or row["EmailAddress"] == contacts[row["SubscriberKey"]]


def snapshot(sfmc, key):
    fields = {"contacts": "SubscriberKey", "campaign-engagement": "EventID", "web-activity": "ActivityID"}
    return {row[fields[key]]: row for row in sfmc.emulator.source_rows(key)}


@pytest.mark.parametrize("deletes", [0, 5])
def test_a_day_reports_exactly_what_it_changed(pristine, deletes):
    before = {key: snapshot(pristine, key) for key in SCENARIOS}
    report = pristine.emulator.mutate(deletes=deletes)

    assert report["day"] == 1
    for key, counts in report["data_extensions"].items():
        after = snapshot(pristine, key)
        assert counts["inserted"] == len(set(after) - set(before[key])) > 0
        assert counts["deleted"] == len(set(before[key]) - set(after))
        changed = [each for each in set(after) & set(before[key]) if after[each] != before[key][each]]
        assert counts["updated"] == len(changed)
    assert report["data_extensions"]["contacts"]["updated"] > 0
    assert report["data_extensions"]["contacts"]["deleted"] == deletes


def test_all_changes_of_a_day_are_dated_on_that_day(pristine):
    before = snapshot(pristine, "contacts")
    for number, day in ((1, "2026-07-01"), (2, "2026-07-02")):
        assert pristine.emulator.mutate()["day"] == number
        after = snapshot(pristine, "contacts")
        changed = [row for key, row in after.items() if before.get(key) != row]
        assert {row["ModifiedDate"][:10] for row in changed} == {day}
        before = after
    events = [row["EventDate"][:10] for row in pristine.emulator.source_rows("campaign-engagement")]
    visits = [row["ActivityDate"][:10] for row in pristine.emulator.source_rows("web-activity")]
    assert Counter(events)["2026-07-02"] == Counter(visits)["2026-07-02"] == 10
    assert max(events) == max(visits) == "2026-07-02"


@pytest.mark.parametrize(
    ("key", "digest"),
    [
        ("contacts", "39f7922c9e11c6e2"),
        ("campaign-engagement", "73579238aa0911e2"),
        ("web-activity", "77efffe28491e8fb"),
    ],
)
def test_rows_do_not_depend_on_the_machine_or_the_versions_of_libraries(pristine, key, digest):
    pristine.emulator.mutate()
    rows = json.dumps(pristine.emulator.source_rows(key))

    assert hashlib.sha256(rows.encode()).hexdigest().startswith(digest)
