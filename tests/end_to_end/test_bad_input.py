"""What can be wrong is said in one line, with the exit code for its kind, and nothing is written."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from emulator.testing import RunningEmulator
from tests.end_to_end.bare import settings_of, write_settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.end_to_end.pipeline import Pipeline


@dataclass(frozen=True)
class Mistake:
    """One thing that is wrong.

    Attributes:
        culprit: The command that has to say so.
        exit_code: Its exit code.
        says: Words of the line that it ends with.
        tap: Settings of the tap that differ.
        target: Settings of the target that differ.
        faults: What the emulator is told to answer.
    """

    culprit: str
    exit_code: int
    says: tuple[str, ...]
    tap: dict[str, Any] = field(default_factory=dict)
    target: dict[str, Any] = field(default_factory=dict)
    faults: list[dict[str, Any]] = field(default_factory=list)


NO_SCOPE = {
    "cloud": "sfmc",
    "method": "GET",
    "path": "/data/v1/customobjectdata/.*",
    "every": 1,
    "when": "before",
    "fault": {"status": 403, "body": {"message": "Insufficient privileges to complete this action."}},
}
NO_PERMISSION = {
    "cloud": "aep",
    "method": "POST",
    "path": "/data/foundation/import/batches",
    "every": 1,
    "when": "before",
    "fault": {"status": 403, "body": {"error_code": "403025", "message": "Profile is not valid"}},
}
MISTAKES = {
    "wrong Marketing Cloud secret": Mistake(
        "tap-sfmc", 77, ("client_secret",), tap={"client_secret": "not-the-secret"}
    ),
    "wrong Adobe secret": Mistake(
        "target-aep", 77, ("client_secret",), target={"client_secret": "not-the-secret"}
    ),
    "the package lacks Data Extensions: Read": Mistake(
        "tap-sfmc", 77, ("Data Extensions", "Read"), faults=[NO_SCOPE]
    ),
    "the credential lacks a permission": Mistake(
        "target-aep", 77, ("403025", "product profile"), faults=[NO_PERMISSION]
    ),
    "a data extension that does not exist": Mistake(
        "tap-sfmc", 2, ("No such thing",), tap={"include": ["No such thing"]}
    ),
    "a mapping to a field that the schema lacks": Mistake(
        "target-aep",
        2,
        ("person.name.shoeSize",),
        target={
            "streams": {
                "*": {
                    "class": "profile",
                    "mapping": {
                        "mappings": [
                            {
                                "sourceType": "ATTRIBUTE",
                                "source": "FirstName",
                                "destination": "person.name.shoeSize",
                            }
                        ]
                    },
                }
            }
        },
        tap={"include": ["contacts"]},
    ),
}


@pytest.fixture(scope="module")
def pipeline(
    new_pipeline: Callable[[RunningEmulator], Pipeline], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Pipeline]:
    with RunningEmulator(tmp_path_factory.mktemp("bad-input") / "emulator", scale=0.001) as emulator:
        yield new_pipeline(emulator)


@pytest.fixture(params=MISTAKES)
def mistake(request: pytest.FixtureRequest, pipeline: Pipeline) -> Iterator[Mistake]:
    mistake = MISTAKES[request.param]
    pipeline.emulator.faults(mistake.faults)
    yield mistake
    pipeline.emulator.clear_faults()


def assert_clear(output: str, pipeline: Pipeline) -> None:
    """No traceback, and none of the secrets."""
    assert "Traceback" not in output
    for name, value in pipeline.emulator.environment.items():
        assert "SECRET" not in name or value not in output
    assert "not-the-secret" not in output


def test_the_command_says_what_is_wrong_and_exits_with_its_code(
    mistake: Mistake, pipeline: Pipeline, tmp_path: Path
) -> None:
    write_settings(pipeline, tmp_path, tap=mistake.tap, target=mistake.target)
    tap = "tap-sfmc --config tap.json 2> tap-sfmc.log"
    target = "target-aep --config target.json 2> target-aep.log > states.jsonl"
    done = pipeline.shell(f"{tap} | {target}; echo ${{PIPESTATUS[@]}}", tmp_path)
    codes = dict(zip(("tap-sfmc", "target-aep"), map(int, done.stdout.split()), strict=True))
    log = (tmp_path / f"{mistake.culprit}.log").read_text()
    assert codes[mistake.culprit] == mistake.exit_code, log
    lines = [line for line in log.splitlines() if all(words in line for words in mistake.says)]
    assert lines, log
    assert_clear(log, pipeline)
    assert (tmp_path / "states.jsonl").read_text() == ""


# One for each way in which Meltano ends: in discovery, by the tap, by the target.
QUICK = {
    "a data extension that does not exist",
    "the package lacks Data Extensions: Read",
    "wrong Adobe secret",
}


@pytest.mark.parametrize(
    "mistake",
    [pytest.param(name, marks=() if name in QUICK else pytest.mark.slow) for name in MISTAKES],
    indirect=True,
)
def test_a_run_shows_it_and_writes_no_state(mistake: Mistake, pipeline: Pipeline) -> None:
    variables = {
        f"{prefix}_{name}".upper(): value if isinstance(value, str) else json.dumps(value)
        for prefix, settings in (("tap_sfmc", mistake.tap), ("target_aep", mistake.target))
        for name, value in settings.items()
    }
    done = pipeline.run(check=False, **variables)
    output = done.stdout + done.stderr
    assert done.returncode == 1
    assert any(all(words in line for words in mistake.says) for line in output.splitlines()), output
    assert_clear(output, pipeline)
    assert pipeline.state() is None


def test_an_emulator_that_is_not_running_is_a_remote_that_is_down(
    new_pipeline: Callable[[RunningEmulator], Pipeline], tmp_path: Path
) -> None:
    emulator = RunningEmulator(tmp_path / "emulator", scale=0.001)
    with emulator:
        pipeline = new_pipeline(emulator)
        settings = settings_of(pipeline, "extractors", "tap-sfmc") | {"max_retries": 0}
        (tmp_path / "tap.json").write_text(json.dumps(settings))
    done = pipeline.command("tap-sfmc", "--config", str(tmp_path / "tap.json"), "--discover", check=False)
    assert done.returncode == 69
    assert settings["base_endpoint"].removeprefix("http://") in done.stderr
    assert_clear(done.stderr, pipeline)


def test_settings_without_an_emulator_name_what_is_missing(pipeline: Pipeline) -> None:
    done = pipeline.run(check=False, EMULATOR_SFMC_BASE_URL="")
    output = done.stdout + done.stderr
    assert done.returncode == 1
    assert "base_endpoint" in output
    assert_clear(output, pipeline)
