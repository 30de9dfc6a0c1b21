"""Run programs and measure them as whole processes: wall, CPU, peak memory.

CPU is what the kernel accounts to a process and all its waited-for children (``wait4``). Peak
memory is the highest resident set of a process, ``wait4``'s for one that was started here, and for
descendants (Meltano's plugins) what ``/proc`` says last before they end.

On Linux a child's ``ru_maxrss`` begins with its parent's, so the measuring process imports nothing
large; :func:`run` says so if that was forgotten.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import threading
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING, Literal

import psutil

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_SAMPLE_S = 0.1
_LONGEST_S = 3600.0
_MEMORY_UNIT = 1 if sys.platform == "darwin" else 1024
_OWN_LIMIT_BYTES = 80 * 2**20


@dataclass(frozen=True)
class Command:
    """A program to run.

    Attributes:
        name: What the report calls it.
        argv: Its command line.
        environment: Variables on top of this process's.
        folder: Where it runs.
        stdin: File that it reads; nothing by default.
    """

    name: str
    argv: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)
    folder: Path | None = None
    stdin: Path | None = None


@dataclass(frozen=True)
class Usage:
    """What a run took.

    Attributes:
        wall_s: From the first start to the last end.
        cpu_s: User and system time of all processes and their children.
        peak_bytes: Highest resident set by process name.
        cpu_by_process: CPU seconds by command name.
    """

    wall_s: float
    cpu_s: float
    peak_bytes: Mapping[str, int]
    cpu_by_process: Mapping[str, float]

    @property
    def highest_peak(self) -> int:
        """The highest resident set of any one process."""
        return max(self.peak_bytes.values())


class RunFailedError(Exception):
    """A measured program failed; its last words are in the message."""


def run(
    pipeline: Sequence[Command],
    *,
    logs: Path,
    output: Path | None = None,
    descendants: Mapping[str, str] | None = None,
) -> Usage:
    """Run commands joined by pipes, to their end.

    Args:
        pipeline: One or several commands.
        logs: Folder for what they write to standard error.
        output: File for the last command's standard output; thrown away by default.
        descendants: Words in the command lines of child processes, by the name to report them under.

    Raises:
        RunFailedError: One exited with another code than 0.
    """
    own_peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _MEMORY_UNIT
    if own_peak > _OWN_LIMIT_BYTES:
        print(
            f"The measuring process has grown to {own_peak >> 20} MB: peaks below are not seen.",
            file=sys.stderr,
        )
    logs.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        started = time.perf_counter()
        processes = _start(pipeline, stack, logs, output)
        sampler = _Sampler([process.pid for process in processes], descendants or {})
        watchdog = threading.Timer(_LONGEST_S, _kill, [processes])
        watchdog.start()
        with sampler:
            usages = [_wait(process) for process in processes]
        watchdog.cancel()
        wall_s = time.perf_counter() - started
    failed = [pair for pair in zip(pipeline, processes, strict=True) if pair[1].returncode]
    if failed:
        # Of a broken pipe the reader's end is the cause, so its words come last.
        raise RunFailedError(
            "\n".join(_last_words(command, process.returncode, logs) for command, process in failed)
        )
    cpu = {c.name: u.ru_utime + u.ru_stime for c, u in zip(pipeline, usages, strict=True)}
    # With descendants, wait4 gives the highest of the whole tree; the sampler tells them apart.
    peaks = {c.name: u.ru_maxrss * _MEMORY_UNIT for c, u in zip(pipeline, usages, strict=True)}
    return Usage(wall_s, sum(cpu.values()), sampler.peaks or peaks, sampler.cpu or cpu)


def _start(
    pipeline: Sequence[Command], stack: ExitStack, logs: Path, output: Path | None
) -> list[subprocess.Popen[bytes]]:
    processes: list[subprocess.Popen[bytes]] = []

    def opened(path: Path | str, mode: Literal["rb", "wb"]) -> IO[bytes]:
        return stack.enter_context(Path(path).open(mode))

    for position, command in enumerate(pipeline):
        last = position == len(pipeline) - 1
        process = subprocess.Popen(
            command.argv,
            stdin=processes[-1].stdout if processes else opened(command.stdin or os.devnull, "rb"),
            stdout=opened(output or os.devnull, "wb") if last else subprocess.PIPE,
            stderr=opened(logs / f"{command.name}.log", "wb"),
            env={**_environment(), **command.environment},
            cwd=command.folder,
        )
        if processes and processes[-1].stdout:
            processes[-1].stdout.close()
        processes.append(process)
    return processes


def _environment() -> dict[str, str]:
    # Modules start from the bytecode that the uncounted first run kept, as they do for users.
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def _kill(processes: Sequence[subprocess.Popen[bytes]]) -> None:
    for process in processes:
        process.kill()


def _wait(process: subprocess.Popen[bytes]) -> resource.struct_rusage:
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return usage


def _last_words(command: Command, code: int, logs: Path) -> str:
    text = (logs / f"{command.name}.log").read_text(errors="replace")
    return f"{command.name} exited with {code}:\n{text[-3000:]}"


class _Sampler:
    """Follows memory and CPU of the descendants that are of interest."""

    def __init__(self, pids: Sequence[int], words: Mapping[str, str]) -> None:
        self.peaks: dict[str, int] = {}
        self.cpu: dict[str, float] = {}
        self._pids = pids
        self._words = words
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._follow, daemon=True)

    def __enter__(self) -> None:
        if self._words:
            self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        if self._words:
            self._thread.join()

    def _follow(self) -> None:
        while not self._stop.wait(_SAMPLE_S):
            for pid in self._pids:
                try:
                    family = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
                except psutil.Error:
                    continue
                for process in family:
                    self._note(process)

    def _note(self, process: psutil.Process) -> None:
        try:
            line = " ".join(process.cmdline())
            peak, times = _high_water(process), process.cpu_times()
        except (psutil.Error, OSError):
            return
        name = next((name for name, word in self._words.items() if word in line), None)
        if name:
            self.peaks[name] = max(self.peaks.get(name, 0), peak)
            self.cpu[name] = max(self.cpu.get(name, 0.0), times.user + times.system)


def _high_water(process: psutil.Process) -> int:
    try:
        status = Path(f"/proc/{process.pid}/status").read_text()
    except OSError:
        return int(process.memory_info().rss)
    line = next((line for line in status.splitlines() if line.startswith("VmHWM")), "VmHWM: 0 kB")
    return int(line.split()[1]) * 1024
