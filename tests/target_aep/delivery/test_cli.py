"""The command line: help, version, configuration."""

from __future__ import annotations

import json
import re

import pytest

from target_aep import cli


@pytest.fixture
def run(capfd):
    """Runs the command and returns exit code, standard output and standard error."""

    def run_it(*arguments):
        code = cli.run(list(arguments))
        return code, *capfd.readouterr()

    return run_it


def test_help_lists_the_commands_and_the_exit_codes(run):
    code, out, _ = run("--help")
    assert code == 0
    assert all(command in out for command in cli.COMMANDS)
    codes = [int(code) for code in re.findall(r"^ +(\d+) ", out, re.MULTILINE)]
    assert codes == [0, 1, 2, 69, 75, 77]


def test_about_documents_every_setting(run):
    code, out, _ = run("--about", "--format=json")
    settings = json.loads(out)["settings"]["properties"]
    assert code == 0
    assert {"client_id", "pipeline_id", "on_rewind", "streams", "stream_maps"} <= set(settings)
    assert all(setting.get("description") for setting in settings.values())


@pytest.mark.parametrize("command", cli.COMMANDS)
def test_each_command_has_help(run, command):
    code, out, _ = run(command, "--help")
    assert code == 0
    assert "Usage" in out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--nonsense"], "--nonsense"),
        (["--config", "absent.json"], "absent.json"),
        (["--config", __file__], "cannot be read"),
        (["quarantine", "--nonsense"], "--nonsense"),
    ],
)
def test_mistakes_are_told_in_a_line(run, arguments, words):
    code, _, err = run(*arguments)
    last = json.loads(err.strip().splitlines()[-1])
    assert (code, last["exit_code"]) == (2, 2)
    assert words in last["cause"]
    assert "Traceback" not in err
