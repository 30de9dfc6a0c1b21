import pytest
import requests


@pytest.fixture
def emulator(emulator):
    emulator.clear_requests()
    yield emulator
    emulator.clear_faults()


def ask(emulator, path, **arguments):
    return requests.get(emulator.sfmc["base_url"] + path, timeout=10, **arguments)


def test_each_request_is_one_entry_in_the_order_of_arrival(emulator):
    ask(emulator, "/one?a=1")
    ask(emulator, "/two")

    entries = emulator.requests("sfmc")
    assert [(each["n"], each["method"], each["path"], each["query"], each["status"]) for each in entries] == [
        (1, "GET", "/one", "a=1", 404),
        (2, "GET", "/two", "", 404),
    ]
    assert all(each["fault"] is None for each in entries)
    assert entries[0]["response_bytes"] > 0


def test_the_emulator_s_own_routes_are_not_logged(emulator):
    ask(emulator, "/_emulator/health")

    assert emulator.requests("sfmc") == []


def test_an_injected_fault_is_in_the_log(emulator):
    emulator.faults([{"cloud": "sfmc", "nth": 1, "when": "after", "fault": {"status": 500}}])
    ask(emulator, "/one")
    ask(emulator, "/two")

    first, second = emulator.requests("sfmc")
    assert first["fault"] == {"rule": 1, "when": "after", "status": 500}
    assert (first["status"], second["fault"]) == (500, None)


def test_a_reset_connection_has_no_status(emulator):
    emulator.faults([{"cloud": "sfmc", "nth": 1, "fault": {"reset": True}}])
    with pytest.raises(requests.ConnectionError):
        ask(emulator, "/one")

    (entry,) = emulator.requests("sfmc")
    assert entry["status"] is None


def test_secrets_in_a_query_are_masked(emulator):
    ask(emulator, "/ims/token?client_id=a&client_secret=very-secret&x=1")

    (entry,) = emulator.requests("sfmc")
    assert entry["query"] == "client_id=a&client_secret=***&x=1"


def test_the_log_is_a_file_of_json_lines_that_survives_a_restart(start_emulator):
    emulator = start_emulator(scale=0.001)
    ask(emulator, "/one")
    emulator.stop()
    emulator.start()
    ask(emulator, "/two")

    assert [(each["n"], each["path"]) for each in emulator.requests("sfmc")] == [(1, "/one"), (2, "/two")]
    assert len((emulator.path / "sfmc" / "requests.jsonl").read_text().splitlines()) == 2
