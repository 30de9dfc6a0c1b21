"""``make demo``, as a user types it, on a small source."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.slow
def test_the_demo_shows_both_runs_and_the_three_answers(tmp_path: Path) -> None:
    clone = tmp_path / "clone"
    subprocess.run(["git", "clone", "--quiet", ROOT, clone], check=True)
    (clone / ".venv").symlink_to(ROOT / ".venv")
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("TAP_", "TARGET_", "EMULATOR_"))
    }
    for _ in range(2):
        done = subprocess.run(
            ["make", "demo", "SCALE=0.01"],
            cwd=clone,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
        books = re.findall(r"^(\w+) +([\d,]+) +([\d,]+) +0 +([\d,]+)  \w+ success", done.stdout, re.MULTILINE)
        assert [stream for stream, *_ in books] == ["campaign_engagement", "contacts", "web_activity"] * 2
        assert all(read == mapped == landed for _, read, mapped, landed in books)
        for words in ("loyal", "Who clicked an offer?", "did not buy"):
            assert words in done.stdout
    status = subprocess.run(
        [ROOT / ".venv/bin/emulator", "status", "--home", clone / ".demo/emulator"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert status.returncode != 0
