"""The command ``target-aep`` as a process that can really be killed.

A fork server that has imported everything makes each process start in some milliseconds.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import resource
import signal
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

_SERVER = multiprocessing.get_context("forkserver")
_SERVER.set_forkserver_preload(["target_aep.cli"])
TIMEOUT_SECONDS = 120

Message = dict[str, Any]


def _run_target(arguments: list[str], stdin: str, stdout: str, stderr: str, file_limit: int | None) -> None:
    for number, (path, flags) in enumerate(
        [
            (stdin, os.O_RDONLY),
            (stdout, os.O_WRONLY | os.O_CREAT | os.O_TRUNC),
            (stderr, os.O_WRONLY | os.O_CREAT | os.O_TRUNC),
        ]
    ):
        file = os.open(path, flags, 0o600)
        os.dup2(file, number)
        os.close(file)
    sys.stdin = open(0, closefd=False)  # noqa: SIM115 - as a fresh process has it
    sys.stdout = open(1, "w", closefd=False)  # noqa: SIM115
    sys.stderr = open(2, "w", closefd=False)  # noqa: SIM115
    if file_limit is not None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (file_limit, file_limit))
    from target_aep import cli  # noqa: PLC0415 - preloaded by the fork server

    cli.main(arguments)


@dataclass
class TargetProcess:
    """Runs of one target, one after the other.

    Attributes:
        folder: For its input and output.
        config: Its configuration; change it between runs.
        states: What it has written to standard output in all runs.
        stderr: What the last run wrote to standard error.
    """

    folder: Path
    config: dict[str, Any]
    states: list[dict[str, Any]] = field(default_factory=list)
    stderr: str = ""

    def start(
        self,
        messages: Iterable[Message | str],
        *,
        pipe: str | None = None,
        file_limit: int | None = None,
    ) -> Any:
        """Start it; its input is these messages, or comes from a named pipe. Limit the size of its files."""
        source = pipe or str(self.folder / "input.singer")
        (self.folder / "config.json").write_text(json.dumps(self.config))
        if pipe is None:
            Path(source).write_text("".join(f"{_line(message)}\n" for message in messages))
        arguments = ["--config", str(self.folder / "config.json")]
        process = _SERVER.Process(
            target=_run_target,
            args=(arguments, source, self._output, self._errors, file_limit),
        )
        process.start()
        return process

    def end(self, process: Any) -> int:
        """Wait until it has ended and take what it wrote; the exit code."""
        process.join(TIMEOUT_SECONDS)
        assert process.exitcode is not None, "the target hangs"
        self.stderr = Path(self._errors).read_text()
        lines = Path(self._output).read_text().splitlines()
        # Of a killed process the last line may be half a line, which Meltano would not take either.
        self.states += [state for line in lines if (state := _parsed(line)) is not None]
        code = process.exitcode
        process.close()
        return int(code)

    def run(self, messages: Iterable[Message | str]) -> int:
        """Run it to its end; the exit code."""
        return self.end(self.start(messages))

    @property
    def state(self) -> dict[str, Any] | None:
        """The last state of all runs: what Meltano would hand to the tap."""
        return self.states[-1] if self.states else None

    @property
    def last_line(self) -> dict[str, Any]:
        """The JSON object that ends standard error."""
        return dict(json.loads(self.stderr.strip().splitlines()[-1]))

    @property
    def report(self) -> dict[str, Any]:
        """The last run's report."""
        return dict(json.loads(Path(self.last_line["report"]).read_text()))

    def item(self, stream: str) -> dict[str, Any]:
        """A stream in the last run's report."""
        return next(item for item in self.report["items"] if item["id"].endswith(f"/{stream}"))

    @property
    def _output(self) -> str:
        return str(self.folder / "stdout")

    @property
    def _errors(self) -> str:
        return str(self.folder / "stderr")


def _line(message: Message | str) -> str:
    return message if isinstance(message, str) else json.dumps(message)


def _parsed(line: str) -> dict[str, Any] | None:
    try:
        value = json.loads(line)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None
