"""Masking secrets in what others say."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from urllib.parse import quote, quote_plus

if TYPE_CHECKING:
    from collections.abc import Iterable

MASK = "***"


def masked(text: str, secrets: Iterable[str]) -> str:
    """Return a text without secrets, also as a form, a URL or JSON would write them."""
    for secret in filter(None, secrets):
        for written in {secret, quote(secret, safe=""), quote_plus(secret), json.dumps(secret)[1:-1]}:
            text = text.replace(written, MASK)
    return text
