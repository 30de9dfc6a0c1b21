"""The command, run as a process of its own."""

import subprocess
import sys
from pathlib import Path

COMMAND = Path(sys.executable).with_name("target-aep")


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run ``target-aep`` in a folder, with nobody to answer it."""
    return subprocess.run(
        [COMMAND, *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        stdin=subprocess.DEVNULL,
    )
