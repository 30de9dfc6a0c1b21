"""When to ask again, and how long to wait before it."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

import requests
import urllib3.exceptions

if TYPE_CHECKING:
    from collections.abc import Callable

    from requests import Response

TRANSIENT_STATUSES = frozenset({500, 502, 503, 504})
TOO_MANY_REQUESTS = 429
RATE_LIMIT_CODE = "429050"
"""Adobe's gateway code for it; clients have seen it under HTTP 400 as well."""


@dataclass(frozen=True)
class Backoff:
    """Exponential waits with jitter.

    Args:
        attempts: How often a request is sent at most.
        first_seconds: Upper bound of the first wait; it doubles from there.
        longest_seconds: Upper bound of any wait, a server's ``Retry-After`` included.
        wait: Sleeps; an event's ``wait`` makes it end early.
    """

    attempts: int = 6
    first_seconds: float = 1.0
    longest_seconds: float = 120.0
    wait: Callable[[float], object] = time.sleep

    def pause(self, attempt: int, response: Response | None = None) -> None:
        """Sleep after the ``attempt``-th failure, counted from 1."""
        asked = retry_after_seconds(response)
        if asked is None:
            bound = min(self.first_seconds * 2 ** (attempt - 1), self.longest_seconds)
            asked = random.uniform(bound / 2, bound)  # noqa: S311 - jitter
        self.wait(min(asked, self.longest_seconds))


def retry_after_seconds(response: Response | None) -> float | None:
    """Read ``Retry-After``, in seconds or as a date; None when there is none that can be read."""
    text = response.headers.get("Retry-After", "") if response is not None else ""
    if not text:
        return None
    try:
        return max(float(text), 0.0)
    except ValueError:
        pass
    when = http_date(text)
    return None if when is None else max((when - datetime.now(timezone.utc)).total_seconds(), 0.0)


def http_date(text: str) -> datetime | None:
    """Read a date of a header; None for what is none."""
    try:
        when = parsedate_to_datetime(text)
    except ValueError:
        return None
    return when if when.tzinfo else when.replace(tzinfo=timezone.utc)


def is_rate_limited(response: Response) -> bool:
    """Whether the server declined to act because of too many requests."""
    return response.status_code == TOO_MANY_REQUESTS or (
        not response.ok and RATE_LIMIT_CODE in response.text[:500]
    )


def was_never_sent(error: requests.RequestException) -> bool:
    """Whether the request cannot have reached the server, so that repeating it is harmless."""
    if isinstance(error, (requests.ConnectTimeout, requests.exceptions.ProxyError)):
        return True
    return isinstance(_reason(error), urllib3.exceptions.NewConnectionError)


def is_refused(error: requests.RequestException) -> bool:
    """Whether nothing listens at the address."""
    reason = _reason(error)
    return isinstance(reason, urllib3.exceptions.NewConnectionError) and "refused" in str(reason).lower()


def _reason(error: requests.RequestException) -> object:
    cause = error.args[0] if error.args else None
    return getattr(cause, "reason", cause)
