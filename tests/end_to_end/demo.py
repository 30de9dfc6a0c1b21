"""`make demo`: load the emulator's Marketing Cloud into its Experience Platform twice, and ask the lake.

Everything it makes is under ``.demo``, which is emptied at the start: the emulator's home, the state,
the run reports. Real credentials, in the shell or in ``.env``, are not looked at.
"""

from __future__ import annotations

import argparse
import json
import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
QUESTIONS = Path(__file__).with_name("questions")
SCENARIOS = ("customers_per_lifecycle_stage", "clicked_an_offer", "visited_and_did_not_buy")
DEMO = ROOT / ".demo"
HOME = DEMO / "emulator"
ENV_FILE = DEMO / "env"
RUNS = DEMO / "runs"
COMMANDS = Path(sys.executable).parent

ENVIRONMENT = {
    **{
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("TAP_", "TARGET_", "EMULATOR_"))
    },
    "EMULATOR_HOME": str(HOME),
    "MELTANO_STATE_BACKEND_URI": f"file://{DEMO / 'state'}",
    "TARGET_AEP_RUN_PATH": str(RUNS),
    "TARGET_AEP_QUARANTINE_ROOT": str(DEMO / "quarantine"),
}


def main() -> int:
    options = _options()
    if HOME.exists():
        _quietly("emulator", "stop")
    shutil.rmtree(DEMO, ignore_errors=True)
    DEMO.mkdir()
    try:
        _title("A Marketing Cloud with three scenario data extensions, and an empty Experience Platform")
        _show("emulator", "start", "--env-file", ENV_FILE, "--scale", options.scale)

        _title("First run: everything")
        _load()
        _print_books()

        _title("A day passes in the Marketing Cloud")
        _show("emulator", "mutate")

        _title("Second run: only what changed")
        _load()
        _print_books()

        for scenario in SCENARIOS:
            path = QUESTIONS / f"{scenario}.sql"
            question, _, sql = path.read_text().partition("\n")
            _title(question.removeprefix("-- "))
            _show("emulator", "query", sql, shown=f'emulator query "$(cat {path.relative_to(ROOT)})"')
    finally:
        if options.keep:
            print("\nThe emulator is running. For its commands: export EMULATOR_HOME=.demo/emulator")
        elif HOME.exists():
            _quietly("emulator", "stop")
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make demo", description=__doc__)
    parser.add_argument("--scale", default="1", help="size of the source: 1 is 220,000 rows")
    parser.add_argument("--keep", action="store_true", help="leave the emulator running")
    return parser.parse_args()


def _load() -> None:
    _show("meltano", "--env-file", ENV_FILE, "--environment", "local", "run", "tap-sfmc", "target-aep")


def _print_books() -> None:
    """What the target's report of the latest run says, stream by stream."""
    newest = max(RUNS.glob("*/runs/*/report.json"), key=lambda path: path.stat().st_mtime)
    report = json.loads(newest.read_text())
    rows = [["stream", "read", "mapped", "rejected", "landed", "AEP batches"]]
    for item in sorted(report["items"], key=lambda item: item["id"]):
        counts = (f"{item['books'][name]:,}" for name in ("received", "mapped", "rejected", "landed"))
        batches = ", ".join(f"{batch['id']} {batch['status']}" for batch in item["batches"])
        rows.append([item["id"].partition("/")[2], *counts, batches or "none"])
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    print()
    for name, *counts, batches in rows:
        numbers = (count.rjust(width) for count, width in zip(counts, widths[1:-1], strict=True))
        print("  ".join([name.ljust(widths[0]), *numbers, batches]))


def _show(command: str, *arguments: Any, shown: str = "") -> None:
    """Print a command as a user would type it, and run it."""
    words = [str(argument) for argument in arguments]
    print(f"$ {shown or shlex.join([command, *words]).replace(f'{ROOT}/', '')}\n", flush=True)
    done = subprocess.run([COMMANDS / command, *words], cwd=ROOT, env=ENVIRONMENT, check=False)
    if done.returncode:
        sys.exit(f"{command} failed with exit code {done.returncode}.")


def _quietly(command: str, *arguments: str) -> None:
    subprocess.run(
        [COMMANDS / command, *arguments], cwd=ROOT, env=ENVIRONMENT, check=False, stdout=subprocess.DEVNULL
    )


def _title(text: str) -> None:
    print(f"\n== {text}\n", flush=True)


if __name__ == "__main__":
    sys.exit(main())
