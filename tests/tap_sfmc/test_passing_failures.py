"""Failures that pass: repeated within bounds, with pauses that the server asks for, and one new token."""

import time

import pytest

from tap_sfmc.api.http import Answer, Http
from tap_sfmc.errors import PermissionDeniedError, RemoteError, TryAgainError
from tests.tap_sfmc.running import sync

CONTACTS = 200


@pytest.fixture(autouse=True)
def short_waits(monkeypatch):
    monkeypatch.setitem(Http.__init__.__kwdefaults__, "first_wait_s", 0.05)


def rows(output):
    return len({row["SubscriberKey"] for row in output.rows("contacts")})


REST = {"cloud": "sfmc", "path": "/rowset"}
SOAP = {"cloud": "sfmc", "payload": "RetrieveRequest"}


@pytest.mark.parametrize(
    "rule",
    [
        {**REST, "every": 2, "fault": {"named": "server_error"}},
        {**REST, "every": 3, "fault": {"named": "html_error_page"}},
        {**REST, "nth": [1, 4], "fault": {"named": "blocked"}},
        {**REST, "nth": 2, "fault": {"named": "not_authorised"}},
        {**REST, "every": 3, "fault": {"reset": True}},
        {**REST, "every": 4, "fault": {"truncate": 0.5}},
        {**REST, "every": 3, "when": "after", "fault": {"named": "server_error"}},
        {**REST, "nth": 3, "fault": {"revoke_token": True}},
        {**SOAP, "every": 2, "fault": {"named": "soap_rate_limited"}},
        {**SOAP, "nth": 2, "fault": {"named": "soap_outage"}},
        {**SOAP, "nth": 2, "fault": {"named": "soap_maintenance"}},
        {**SOAP, "nth": 2, "fault": {"named": "soap_database_down"}},
        {**SOAP, "nth": 2, "fault": {"named": "soap_token_expired"}},
        {**SOAP, "nth": 2, "fault": {"named": "soap_empty_500"}},
        {**SOAP, "nth": 3, "fault": {"revoke_token": True}},
        {**SOAP, "every": 3, "fault": {"reset": True}},
        {"cloud": "sfmc", "path": "/v2/token", "nth": 1, "fault": {"named": "server_error"}},
    ],
    ids=lambda rule: " ".join(map(str, rule["fault"].values())) + (" soap" if "payload" in rule else ""),
)
@pytest.mark.parametrize("extraction", ["rest", "soap"])
def test_a_failure_that_passes_costs_no_row(tenant, rule, extraction):
    tenant.faults([rule])
    output = sync(tenant, include=["contacts"], page_size=40, extraction=extraction, max_retries=8)
    assert output.error is None
    assert rows(output) == CONTACTS == len(output.rows("contacts"))


def test_retry_after_is_obeyed(tenant):
    tenant.faults([{**REST, "nth": 1, "fault": {"named": "rate_limit"}}])
    began = time.monotonic()
    assert rows(sync(tenant, include=["contacts"])) == CONTACTS
    assert time.monotonic() - began >= 1


def test_a_server_that_stays_down_is_an_error_with_its_own_words(tenant):
    tenant.faults([{**REST, "fault": {"named": "unavailable"}}])
    output = sync(tenant, include=["contacts"], extraction="rest", max_retries=1)
    assert isinstance(output.error, RemoteError)
    assert "temporarily unavailable" in str(output.error)
    assert output.states == [{"bookmarks": {}}]


@pytest.mark.parametrize("fault", ["soap_error", "soap_error_with_text", "soap_has_errors"])
def test_an_error_within_http_200_is_an_error(tenant, fault):
    """It says OverallStatus, and tells by nothing else that rows are missing."""
    tenant.faults(
        [{"cloud": "sfmc", "payload": "DataExtensionObject.*<api:ContinueRequest", "fault": {"named": fault}}]
    )
    output = sync(tenant, include=["contacts"], extraction="soap", page_size=40)
    assert isinstance(output.error, RemoteError)
    assert str(output.error).count("Error") >= 1
    assert "RequestID" in str(output.error)
    assert output.states == [{"bookmarks": {}}]


