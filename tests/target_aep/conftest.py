"""Settings and clients of the target against the local emulator."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from target_aep import settings as target_settings
from target_aep.aep import Clients, Gateway
from target_aep.aep.retry import Backoff

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from emulator.testing import RunningEmulator

QUICK = Backoff(attempts=4, first_seconds=0.01, longest_seconds=0.05)
"""Waits of tests: the order of things is the real one, the length is not."""


@pytest.fixture
def lake(emulator: RunningEmulator) -> Iterator[RunningEmulator]:
    """The session's emulator, with nothing in the lake and no faults."""
    emulator.reset()
    yield emulator
    emulator.clear_faults()


@pytest.fixture
def make_settings(emulator: RunningEmulator) -> Callable[..., target_settings.Settings]:
    """Makes settings of the target for the emulator; takes further settings."""

    def make(**further: Any) -> target_settings.Settings:
        aep = emulator.aep
        config = {
            "client_id": aep["client_id"],
            "client_secret": aep["client_secret"],
            "org_id": aep["org_id"],
            "sandbox_name": aep["sandbox_name"],
            "ims_url": aep["base_url"],
            "platform_url": aep["base_url"],
            "mapping_path": "target-aep/mappings",
            **further,
        }
        return target_settings.parse(config)

    return make


@pytest.fixture
def make_gateway(make_settings: Callable[..., target_settings.Settings]) -> Iterator[Callable[..., Gateway]]:
    """Makes gateways to the emulator, or elsewhere; takes arguments of Gateway."""
    made: list[Gateway] = []

    def make(**arguments: Any) -> Gateway:
        settings = make_settings()
        gateway = Gateway(
            **{
                "ims_url": settings.ims_url,
                "platform_url": settings.platform_url,
                "client_id": settings.client_id,
                "client_secret": settings.client_secret,
                "org_id": settings.org_id,
                "sandbox_name": settings.sandbox_name,
                "backoff": QUICK,
                **arguments,
            }
        )
        made.append(gateway)
        return gateway

    yield make
    for gateway in made:
        gateway.close()


@pytest.fixture
def clients(lake: RunningEmulator, make_gateway: Callable[..., Gateway]) -> Clients:
    """Clients of an empty emulator."""
    return Clients.over(make_gateway())
