"""Sandbox management: which sandbox is this, and is it production?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

from target_aep.aep.errors import ApiError
from target_aep.errors import ConfigurationError

if TYPE_CHECKING:
    from target_aep.aep.gateway import Gateway

BASE = "/data/foundation/sandbox-management"


@dataclass(frozen=True)
class Sandbox:
    """A sandbox; ``type`` is ``production`` or ``development``, ``state`` is ``active`` when usable."""

    name: str
    title: str
    type: str
    state: str

    @property
    def is_production(self) -> bool:
        """Whether real customers' profiles live here."""
        return self.type == "production"


class Sandboxes:
    """Reads sandboxes."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    def get(self, name: str) -> Sandbox:
        """Return one sandbox.

        Raises:
            ConfigurationError: There is none of that name.
        """
        try:
            found = self._gateway.request_json(
                "GET", f"{BASE}/sandboxes/{quote(name, safe='')}", idempotent=True
            )
        except ApiError as error:
            if error.status in {400, 404}:
                what = f"there is no sandbox {name!r} in this organisation."
                raise ConfigurationError(
                    what, remedy="Set sandbox_name to a sandbox's name (not its title)."
                ) from None
            raise
        return Sandbox(
            name=str(found.get("name", name)),
            title=str(found.get("title", "")),
            type=str(found.get("type", "")),
            state=str(found.get("state", "")),
        )
