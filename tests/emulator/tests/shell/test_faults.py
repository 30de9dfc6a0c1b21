import json
import time

import pytest
import requests

from emulator.faults import FaultRuleError, FaultRules, RequestFacts, parse_rules


@pytest.fixture
def sfmc(emulator):
    """(emulator, function that asks the Marketing Cloud server)."""
    session = requests.Session()

    def ask(path="/platform/v1/tokenContext", method="GET", **arguments):
        return session.request(method, emulator.sfmc["base_url"] + path, **arguments)

    emulator.clear_faults()
    with session:
        yield emulator, ask
    emulator.clear_faults()


def token_of(emulator, ask):
    credentials = emulator.sfmc
    body = {
        "grant_type": "client_credentials",
        "client_id": credentials["client_id"],
        "client_secret": credentials["client_secret"],
    }
    return ask("/v2/token", "POST", json=body).json()["access_token"]


def statuses(ask, count, **arguments):
    return [ask(**arguments).status_code for _ in range(count)]


BUSY = {"status": 503, "headers": {"Retry-After": "1"}, "body": {"message": "busy"}}


def test_nth_counts_the_requests_that_match(sfmc):
    emulator, ask = sfmc
    emulator.faults([{"cloud": "sfmc", "path": "^/platform/", "nth": 2, "fault": BUSY}])

    assert statuses(ask, 1, path="/elsewhere") == [404]
    assert statuses(ask, 3) == [401, 503, 401]


def test_nth_may_be_several(sfmc):
    emulator, ask = sfmc
    emulator.faults([{"cloud": "sfmc", "nth": [1, 3], "fault": BUSY}])

    assert statuses(ask, 4) == [503, 401, 503, 401]


def test_every_and_times(sfmc):
    emulator, ask = sfmc
    emulator.faults([{"cloud": "sfmc", "every": 2, "times": 2, "fault": BUSY}])

    assert statuses(ask, 8) == [401, 503, 401, 503, 401, 401, 401, 401]


def test_a_rule_without_a_trigger_always_fires(sfmc):
    emulator, ask = sfmc
    emulator.faults([{"cloud": "sfmc", "method": "get", "fault": BUSY}])

    assert statuses(ask, 3) == [503, 503, 503]
    assert ask("/v2/token", "POST", data="{}").status_code == 400


def test_probability_is_reproducible_by_its_seed(sfmc):
    emulator, ask = sfmc
    series = []
    for seed in (7, 7, 8):
        emulator.faults([{"cloud": "sfmc", "probability": 0.5, "seed": seed, "fault": BUSY}])
        series.append(statuses(ask, 20))

    assert series[0] == series[1] != series[2]
    assert {401, 503} == set(series[0])


def test_a_rule_can_look_at_the_payload_and_the_query(sfmc):
    emulator, ask = sfmc
    emulator.faults(
        [
            {"cloud": "sfmc", "payload": "client_credentials", "fault": BUSY},
            {"cloud": "sfmc", "query": "page=2", "fault": {"status": 500}},
        ]
    )

    assert ask("/v2/token", "POST", json={"grant_type": "client_credentials"}).status_code == 503
    assert ask("/v2/token", "POST", json={"grant_type": "other"}).status_code == 400
    assert ask("/platform/v1/tokenContext?$page=2").status_code == 500


def test_an_answer_has_the_status_headers_and_body_of_the_fault(sfmc):
    emulator, ask = sfmc
    emulator.faults([{"cloud": "sfmc", "fault": BUSY}])
    answer = ask()

    assert (answer.status_code, answer.headers["Retry-After"], answer.json()) == (
        503,
        "1",
        {"message": "busy"},
    )


def test_rules_of_the_other_cloud_do_nothing_here(sfmc):
    emulator, ask = sfmc
    emulator.faults([{"cloud": "aep", "fault": BUSY}])

    assert ask().status_code == 401
    assert requests.get(f"{emulator.aep['base_url']}/anything", timeout=10).status_code == 503


