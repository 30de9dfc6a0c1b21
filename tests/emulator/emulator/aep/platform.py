"""What every handler needs: the tenant, the stored documents, the lake, and who is calling."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from emulator.aep.schedule import Schedule
from emulator.aep.store import Store

if TYPE_CHECKING:
    from pathlib import Path

    from starlette.requests import Request

    from emulator.home import AepCredentials, Home
    from emulator.switches import Switches


@dataclass
class Platform:
    """One running local Experience Platform."""

    home: Home
    store: Store
    directory: Path
    schedule: Schedule = field(default_factory=Schedule)
    fates: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Faults with the status that a rule has in store for a batch, by its id."""

    @classmethod
    def open(cls, home: Home) -> Platform:
        """Open what the home holds from earlier starts."""
        directory = home.directory("aep")
        return cls(home=home, store=Store(directory / "platform.sqlite"), directory=directory)

    @property
    def credentials(self) -> AepCredentials:
        """Return the one credential that the platform knows."""
        return self.home.aep

    @property
    def switches(self) -> Switches:
        """Return the undocumented behaviours in force."""
        return self.home.switches

    @property
    def tenant_namespace(self) -> str:
        """Return the object under which all custom fields of the organisation live, e.g. `_acme`."""
        return f"_{self.credentials.tenant_id}"

    @property
    def lake(self) -> Path:
        """Return the directory of promoted batches."""
        return self.directory / "lake"

    @property
    def stage(self) -> Path:
        """Return the directory of uploaded files."""
        return self.directory / "stage"

    @property
    def diagnostics(self) -> Path:
        """Return the directory of row errors."""
        return self.directory / "diagnostics"

    def reset(self) -> None:
        """Forget tokens, schemas, datasets, batches and rows."""
        self.schedule.drop_all()
        self.fates.clear()
        self.store.clear()
        for directory in (self.lake, self.stage, self.diagnostics):
            shutil.rmtree(directory, ignore_errors=True)


@dataclass(frozen=True)
class Caller:
    """Who calls, and in which sandbox."""

    platform: Platform
    sandbox: str
    sandbox_id: str
    sandbox_type: str
    client_id: str
    base_url: str

    @property
    def org_id(self) -> str:
        """Return the organisation."""
        return self.platform.credentials.org_id

    @property
    def user_id(self) -> str:
        """Return the technical account behind the credential."""
        return f"{self.client_id[:24].upper()}@techacct.adobe.com"


def platform_of(request: Request) -> Platform:
    """Return the platform that serves this request."""
    return cast("Platform", request.app.state.platform)


def caller_of(request: Request) -> Caller:
    """Return the caller, as the gateway established it."""
    return cast("Caller", request.scope["emulator.caller"])


def fault_of(request: Request) -> dict[str, Any]:
    """Return the fault that a rule asks this platform to carry out, if any."""
    return dict(request.scope.get("emulator.fault") or {})
