"""Stream names: readable, stable, never ambiguous.

A stream is named after its data extension, but is identified by the CustomerKey, so that a rename
at the source makes no new stream.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tap_sfmc.data_extensions import DataExtension

Identity = tuple[str, str]
"""Account ID and CustomerKey."""


def slug(text: str) -> str:
    """Lower-case ASCII letters, digits and single underscores; ``""`` if nothing is left."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "_", plain.lower()).strip("_")


def name_streams(
    data_extensions: Sequence[DataExtension],
    aliases: Mapping[str, str],
    pinned: Mapping[Identity, str],
) -> tuple[dict[Identity, str], set[str]]:
    """Name the streams of data extensions.

    Args:
        data_extensions: All of them, of all business units.
        aliases: Names that the user chose, by CustomerKey.
        pinned: Names that a catalog gave before: they stay, also after a rename.

    Returns:
        The name of each, and the slugs that several claimed: these got six hexadecimal digits of
        their key's hash.
    """
    wanted = {identity(de): pinned.get(identity(de)) or _wanted(de, aliases) for de in data_extensions}
    claims = Counter(wanted.values())
    ambiguous = {name for name, claimants in claims.items() if claimants > 1}
    names = {
        identity: f"{name}_{_digits(identity[1])}" if name in ambiguous else name
        for identity, name in wanted.items()
    }
    return names, ambiguous


def _wanted(de: DataExtension, aliases: Mapping[str, str]) -> str:
    name = aliases.get(de.key) or slug(de.name) or f"data_extension_{_digits(de.key)}"
    return f"{slug(de.unit.alias)}_{name}" if slug(de.unit.alias) else name


def identity(de: DataExtension) -> Identity:
    """What stays when a data extension is renamed."""
    return de.unit.account_id, de.key


def _digits(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()[:6]
