"""From settings to clients of the right sandbox."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from target_aep.aep import Clients, Gateway, Sandbox
from target_aep.aep.retry import Backoff
from target_aep.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable

    from target_aep.settings import Settings


def connect(settings: Settings, wait: Callable[[float], object] = time.sleep) -> Clients:
    """Make the API clients. Nothing is sent yet; close ``clients.gateway`` afterwards.

    Args:
        settings: The configuration.
        wait: Sleeps between attempts; an event's ``wait`` ends early when the run is to end.

    Raises:
        ConfigurationError: A URL is not one that credentials may be sent to.
    """
    gateway = Gateway(
        ims_url=settings.ims_url,
        platform_url=settings.platform_url,
        client_id=settings.client_id,
        client_secret=settings.client_secret,
        org_id=settings.org_id,
        sandbox_name=settings.sandbox_name,
        scopes=settings.scopes,
        allowed_hosts=settings.allowed_hosts,
        proxy=settings.proxy,
        ca_bundle=settings.ca_bundle,
        read_seconds=settings.request_seconds,
        backoff=Backoff(attempts=settings.request_attempts, wait=wait),
    )
    return Clients.over(gateway)


def require_sandbox(clients: Clients, settings: Settings) -> Sandbox:
    """Return the sandbox of the settings if it may be written to.

    Raises:
        ConfigurationError: It does not exist, is not active, or is a production sandbox that is not allowed.
    """
    sandbox = clients.sandboxes.get(settings.sandbox_name)
    if sandbox.state not in {"", "active"}:
        what = f"sandbox {sandbox.name!r} is {sandbox.state}, not active."
        raise ConfigurationError(what, remedy="Wait until it is active, or choose another sandbox_name.")
    if sandbox.is_production and not settings.allow_production:
        what = f"sandbox {sandbox.name!r} is a production sandbox."
        raise ConfigurationError(what, remedy="Set allow_production: true if that is what you want.")
    return sandbox
