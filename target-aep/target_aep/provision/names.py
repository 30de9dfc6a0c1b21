"""Names of tenant fields, and the fingerprints by which resources are known again.

XDM field names are letters, digits and underscores, begin with a letter below the tenant's
namespace, and are for ever. Query Service does not tell upper from lower case.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

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


def field_names(sources: Iterable[str], taken: Iterable[str] = ()) -> dict[str, str]:
    """Give each source name a field name; one that is taken gets six hex digits of the source's hash.

    The first in order keeps the plain name, so that columns added later rename nothing.
    """
    used = {name.lower() for name in taken}
    names: dict[str, str] = {}
    for source in sources:
        name = camel_case(source)
        if name.lower() in used:
            name = f"{name}_{_digest(source)[:SUFFIX_LENGTH]}"
        used.add(name.lower())
        names[source] = name
    return names


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
