"""The ``emulator`` command as a user runs it."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def command(home: Path, tmp_path: Path) -> Iterator[Callable[..., subprocess.CompletedProcess[str]]]:
    """Runs ``emulator`` with a home of the test's own; stops what it started."""

    def run(*words: str, home: Path = home, **arguments: object) -> subprocess.CompletedProcess[str]:
        homes.add(home)
        return subprocess.run(
            [sys.executable, "-m", "emulator.cli", *words, "--home", str(home)],
            capture_output=True,
            text=True,
            cwd=tmp_path,
            timeout=120,
            check=False,
            **arguments,
        )

    homes: set[Path] = set()
    yield run
    for each in homes:
        run("stop", home=each)
