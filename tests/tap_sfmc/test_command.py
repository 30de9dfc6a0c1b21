"""The command as a user meets it: real processes, exit codes, one clear line."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.tap_sfmc.running import command, configure

EXECUTABLE = str(Path(sys.executable).with_name("tap-sfmc"))


def last_line(process):
    return process.stderr.strip().splitlines()[-1]


@pytest.mark.parametrize(
    ("changed", "code", "says"),
    [
        ({"client_secret": "wrong"}, 77, "invalid_client"),
        ({"account_id": "1"}, 77, "not accessible for this account"),
        ({"base_endpoint": "https://login.salesforce.com"}, 2, "not an address of Marketing Cloud"),
        ({"base_endpoint": "http://127.0.0.1:9"}, 69, "Check base_endpoint"),
        ({"base_endpoint": None}, 2, "base_endpoint"),
        ({"timezone": "Mars"}, 2, "no time zone 'Mars'"),
        ({"page_size": 5000}, 2, "page_size"),
        ({"client_secret": 4711}, 2, "client_secret is not of the right type"),
        ({"no_setting": 1}, 2, "no setting 'no_setting'"),
        ({"include": ["nothing"]}, 2, "'nothing' matches no data extension"),
        ({"replication_keys": {"contacts": "City"}}, 2, "neither a Date nor a Number"),
        ({"stream_maps": {"contacts": {"x": "bad("}}}, 2, "stream_maps: "),
    ],
)
def test_bad_input_is_one_line_with_its_exit_code(emulator, tmp_path, changed, code, says):
    process = command(tmp_path, config={**configure(emulator), **changed})
    assert process.returncode == code
    assert last_line(process).startswith("tap-sfmc: ")
    assert says in last_line(process)
    assert "Traceback" not in process.stderr
    assert emulator.sfmc["client_secret"] not in process.stderr
    assert "4711" not in last_line(process)
    assert process.stdout == "", "no state is written"


def test_files_that_are_missing_or_broken_are_errors_of_configuration(emulator, tmp_path):
    (tmp_path / "broken.json").write_text("{")
    config = configure(emulator)
    for arguments in (["--config", "missing.json"], ["--config", "broken.json"]):
        assert command(tmp_path, *arguments).returncode == 2
    for arguments in (["--state", "missing.json"], ["--state", "broken.json"], ["--catalog", "broken.json"]):
        process = command(tmp_path, *arguments, config=config)
        assert process.returncode == 2
        assert "Traceback" not in process.stderr


def test_a_catalog_that_selects_what_is_not_there_is_refused(emulator, tmp_path):
    catalog = json.loads(command(tmp_path, "--discover", config=configure(emulator)).stdout)
    entry = next(each for each in catalog["streams"] if each["tap_stream_id"] == "contacts")
    entry["tap_stream_id"] = entry["stream"] = "gone"
    entry["metadata"][0]["metadata"] = {"selected": True}
    (tmp_path / "catalog.json").write_text(json.dumps({"streams": [entry]}))
    process = command(tmp_path, "--catalog", "catalog.json", config=configure(emulator))
    assert process.returncode == 2
    assert "'gone'" in last_line(process)


def test_help_lists_commands_and_exit_codes(tmp_path):
    text = command(tmp_path, "--help").stdout
    assert "check" in text
    assert "preview" in text
    assert all(f"  {code} " in text for code in (0, 1, 2, 69, 75, 77))


def with_variables(emulator, folder, *arguments, **variables):
    """The command with its settings in variables."""
    settings = {f"TAP_SFMC_{name.upper()}": value for name, value in configure(emulator).items()}
    return subprocess.run(
        [EXECUTABLE, "--config", "ENV", *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
        env={**os.environ, **settings, **variables},
    )


def test_settings_can_come_from_the_environment(emulator, tmp_path):
    process = with_variables(
        emulator,
        tmp_path,
        "--discover",
        TAP_SFMC_INCLUDE='["contacts"]',
        TAP_SFMC_REPLICATION_KEYS='{"contacts": null}',
        TAP_SFMC_REQUEST_TIMEOUT="30",
        TAP_SFMC_PAGE_SIZE="100",
    )
    assert process.returncode == 0
    (entry,) = json.loads(process.stdout)["streams"]
    assert (entry["tap_stream_id"], entry["replication_method"]) == ("contacts", "FULL_TABLE")


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("PAGE_SIZE", "many", "TAP_SFMC_PAGE_SIZE is not a whole number"),
        ("REPLICATION_KEYS", "{contacts", "TAP_SFMC_REPLICATION_KEYS is not JSON"),
    ],
)
def test_a_variable_that_cannot_be_read_is_named(emulator, tmp_path, name, value, told):
    process = with_variables(emulator, tmp_path, "--discover", **{f"TAP_SFMC_{name}": value})
    assert process.returncode == 2
    assert told in last_line(process)
    assert "Traceback" not in process.stderr


def test_about_and_version_need_no_configuration(tmp_path):
    assert "base_endpoint" in command(tmp_path, "--about", "--format", "json").stdout
    assert command(tmp_path, "--version").stdout.startswith("tap-sfmc v")


def test_check_gives_a_verdict_on_each_habit(emulator, tmp_path):
    process = command(tmp_path, "check", config=configure(emulator))
    assert process.returncode == 0
    text = process.stdout
    for expected in (
        "token for",
        "data extensions with",
        "by REST",
        "by SOAP",
        "REST filters by",
        "REST orders by",
    ):
        assert expected in text
    assert "FAILED" not in text
    assert text.splitlines()[-1] == "A run will work."


def test_check_tells_of_unfaithful_habits_without_failing(tenant, tmp_path):
    tenant.set_switches(
        {"sfmc.rowset_filter": "ignored", "sfmc.rowset_order": "ignored", "sfmc.rowset_page_cap": 50}
    )
    process = command(tmp_path, "check", config=configure(tenant))
    assert process.returncode == 0
    assert "REST does not filter as it should" in process.stdout
    assert "REST does not order" in process.stdout
    assert "pages have 50 rows" in process.stdout
    assert process.stdout.splitlines()[-1].startswith("A run will work. 3 of ")


def test_check_fails_with_the_reason(emulator, tmp_path):
    process = command(tmp_path, "check", config=configure(emulator, client_secret="wrong"))
    assert process.returncode == 77
    assert "FAILED No token for" in process.stdout
    assert "checks failed" in process.stdout.splitlines()[-1]


def test_preview_shows_fields_and_rows(emulator, tmp_path):
    process = command(tmp_path, "preview", "contacts", "--rows", "3", config=configure(emulator))
    assert process.returncode == 0
    assert "SubscriberKey" in process.stdout
    assert "Decimal(18,2)" in process.stdout
    assert "3 of 200 rows" in process.stdout


def test_preview_of_an_unknown_stream_suggests_one(emulator, tmp_path):
    process = command(tmp_path, "preview", "contact", config=configure(emulator))
    assert process.returncode == 2
    assert "Did you mean contacts?" in last_line(process)


def test_the_connection_test_of_the_sdk_works(emulator, tmp_path):
    process = command(tmp_path, "--test", config=configure(emulator))
    assert process.returncode == 0
    assert "Traceback" not in process.stderr


def start(emulator, tmp_path, **settings):
    path = tmp_path / "config.json"
    path.write_text(json.dumps(configure(emulator, **settings)))
    return subprocess.Popen(
        [EXECUTABLE, "--config", str(path)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=tmp_path
    )


def test_a_reader_that_goes_away_is_one_line(emulator, tmp_path):
    with start(emulator, tmp_path) as process:
        process.stdout.readline()
        process.stdout.close()
        error = process.stderr.read().decode()
    assert process.returncode == 75
    assert error.strip().splitlines()[-1].startswith("tap-sfmc: The reader of standard output went away")


def test_a_stopped_run_leaves_whole_lines_and_a_safe_state(tenant, tmp_path):
    tenant.faults([{"cloud": "sfmc", "path": "/token/", "query": "page=4(&|$)", "fault": {"delay_s": 20}}])
    settings = {
        "include": ["campaign_engagement"],
        "page_size": 100,
        "state_every_rows": 200,
        "concurrency": 1,
    }
    with start(tenant, tmp_path, **settings) as process:
        lines = [process.stdout.readline()]
        while json.loads(lines[-1]).get("value") in (None, {"bookmarks": {}}):
            lines.append(process.stdout.readline())
        process.send_signal(signal.SIGTERM)
        began = time.monotonic()
        lines += process.stdout.readlines()
        error = process.stderr.read().decode()
    assert process.returncode == 75
    assert time.monotonic() - began < 10, "it does not wait for answers"
    messages = [json.loads(line) for line in lines]
    assert messages[-1]["type"] in {"RECORD", "STATE"}
    assert "Stopped by signal 15" in error
    assert "Traceback" not in error


def test_discovery_and_connection_test_say_so_when_a_part_failed(tenant, tmp_path):
    units = [
        {"account_id": tenant.sfmc["account_id"], "alias": "Retail"},
        {"account_id": "1", "alias": "Gone"},
    ]
    config = configure(tenant, account_id=None, business_units=units, include=["retail_contacts"])
    process = command(tmp_path, "--discover", config=config)
    assert process.returncode == 1
    assert [each["tap_stream_id"] for each in json.loads(process.stdout)["streams"]] == ["retail_contacts"]
    assert "Gone" in last_line(process)
    tenant.faults([{"cloud": "sfmc", "path": "/rowset", "fault": {"named": "insufficient_privileges"}}])
    process = command(tmp_path, "--test", config=configure(tenant, include=["contacts"], extraction="rest"))
    assert process.returncode == 77
