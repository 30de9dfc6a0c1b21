import contextlib
import json
import os
import shutil
import signal
import socket
import time

import psutil
import pytest
import requests


def status(command, **arguments):
    return json.loads(command("status", "--json", **arguments).stdout)


def answers(url):
    return requests.get(f"{url}/_emulator/health", timeout=10).json()


def server_pids(home):
    return [json.loads((home / cloud / "server.json").read_text())["pid"] for cloud in ("sfmc", "aep")]


def _command_line(process):
    with contextlib.suppress(psutil.Error):
        return process.cmdline()
    return []


def lives(pid):
    """A process that only waits for its parent to notice its end does not."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def wait_until(condition, seconds=20):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.1)


def test_start_returns_when_both_servers_answer_and_status_tells_how_to_reach_them(command, home):
    started = command("start", "--scale", "0.001")
    assert started.returncode == 0, started.stderr

    facts = status(command)
    assert set(facts["sfmc"]) == {"base_url", "client_id", "client_secret", "account_id"}
    assert set(facts["aep"]) == {"base_url", "client_id", "client_secret", "org_id", "sandbox_name"}
    assert facts["home"] == str(home)
    for cloud in ("sfmc", "aep"):
        assert facts[cloud]["base_url"].startswith("http://127.0.0.1:")
        assert answers(facts[cloud]["base_url"])["cloud"] == cloud


def test_the_servers_outlive_the_command_and_stop_ends_them(command, home):
    command("start", "--scale", "0.001")
    pids = server_pids(home)
    assert all(lives(pid) for pid in pids)

    assert command("stop").stdout == "stopped\n"
    assert not any(lives(pid) for pid in pids)
    assert command("stop").stdout == "was not running\n"


def test_status_of_a_stopped_emulator_says_so_with_exit_code_3(command):
    command("start", "--scale", "0.001")
    command("stop")

    stopped = command("status", "--json")
    assert stopped.returncode == 3
    assert json.loads(stopped.stdout)["sfmc"]["base_url"] is None


def test_credentials_ports_and_rows_survive_a_restart(command):
    command("start", "--scale", "0.001")
    before = status(command)
    command("mutate")
    command("stop")
    command("start")

    assert status(command) == before
    assert json.loads(command("mutate", "--json").stdout)["day"] == 2


def test_starting_twice_changes_nothing(command, home):
    command("start", "--scale", "0.001")
    pids = server_pids(home)

    assert command("start").returncode == 0
    assert server_pids(home) == pids


def test_a_dead_server_is_started_again_beside_the_living_one(command, home):
    command("start", "--scale", "0.001")
    sfmc, aep = server_pids(home)
    os.kill(aep, signal.SIGKILL)
    wait_until(lambda: not lives(aep))

    assert command("start").returncode == 0
    assert server_pids(home)[0] == sfmc
    assert status(command)["running"] is True


def test_several_emulators_live_side_by_side(command, tmp_path):
    for name in ("one", "two"):
        assert command("start", "--scale", "0.001", home=tmp_path / name).returncode == 0
    one, two = (status(command, home=tmp_path / name) for name in ("one", "two"))

    assert len({one[cloud]["base_url"] for cloud in ("sfmc", "aep")} | {two["sfmc"]["base_url"]}) == 3
    assert one["sfmc"]["client_secret"] != two["sfmc"]["client_secret"]


def test_a_given_port_is_used(command):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]

    command("start", "--scale", "0.001", "--sfmc-port", str(port))
    assert status(command)["sfmc"]["base_url"] == f"http://127.0.0.1:{port}"


def test_a_taken_port_is_one_clear_line_and_leaves_nothing_running(command, home):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        failed = command("start", "--scale", "0.001", "--aep-port", str(port))

    assert failed.returncode == 1
    assert failed.stderr == f"emulator: port {port} for aep is not free (Address already in use)\n"
    assert not [process for process in psutil.process_iter() if str(home) in _command_line(process)]


def test_a_server_that_cannot_start_is_one_clear_line(command, home):
    command("start", "--scale", "0.001")
    command("stop")
    (home / "sfmc" / "store.duckdb").write_text("this is no database" * 1000)

    failed = command("start")
    assert failed.returncode == 1
    assert failed.stderr.startswith("emulator: the sfmc server did not start: ")
    assert len(failed.stderr.splitlines()) == 1


def test_a_server_stops_by_itself_when_nobody_asks(command, home):
    command("start", "--scale", "0.001", "--idle-timeout", "1")
    pids = server_pids(home)

    wait_until(lambda: not any(lives(pid) for pid in pids))
    assert command("status").returncode == 3


def test_a_server_stops_by_itself_when_its_home_is_deleted(command, home):
    command("start", "--scale", "0.001")
    pids = server_pids(home)

    shutil.rmtree(home)

    wait_until(lambda: not any(lives(pid) for pid in pids))


def test_another_tenant_needs_another_home(command, tmp_path):
    command("start", "--scale", "0.001", "--profile", "globex")
    assert status(command)["aep"]["org_id"].startswith("9F8E")

    refused = command("start", "--profile", "acme")
    assert refused.returncode == 2
    assert "holds the profile 'globex'" in refused.stderr
    unknown = command("start", "--profile", "initech", home=tmp_path / "other")
    assert (unknown.returncode, unknown.stdout) == (2, "")


def test_another_scale_is_refused_and_seed_takes_it(command):
    command("start", "--scale", "0.001")
    assert command("start", "--scale", "0.002").returncode == 2

    assert command("seed", "--scale", "0.002").returncode == 0
    assert status(command)["scale"] == 0.002
    assert json.loads(command("mutate", "--json").stdout)["day"] == 1


def test_the_env_file_gets_a_block_and_keeps_the_rest(command, tmp_path):
    file = tmp_path / ".env"
    file.write_text("BEFORE=1")
    command("start", "--scale", "0.001", "--env-file", str(file))
    file.write_text(file.read_text() + "AFTER=2\n")
    first = file.read_text()
    command("stop")
    command("start", "--env-file", str(file))

    facts = status(command)
    text = file.read_text()
    assert text == first
    assert text.startswith("BEFORE=1\n# >>> emulator")
    assert text.endswith("# <<< emulator <<<\nAFTER=2\n")
    assert f"EMULATOR_SFMC_BASE_URL={facts['sfmc']['base_url']}\n" in text
    assert f"EMULATOR_AEP_SANDBOX_NAME={facts['aep']['sandbox_name']}\n" in text
    assert file.stat().st_mode & 0o777 == 0o600


def test_env_prints_exports(command):
    assert command("env").returncode == 69
    command("start", "--scale", "0.001")

    lines = command("env").stdout.splitlines()
    assert len(lines) == 9
    assert all(line.startswith("export EMULATOR_") for line in lines)


@pytest.mark.parametrize(
    "words", [["mutate"], ["query", "SELECT 1"], ["reset"], ["seed"], ["faults", "clear"]]
)
def test_commands_that_need_a_running_emulator_say_so_with_exit_code_69(command, words):
    failed = command(*words)

    assert failed.returncode == 69
    assert "start one with `emulator start`" in failed.stderr
    assert len(failed.stderr.splitlines()) == 1


def test_what_a_home_holds_is_private(command, home):
    command("start", "--scale", "0.001")

    assert home.stat().st_mode & 0o777 == 0o700
    for path in home.rglob("*"):
        assert path.stat().st_mode & 0o077 == 0, path


def test_mutate_and_reset_by_command(command):
    command("start", "--scale", "0.001")
    assert command("mutate", "--deletes", "2").stdout.splitlines()[0] == "day 1"
    report = json.loads(command("mutate", "--json").stdout)
    assert report["day"] == 2
    assert set(report["data_extensions"]["contacts"]) == {"name", "inserted", "updated", "deleted"}

    assert command("reset").returncode == 0
    assert json.loads(command("mutate", "--json").stdout)["day"] == 1
