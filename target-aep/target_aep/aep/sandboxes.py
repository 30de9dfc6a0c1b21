"""Sandbox management: which sandbox is this, and is it production?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from target_aep.errors import ConfigurationError, PermissionDeniedError

if TYPE_CHECKING:
    from target_aep.aep.gateway import Gateway

BASE = "/data/foundation/sandbox-management"
PAGE_SIZE = 100


@dataclass(frozen=True)
class Sandbox:
    """A sandbox; ``type`` is ``production`` or ``development``, ``state`` is ``active`` when usable."""

    name: str
    title: str
    type: str
    state: str

    @property
    def is_production(self) -> bool:
        """Whether real customers may live here: in any sandbox that is not said to be for development."""
        return self.type != "development"


class Sandboxes:
    """Reads sandboxes."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    def available(self) -> list[Sandbox]:
        """Return the sandboxes that the credential may use.

        Everybody may ask this; looking a sandbox up by name takes the rights of a sandbox administrator.
        """
        found: dict[str, Sandbox] = {}
        while True:
            answer = self._gateway.request_json(
                "GET",
                f"{BASE}/",
                params={"limit": PAGE_SIZE, "offset": len(found)},
                in_sandbox=False,
                idempotent=True,
            )
            listed = answer.get("sandboxes") if isinstance(answer, dict) else None
            page = {str(each.get("name")): _sandbox(each) for each in listed or [] if isinstance(each, dict)}
            is_last = len(page) < PAGE_SIZE or page.keys() <= found.keys()
            found |= page
            if is_last:
                return list(found.values())

    def get(self, name: str) -> Sandbox:
        """Return one sandbox.

        Raises:
            PermissionDeniedError: The credential may use no sandbox at all.
            ConfigurationError: It may use none of that name.
        """
        available = self.available()
        found = next((each for each in available if each.name == name), None)
        if found is not None:
            return found
        if not available:
            what = "the credential may use no sandbox at all."
            remedy = f"Ask an administrator to add the credential to a role that has sandbox {name!r}."
            raise PermissionDeniedError(what, remedy=remedy)
        what = f"there is no sandbox {name!r} that the credential may use, only {_listed(available)}."
        titled = next((each.name for each in available if each.title.lower() == name.lower()), None)
        remedy = (
            f"Set sandbox_name to {titled!r}: that one is titled {name!r}."
            if titled
            else "Correct sandbox_name, or ask an administrator to add that sandbox to the credential's role."
        )
        raise ConfigurationError(what, remedy=remedy)


def _sandbox(document: dict[str, Any]) -> Sandbox:
    return Sandbox(*(str(document.get(key) or "") for key in ("name", "title", "type", "state")))


def _listed(sandboxes: list[Sandbox]) -> str:
    return ", ".join(sorted(each.name for each in sandboxes))
