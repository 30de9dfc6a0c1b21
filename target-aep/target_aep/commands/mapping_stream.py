"""The stream that a mapping command speaks of: from a catalog, or from SCHEMA messages."""

from __future__ import annotations

import os
import select
import stat
import sys
from typing import TYPE_CHECKING

import click

from target_aep.commands.options import read_streams
from target_aep.errors import ConfigurationError
from target_aep.provision.catalog import streams_of_messages

if TYPE_CHECKING:
    from target_aep.provision.stream import StreamSchema
    from target_aep.settings import Settings

_GIVE_CATALOG = "Give --catalog FILE (`tap --discover`), or SCHEMA messages on standard input."

_DISCOVER = (
    "Let the tap discover (`meltano invoke TAP --discover > catalog.json`, or `TAP --discover > "
    "catalog.json`), and give --catalog catalog.json."
)

_SHORT_SECONDS, _LONG_SECONDS = 2.0, 60.0
"""How long SCHEMA messages are awaited in silence, and then: a pipe may be one that nobody writes to."""


def find_stream(
    catalog: str | None, messages: list[str], settings: Settings | None, name: str
) -> StreamSchema:
    """A stream of a catalog, of SCHEMA messages, or of the catalog that Meltano used last.

    Args:
        catalog: What ``--catalog`` names.
        messages: Lines of standard input, where no catalog is named.
        settings: Say which of the last catalog's streams count; ``None`` to leave that catalog alone.
        name: The stream.

    Raises:
        ConfigurationError: There is no such stream.
    """
    if messages:
        streams = streams_of_messages(messages)
    elif catalog is None and settings is None:
        message = f"nothing says which fields {name} has."
        raise ConfigurationError(message, remedy=_GIVE_CATALOG)
    else:
        # Settings count only where no catalog is named.
        streams = read_streams(catalog, settings)  # type: ignore[arg-type]
    if not streams and catalog is None and not messages:
        message = f"nothing says which fields {name} has: Meltano has kept no catalog of it here."
        raise ConfigurationError(message, remedy=_DISCOVER)
    found = next((stream for stream in streams if stream.stream == name), None)
    if found is None:
        known = ", ".join(sorted(stream.stream for stream in streams)) or "none"
        message = f"there is no stream {name}; known are: {known}."
        raise ConfigurationError(message, remedy=_GIVE_CATALOG)
    return found


def piped_messages() -> list[str]:
    """Return the lines of standard input, if it is a pipe or a file and not a terminal or nothing."""
    try:
        mode = os.fstat(sys.stdin.fileno()).st_mode
    except (OSError, ValueError, AttributeError):
        return []
    if stat.S_ISFIFO(mode):
        if not _arrives(_SHORT_SECONDS):
            click.echo("waiting for SCHEMA messages on standard input (or give --catalog FILE)", err=True)
            if not _arrives(_LONG_SECONDS):
                return []
    elif not stat.S_ISREG(mode):
        return []
    return [line for line in sys.stdin if line.strip()]


def _arrives(seconds: float) -> bool:
    """Whether standard input has something to read, or its end, within a time."""
    try:
        return bool(select.select([sys.stdin], [], [], seconds)[0])
    except (OSError, ValueError):
        return True  # where a pipe cannot be asked, it is read