@pytest.mark.parametrize(
    ("extraction", "rule"),
    [
        ("rest", {"path": "/key/store-stock/rowset", "fault": {"named": "insufficient_privileges"}}),
        (
            "soap",
            {"payload": r"DataExtensionObject\[store-stock", "fault": {"named": "soap_permission_failed"}},
        ),
    ],
)
def test_a_data_extension_that_is_refused_does_not_stop_the_others(tenant, extraction, rule):
    tenant.faults([{"cloud": "sfmc", **rule}])
    before = {"store_stock": {"customer_key": "store-stock", "seq": 3}}
    output = sync(
        tenant,
        include=["store_stock", "wide_300", "contacts"],
        extraction=extraction,
        state={"bookmarks": before},
    )
    assert output.rows("contacts")
    assert output.rows("wide_300")
    assert output.error.exit_code == 1
    assert "store_stock" in str(output.error)
    assert output.bookmark("store_stock")["seq"] == 3, "its bookmark did not move"


def test_when_all_is_refused_it_is_a_question_of_permission(tenant):
    tenant.faults([{**REST, "fault": {"named": "insufficient_privileges"}}])
    output = sync(tenant, include=["contacts"], extraction="rest")
    assert isinstance(output.error, PermissionDeniedError)
    assert "Data Extensions: Read" in str(output.error)


def test_used_up_requests_end_the_run_where_it_can_go_on(tenant):
    settings = {"include": ["campaign_engagement", "contacts", "web_activity"], "page_size": 100}
    first = sync(tenant, **settings, max_requests=22)
    assert isinstance(first.error, TryAgainError)
    assert "max_requests" in str(first.error)
    assert first.error.exit_code == 75
    assert len(tenant.requests("sfmc")) <= 22
    rest = sync(tenant, **settings, state=first.state)
    for stream, key, name in (
        ("campaign_engagement", "campaign-engagement", "EventID"),
        ("contacts", "contacts", "SubscriberKey"),
    ):
        got = {row[name] for output in (first, rest) for row in output.rows(stream)}
        assert got == {row[name] for row in tenant.source_rows(key)}


def test_one_token_is_asked_for_and_kept(tenant):
    sync(tenant, page_size=50, shared_data_extensions=False)
    assert sum(each["path"] == "/v2/token" for each in tenant.requests("sfmc")) == 1


def test_many_threads_that_meet_an_expired_token_renew_it_once(tenant):
    tenant.faults([{"cloud": "sfmc", "path": "/token/", "nth": 4, "fault": {"revoke_token": True}}])
    output = sync(
        tenant, include=["campaign_engagement"], page_size=20, concurrency=8, shared_data_extensions=False
    )
    assert output.error is None
    assert sum(each["path"] == "/v2/token" for each in tenant.requests("sfmc")) == 2


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (b'{"message": "Not Found", "errorcode": 404}', "Not Found (errorcode 404)"),
        (b"<html><head><title>502</title></head><body><h1>Bad\nGateway</h1></body></html>", "Bad Gateway"),
        (b"<e:Body><e:Fault><faultcode>x</faultcode><faultstring>Rate Limited</faultstring>", "Rate Limited"),
        (b"[1]", "[1]"),
        (b"", "without a text"),
    ],
)
def test_of_an_answer_in_any_form_the_text_is_told(body, text):
    assert Answer(500, {}, body).excerpt() == text


def test_the_last_line_says_why_one_of_several_streams_failed(tenant):
    tenant.faults([{**REST, "path": "key/campaign", "fault": {"named": "insufficient_privileges"}}])
    output = sync(tenant, include=["contacts", "campaign_engagement"])
    assert "1 of 2 failed: Stream 'campaign_engagement': " in str(output.error)
    assert "Insufficient privileges" in str(output.error)


def test_credentials_that_other_programs_keep_do_not_replace_the_token(emulator, tmp_path, monkeypatch):
    netrc = tmp_path / "netrc"
    netrc.write_text("default login somebody password else\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    output = sync(emulator, include=["contacts"])
    assert output.error is None
    assert output.rows("contacts")
