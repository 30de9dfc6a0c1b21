"""How to reach a running emulator, as a JSON object or as environment variables."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

from emulator.certificate import authority_file
from emulator.home import CLOUDS, Home, ServerRecord, write_private
from emulator.process import running

if TYPE_CHECKING:
    from pathlib import Path

BLOCK_START = "# >>> emulator (written by `emulator start`) >>>"
BLOCK_END = "# <<< emulator <<<"


def status(home: Home) -> dict[str, Any]:
    """Base URLs (null where a server does not run) and credentials of both clouds; TLS where it is served."""
    records = {cloud: running(home, cloud) for cloud in CLOUDS}
    urls = {cloud: record.base_url if record else None for cloud, record in records.items()}
    return {
        "sfmc": {
            "base_url": urls["sfmc"],
            "client_id": home.sfmc.client_id,
            "client_secret": home.sfmc.client_secret,
            "account_id": str(home.sfmc.account_id),
            **_tls(home, records["sfmc"]),
        },
        "aep": {
            "base_url": urls["aep"],
            "client_id": home.aep.client_id,
            "client_secret": home.aep.client_secret,
            "org_id": home.aep.org_id,
            "sandbox_name": home.aep.sandbox_name,
            **_tls(home, records["aep"]),
        },
        "home": str(home.path),
        "profile": home.profile.name,
        "scale": home.scale,
        "running": None not in urls.values(),
    }


def _tls(home: Home, record: ServerRecord | None) -> dict[str, str]:
    """The TLS address and the file to verify it with, where the server was started with TLS."""
    if record is None or record.tls_url is None:
        return {}
    return {"tls_url": record.tls_url, "ca_file": str(authority_file(home.path))}


def variables(home: Home) -> dict[str, str]:
    """``EMULATOR_{SFMC,AEP}_{BASE_URL,...}``."""
    facts = status(home)
    return {
        f"EMULATOR_{cloud}_{name}".upper(): value
        for cloud in ("sfmc", "aep")
        for name, value in facts[cloud].items()
        if value is not None
    }


def write_env_file(home: Home, path: Path) -> None:
    """Put the variables into a block of an env file; the rest of the file stays as it is."""
    text = path.read_text() if path.exists() else ""
    before, start, rest = text.partition(BLOCK_START)
    after = rest.partition(BLOCK_END)[2].lstrip("\n") if start else ""
    if before and not before.endswith("\n"):
        before += "\n"
    lines = [f"{name}={shlex.quote(value)}" for name, value in variables(home).items()]
    write_private(path, before + "\n".join([BLOCK_START, *lines, BLOCK_END, ""]) + after)
