import re
from pathlib import Path

import pytest

from emulator.switch_table import SWITCHES, SwitchError, markdown_table
from emulator.switches import Switches, parse_assignments

TESTS = Path(__file__).parents[1]


def test_every_switch_says_what_it_means_and_where_its_default_comes_from():
    for switch in SWITCHES.values():
        assert switch.meaning
        assert switch.evidence
        assert switch.parse(switch.default) == switch.default


@pytest.mark.parametrize("switch", SWITCHES.values(), ids=lambda switch: switch.name)
def test_a_test_flips_every_switch(switch):
    cloud, _, name = switch.name.partition(".")
    text = "".join(path.read_text() for path in (TESTS / cloud).glob("*.py"))

    # The tests of the Experience Platform have a fixture that takes the short name.
    assert re.search(rf'"{switch.name}"|switch\([^)]*\b{name}=', text)


def test_words_of_the_command_line_become_typed_values():
    words = [
        "sfmc.rowset_page_cap=100",
        "sfmc.soap_null=no_value",
        "sfmc.request_id_once=true",
        "sfmc.async_seconds=0.5",
    ]

    assert parse_assignments(words) == {
        "sfmc.rowset_page_cap": 100,
        "sfmc.soap_null": "no_value",
        "sfmc.request_id_once": True,
        "sfmc.async_seconds": 0.5,
    }


@pytest.mark.parametrize(
    "word",
    [
        "sfmc.nope=1",
        "sfmc.soap_null",
        "sfmc.soap_null=maybe",
        "sfmc.rowset_page_cap=many",
        "sfmc.request_id_once=x",
    ],
)
def test_a_wrong_assignment_is_refused(word):
    with pytest.raises(SwitchError):
        parse_assignments([word])


def test_an_update_sets_all_or_nothing():
    switches = Switches()
    with pytest.raises(SwitchError):
        switches.update({"sfmc.rowset_page_cap": 5, "sfmc.soap_null": "maybe"})

    assert switches.integer("sfmc.rowset_page_cap") == 2500


def test_switches_of_the_start_come_back_on_reset(start_emulator):
    emulator = start_emulator(switches={"sfmc.rowset_page_cap": 10}, scale=0.001)
    emulator.set_switches({"sfmc.rowset_page_cap": 20, "sfmc.soap_null": "no_value"})
    assert emulator.home.directory("sfmc")

    emulator.reset_switches()
    emulator.stop()
    emulator.start()
    assert emulator.switches("sfmc")["sfmc.rowset_page_cap"] == 10
    assert emulator.switches("sfmc")["sfmc.soap_null"] == "empty_value"


def test_an_unknown_switch_at_start_is_one_line_and_exit_code_2(command):
    failed = command("start", "--switch", "sfmc.nope=1")

    assert failed.returncode == 2
    assert failed.stderr.startswith("emulator: there is no switch 'sfmc.nope'")


def test_the_readme_shows_the_table_as_it_is():
    readme = (TESTS.parent / "README.md").read_text()

    assert markdown_table() in readme, (
        "run: python -m emulator.switch_table, and put the table into README.md"
    )