@pytest.mark.parametrize(("when", "acted"), [("before", False), ("after", True)])
@pytest.mark.parametrize("fault", [{"status": 500}, {"reset": True}])
def test_before_and_after_say_whether_the_server_acted(sfmc, when, acted, fault):
    emulator, ask = sfmc
    key = "acted-upon"
    emulator.define(
        {"name": key, "key": key, "fields": [{"name": "ID", "type": "Text", "is_primary_key": True}]}
    )
    token = token_of(emulator, ask)
    emulator.faults([{"cloud": "sfmc", "path": "rowset$", "nth": 1, "when": when, "fault": fault}])
    write = {
        "path": f"/hub/v1/dataevents/key:{key}/rowset",
        "method": "POST",
        "headers": {"Authorization": f"Bearer {token}"},
        "json": [{"keys": {"ID": "a"}, "values": {}}],
    }
    if "reset" in fault:
        with pytest.raises(requests.ConnectionError):
            ask(**write)
    else:
        assert ask(**write).status_code == 500

    assert bool(emulator.source_rows(key)) is acted


def test_a_truncated_answer_breaks_off_in_the_body(sfmc):
    emulator, ask = sfmc
    emulator.faults([{"cloud": "sfmc", "nth": 1, "fault": {"truncate": 0.5}}])

    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        ask()
    assert ask().status_code == 401


def test_a_truncated_request_reaches_the_server_in_part(sfmc):
    emulator, ask = sfmc
    emulator.faults([{"cloud": "sfmc", "nth": 1, "fault": {"truncate_request": 0.5}}])

    assert ask("/v2/token", "POST", json={"grant_type": "x"}).json()["error"] == "invalid_request"


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_delay_holds_the_answer_back(sfmc, when):
    emulator, ask = sfmc
    emulator.faults([{"cloud": "sfmc", "nth": 1, "when": when, "fault": {"delay_s": 0.4}}])
    started = time.monotonic()

    assert ask().status_code == 401
    assert time.monotonic() - started >= 0.4


def test_a_delay_stands_beside_another_fault(sfmc):
    emulator, ask = sfmc
    emulator.faults([{"cloud": "sfmc", "nth": 1, "fault": {**BUSY, "delay_s": 0.3}}])
    started = time.monotonic()

    assert ask().status_code == 503
    assert time.monotonic() - started >= 0.3


@pytest.mark.parametrize(("when", "first"), [("before", 401), ("after", 200)])
def test_tokens_are_revoked_before_or_after_the_request(sfmc, when, first):
    emulator, ask = sfmc
    headers = {"Authorization": f"Bearer {token_of(emulator, ask)}"}
    emulator.faults([{"cloud": "sfmc", "nth": 1, "when": when, "fault": {"revoke_token": True}}])

    assert statuses(ask, 2, headers=headers) == [first, 401]
    fresh = {"Authorization": f"Bearer {token_of(emulator, ask)}"}
    assert ask(headers=fresh).status_code == 200


@pytest.mark.parametrize(
    ("name", "status", "text"),
    [
        ("rate_limit", 429, '"errorcode": 50100'),
        ("blocked", 429, '"errorcode": 50200'),
        ("unavailable", 503, '"errorcode": 50300'),
        ("service_not_found", 596, "Service Not Found"),
        ("not_authorised", 401, "Not Authorized"),
        ("insufficient_privileges", 403, "Insufficient privileges"),
        ("server_error", 500, ""),
        ("expired_request_token", 404, "Not Found"),
        ("html_error_page", 502, "<html>"),
        ("soap_token_expired", 500, "Token Expired"),
        ("soap_login_failed", 500, "Login Failed"),
        ("soap_rate_limited", 500, "<Code>17</Code>"),
        ("soap_database_down", 500, "<Code>1</Code>"),
        ("soap_outage", 500, "<Code>2</Code>"),
        ("soap_maintenance", 500, "<Code>9</Code>"),
        ("soap_empty_500", 500, ""),
        ("soap_error", 200, "<OverallStatus>Error</OverallStatus>"),
        ("soap_error_with_text", 200, "<OverallStatus>Error: "),
        ("soap_has_errors", 200, "<OverallStatus>Has Errors</OverallStatus>"),
        ("soap_permission_failed", 200, "API Permission Failed."),
    ],
)
def test_answers_of_marketing_cloud_can_be_asked_for_by_name(sfmc, name, status, text):
    emulator, ask = sfmc
    emulator.faults([{"cloud": "sfmc", "fault": {"named": name}}])
    answer = ask()

    assert answer.status_code == status
    assert text in answer.text


