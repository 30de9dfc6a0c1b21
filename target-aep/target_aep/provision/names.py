"""Names of tenant fields, and the fingerprints by which resources are known again.

XDM field names are letters, digits and underscores, begin with a letter below the tenant's
namespace, and are for ever. Query Service does not tell upper from lower case.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

FINGERPRINT_LENGTH = 12
SUFFIX_LENGTH = 6


def camel_case(name: str) -> str:
    """Make a legal field name: ``Email Address`` -> ``emailAddress``, ``JobID`` -> ``jobID``."""
    ascii_name = unicodedata.normalize("NFKD", name.removeprefix("_sdc_")).encode("ascii", "ignore").decode()
    words = re.findall(r"[A-Za-z0-9]+", ascii_name)
    if not words:
        return f"field{_digest(name)[:SUFFIX_LENGTH]}"
    first = _lower_head(words[0])
    result = first + "".join(word[0].upper() + word[1:] for word in words[1:])
    return result if result[0].isalpha() else f"field{result}"


def field_names(
    sources: Mapping[str, str] | Iterable[str],
    taken: Iterable[str] = (),
    present: Mapping[str, str] | None = None,
) -> dict[str, str]:
    """Give each source name a field name; one that is taken gets six hex digits of the source's hash.

    Fields that exist keep their sources, whatever was added or removed beside them and in whatever order
    the sources come: a name with a hash is of one source only, and a plain one is of the source that is its
    title. Where nothing exists, the first in order gets the plain name.

    Args:
        sources: Source names, or the titles of their fields by source name.
        taken: Names that are not to be had.
        present: Titles of the fields that exist, by name.

    Raises:
        ValueError: Which of several sources a field that exists is of cannot be told.
    """
    titles = sources if isinstance(sources, Mapping) else {source: source for source in sources}
    existing = {name.lower(): title for name, title in (present or {}).items()}
    plain = {source: camel_case(source) for source in titles}
    hashed = {source: f"{name}_{_digest(source)[:SUFFIX_LENGTH]}" for source, name in plain.items()}
    wanting: dict[str, list[str]] = {}
    for source, name in plain.items():
        if hashed[source].lower() not in existing:
            wanting.setdefault(name.lower(), []).append(source)
    used = {name.lower() for name in taken}
    owners = {
        _owner(contenders, titles, existing.get(name), plain)
        for name, contenders in wanting.items()
        if name not in used
    }
    return {source: plain[source] if source in owners else hashed[source] for source in titles}


def _owner(
    contenders: Sequence[str], titles: Mapping[str, str], title: str | None, plain: Mapping[str, str]
) -> str:
    """The source that a plain name belongs to."""
    if title is None or len(contenders) == 1:
        return contenders[0]
    former = [source for source in contenders if title in (source, titles[source])]
    if len(former) == 1:
        return former[0]
    listed = " and ".join(map(repr, contenders))
    message = f"{listed} would both be {plain[contenders[0]]}, and which of them is there is not told"
    raise ValueError(message)


def is_legal(name: str) -> bool:
    """Whether a name may stand below the tenant's namespace."""
    return re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", name) is not None


def fingerprint(*parts: str) -> str:
    """Short text that tells what a resource was made for, whatever its title has become."""
    return _digest("\x1f".join(parts))[:FINGERPRINT_LENGTH]


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _lower_head(word: str) -> str:
    """``EmailAddress`` -> ``emailAddress``, ``ID`` -> ``id``, ``URLPath`` -> ``urlPath``."""
    head = re.match(r"[A-Z]+(?![a-z])|[A-Z]", word)
    return word[: head.end()].lower() + word[head.end() :] if head else word
