"""The directory of one emulator: who it is, and what it keeps between starts.

::

    HOME/home.json            profile, credentials, scale (0600)
    HOME/{sfmc,aep}/          what each cloud stores, private to it
    HOME/tls/                 certificate of the TLS ports, once they were asked for
    HOME/{sfmc,aep}/server.json, server.log, requests.jsonl
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import secrets
import string
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from emulator.profiles import PROFILES, Profile
from emulator.switches import Switches

if TYPE_CHECKING:
    from collections.abc import Iterator

Cloud: TypeAlias = Literal["sfmc", "aep"]
CLOUDS: tuple[Cloud, ...] = ("sfmc", "aep")


class EmulatorError(Exception):
    """A failure with one sentence for the user, and the exit code that says its kind."""

    def __init__(self, message: str, exit_code: int = 1) -> None:
        super().__init__(message)
        self.exit_code = exit_code


@dataclass(frozen=True)
class SfmcCredentials:
    """An installed package with a server-to-server component."""

    client_id: str
    client_secret: str
    account_id: int


@dataclass(frozen=True)
class AepCredentials:
    """An OAuth server-to-server credential of an Adobe Developer Console project."""

    client_id: str
    client_secret: str
    org_id: str
    sandbox_name: str
    tenant_id: str


@dataclass(frozen=True)
class ServerRecord:
    """A started server process, as its ``server.json`` has it."""

    pid: int
    created: float
    port: int
    tls_port: int | None = None

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def tls_url(self) -> str | None:
        return f"https://localhost:{self.tls_port}" if self.tls_port else None


@dataclass(frozen=True)
class Home:
    """One emulator's directory. ``switches`` is live: the admin route changes this very object."""

    path: Path
    profile: Profile
    scale: float
    sfmc: SfmcCredentials
    aep: AepCredentials
    start_switches: dict[str, Any] = field(default_factory=dict)
    switches: Switches = field(default_factory=Switches, compare=False, repr=False)

    def directory(self, cloud: Cloud) -> Path:
        """The cloud's own directory, made when missing."""
        directory = self.path / cloud
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        return directory

    def record(self, cloud: Cloud) -> ServerRecord | None:
        """The server process last started for a cloud; it may have ended since."""
        try:
            return ServerRecord(**json.loads((self.path / cloud / "server.json").read_text()))
        except FileNotFoundError:
            return None

    def base_url(self, cloud: Cloud) -> str | None:
        """Where a cloud was last served, without a trailing slash."""
        record = self.record(cloud)
        return record.base_url if record else None

    def with_settings(self, *, scale: float, start_switches: dict[str, Any]) -> Home:
        """The same home with another scale and other switches, stored."""
        home = Home(
            self.path,
            self.profile,
            scale,
            self.sfmc,
            self.aep,
            start_switches=start_switches,
            switches=Switches(start_switches),
        )
        home.save()
        return home

    def save(self) -> None:
        document = {
            "profile": self.profile.name,
            "scale": self.scale,
            "sfmc": asdict(self.sfmc),
            "aep": asdict(self.aep),
            "start_switches": self.start_switches,
        }
        write_private(self.path / "home.json", json.dumps(document, indent=1))

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """One command at a time may start or stop the servers of a home."""
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = os.open(self.path / "lock", os.O_WRONLY | os.O_CREAT, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)


def default_path() -> Path:
    """``$EMULATOR_HOME``, or ``.emulator`` in the working directory."""
    return Path(os.environ.get("EMULATOR_HOME") or ".emulator").absolute()


def load(path: Path) -> Home | None:
    """The home at ``path``, or None when there is none yet."""
    try:
        document = json.loads((path / "home.json").read_text())
    except (FileNotFoundError, NotADirectoryError):
        return None
    return Home(
        path=path,
        profile=PROFILES[document["profile"]],
        scale=document["scale"],
        sfmc=SfmcCredentials(**document["sfmc"]),
        aep=AepCredentials(**document["aep"]),
        start_switches=document["start_switches"],
        switches=Switches(document["start_switches"]),
    )


def create(path: Path, *, profile_name: str, scale: float, start_switches: dict[str, Any]) -> Home:
    """Make a home with credentials of its own.

    Raises:
        EmulatorError: for a profile that is not in the table.
    """
    profile = PROFILES.get(profile_name)
    if profile is None:
        message = f"there is no profile {profile_name!r}; known: {', '.join(PROFILES)}"
        raise EmulatorError(message, 2)
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    home = Home(
        path=path,
        profile=profile,
        scale=scale,
        sfmc=SfmcCredentials(_token(24), _token(24), profile.main.mid),
        aep=AepCredentials(
            secrets.token_hex(16),
            f"p8e-{_token(32)}",
            profile.org_id,
            profile.sandbox_name,
            profile.tenant_id,
        ),
        start_switches=start_switches,
        switches=Switches(start_switches),
    )
    home.save()
    return home


def write_private(path: Path, text: str) -> None:
    """Write a file as a whole, readable by its owner only."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
    temporary.replace(path)


def _token(length: int) -> str:
    return "".join(secrets.choice(string.ascii_lowercase + string.digits) for _ in range(length))