@pytest.mark.parametrize(
    ("rule", "reason"),
    [
        ({"fault": {}}, "no fault"),
        ({"nth": 1}, "no fault"),
        ({"fault": {"explode": True}}, "unknown fault key 'explode'"),
        ({"nth": 1, "every": 2, "fault": {"reset": True}}, "more than one of"),
        ({"when": "later", "fault": {"reset": True}}, "when is 'later'"),
        ({"cloud": "gcp", "fault": {"reset": True}}, "cloud is 'gcp'"),
        ({"path": "(", "fault": {"reset": True}}, "path is not a regular expression"),
        ({"pth": "/", "fault": {"reset": True}}, "unknown key 'pth'"),
        ("reset", "rule 1 is not an object"),
        ({"nth": 0, "fault": {"reset": True}}, "nth is 0, not a number from 1"),
        ({"probability": 5, "fault": {"reset": True}}, "probability is 5, not a number from 0 to 1"),
        ({"fault": {"status": "503"}}, "status is '503', not an HTTP status"),
        ({"fault": {"body": "busy"}}, "headers or body without status"),
        ({"fault": {"delay_s": -1}}, "delay_s is -1, not a number of seconds"),
        ({"fault": {"truncate": 2}}, "truncate is 2"),
        ({"fault": {"batch_state": "lost"}}, "batch_state is 'lost', not a status of a batch"),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused_by_name(rule, reason):
    with pytest.raises(FaultRuleError, match=reason.replace("(", r"\(")):
        parse_rules(json.dumps([rule]))


@pytest.mark.parametrize("text", ["{}", "[", ""])
def test_a_faults_file_is_a_json_list(text):
    with pytest.raises(FaultRuleError):
        parse_rules(text)


def test_an_unknown_name_is_refused_and_the_rules_in_force_stay():
    rules = FaultRules("sfmc", {})
    rules.replace([{"fault": {"status": 500}}])
    with pytest.raises(FaultRuleError, match="knows no fault named 'nope'"):
        rules.replace([{"fault": {"named": "nope"}}])

    assert rules.choose(RequestFacts("GET", "/", "", "")) is not None


def test_a_rule_that_waits_for_its_turn_counts_though_another_fires():
    rules = FaultRules("sfmc", {})
    rules.replace([{"nth": 1, "fault": {"status": 500}}, {"nth": 2, "fault": {"status": 502}}])
    chosen = [rules.choose(RequestFacts("GET", "/", "", "")) for _ in range(3)]

    assert [rule.fault["status"] if rule else None for rule in chosen] == [500, 502, None]


def test_faults_by_command_and_at_start(command, tmp_path):
    file = tmp_path / "faults.json"
    file.write_text(json.dumps([{"cloud": "sfmc", "fault": BUSY}]))
    assert command("start", "--scale", "0.001", "--faults", str(file)).returncode == 0
    url = json.loads(command("status", "--json").stdout)["sfmc"]["base_url"]
    assert requests.get(f"{url}/anything", timeout=10).status_code == 503

    (met,) = map(json.loads, command("faults", "log").stdout.splitlines())
    assert (met["cloud"], met["path"], met["fault"]["rule"]) == ("sfmc", "/anything", 1)
    assert command("faults", "clear").stdout == "0 rules in force\n"
    assert requests.get(f"{url}/anything", timeout=10).status_code == 404
    assert command("faults", str(file)).stdout == "1 rules in force\n"
    file.write_text('[{"cloud": "sfmc"}]')
    failed = command("faults", str(file))
    assert failed.returncode == 2
    assert failed.stderr == f"emulator: faults file {file}: rule 1: no fault\n"
    assert requests.get(f"{url}/anything", timeout=10).status_code == 503
