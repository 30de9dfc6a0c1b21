"""One HTTP exchange: sent within the budget, repeated where that helps, read whole.

Both programming interfaces fail in their own ways (REST by status, SOAP by fault), so each brings
a judge that says what an answer means; waiting, repeating and counting are done here, once.
"""

from __future__ import annotations

import json
import logging
import random
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from enum import Enum, auto
from http.client import IncompleteRead
from typing import TYPE_CHECKING

import requests
import urllib3

from tap_sfmc.errors import RemoteError

if TYPE_CHECKING:
    from tap_sfmc.api.traffic import Traffic

_logger = logging.getLogger("tap-sfmc.http")
_FIRST_WAIT_S = 1.0
_LONGEST_WAIT_S = 60.0
_FIRST_CONTACT = 2
"""Retries of a server that has never answered: its address is wrong more often than it is down."""
_LATER = "Try again later; status.salesforce.com shows known outages."
_NO_CONTACT = "Check base_endpoint, and that this machine reaches it."
_READ_FOR_EXCERPT = 20_000
_TOO_MANY_REQUESTS = 429
_SERVER_ERROR = 500
_LOST = (
    requests.ConnectionError,
    requests.Timeout,
    requests.exceptions.ChunkedEncodingError,
    urllib3.exceptions.HTTPError,
)


class Verdict(Enum):
    """What an answer means for the one who asked."""

    GOOD = auto()
    AGAIN = auto()
    NEW_TOKEN = auto()
    BAD = auto()


@dataclass(frozen=True)
class Answer:
    """Status, headers and the whole body, decompressed."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def retry_after(self) -> float | None:
        """Seconds that the server asks to wait, from either form of ``Retry-After``."""
        text = self.headers.get("Retry-After", "")
        try:
            return max(0.0, float(text))
        except ValueError:
            pass
        try:
            moment = parsedate_to_datetime(text)
        except (TypeError, ValueError):
            return None
        return max(0.0, (moment - datetime.now(timezone.utc)).total_seconds())

    @property
    def server_time(self) -> datetime | None:
        """The server's clock, from its ``Date`` header."""
        try:
            return parsedate_to_datetime(self.headers.get("Date", ""))
        except (TypeError, ValueError):
            return None

    def excerpt(self, size: int = 300) -> str:
        """What the server says, for a message: of JSON and faults the text, of other bodies the start."""
        text = self.body[:_READ_FOR_EXCERPT].decode("utf-8", "replace")
        try:
            reply = json.loads(text)
            text = f"{reply['message']} (errorcode {reply.get('errorcode', 'none')})"
        except (ValueError, KeyError, TypeError, AttributeError):
            if fault := re.search(r"<faultstring[^>]*>([^<]+)", text):
                text = fault[1]
            else:
                text = re.sub(r"(?s)<(head|style|script)\b.*?</\1>|<[^>]*>", " ", text)
        return " ".join(text.split())[:size] or "without a text"


Judge = Callable[[Answer], Verdict]


class Http:
    """The connections to one tenant, shared by all threads.

    Args:
        traffic: The tenant's budget.
        timeout_s: Longest wait for an answer.
        max_retries: How often one request is repeated.
        connections: How many requests are made at the same time.
        user_agent: What the tap calls itself.
        first_wait_s: The first back-off; it doubles from there.

    Attributes:
        server_time: The server's clock in the latest answer.
    """

    def __init__(
        self,
        traffic: Traffic,
        *,
        timeout_s: float = 300,
        max_retries: int = 6,
        connections: int = 4,
        user_agent: str = "tap-sfmc",
        first_wait_s: float = _FIRST_WAIT_S,
    ) -> None:
        self.traffic = traffic
        self.server_time: datetime | None = None
        self._timeout_s = timeout_s
        self._max_retries = max_retries
        self._first_wait_s = first_wait_s
        self._session = requests.Session()
        self._session.headers["User-Agent"] = user_agent
        # Being there, it keeps a .netrc from replacing the token, or from being looked for each time.
        self._session.auth = _as_it_is
        adapter = requests.adapters.HTTPAdapter(pool_maxsize=connections + 1)
        self._session.mount("https://", adapter)
        self._session.mount("http://", adapter)

    def close(self) -> None:
        """Give the connections back."""
        self._session.close()

    def exchange(
        self,
        method: str,
        url: str,
        *,
        headers: Callable[[], Mapping[str, str]],
        body: Callable[[], bytes] | None = None,
        judge: Judge,
        new_token: Callable[[], None] | None = None,
    ) -> Answer:
        """Send a request until its answer is good, bad, or the retries are used up.

        Args:
            method: The HTTP method.
            url: Complete and encoded.
            headers: Makes the headers, anew for each attempt, since the token may change.
            body: Makes the body, likewise.
            judge: Says what an answer means.
            new_token: Called once at most, on the first ``NEW_TOKEN``.

        Returns:
            The answer that was judged good or bad, or needed a new token once more.

        Raises:
            RemoteError: No answer, or none that was not to be repeated.
            TryAgainError: The budget is used up.
        """
        failures = 0
        where = f"{method} {url.partition('?')[0]}"
        while True:
            try:
                answer = self._once(method, url, headers(), body() if body else None)
            except _LOST as error:
                trouble, crowded, wait_s = _describe(error), False, None
            else:
                verdict = judge(answer)
                if verdict is Verdict.NEW_TOKEN:
                    if new_token:
                        new_token()
                        new_token = None
                        continue
                    # SOAP tells of an expired token by a 500, which may as well be a passing failure.
                    verdict = Verdict.AGAIN if answer.status == _SERVER_ERROR else Verdict.BAD
                if verdict is not Verdict.AGAIN:
                    return answer
                trouble = f"HTTP {answer.status} {answer.excerpt()}"
                crowded, wait_s = answer.status == _TOO_MANY_REQUESTS, answer.retry_after
            failures += 1
            if failures > self._max_retries or (self.server_time is None and failures > _FIRST_CONTACT):
                message = f"{where} failed {failures} times, the last time with: {trouble}"
                raise RemoteError(message, remedy=_LATER if self.server_time else _NO_CONTACT)
            delay = self._back_off(failures) if wait_s is None else wait_s
            self.traffic.count_retry()
            if crowded:
                # All threads wait: that there are too many of them is what the server says.
                self.traffic.pause(delay)
            _logger.warning(
                "Repeating in %.1f s (%d of %d): %s: %s", delay, failures, self._max_retries, where, trouble
            )
            self.traffic.sleep(delay)

    def _once(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> Answer:
        self.traffic.admit()
        # Redirects are not followed: the token would go along, to whom the answer names.
        with self._session.request(
            method,
            url,
            headers=headers,
            data=body,
            timeout=self._timeout_s,
            stream=True,
            allow_redirects=False,
        ) as response:
            # One read of the raw stream takes half the CPU of `response.content`, which reads
            # pieces of 10 KiB and fights with other threads for the interpreter at each.
            content = response.raw.read(decode_content=True)
        answer = Answer(response.status_code, response.headers, content)
        self.server_time = answer.server_time or self.server_time
        return answer

    def _back_off(self, failures: int) -> float:
        ceiling = min(_LONGEST_WAIT_S, self._first_wait_s * 2.0 ** (failures - 1))
        return ceiling * random.uniform(0.5, 1)  # noqa: S311 - spreads retries, guards nothing


def _as_it_is(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


def _describe(error: Exception) -> str:
    """A lost connection in one short line; the libraries' own texts nest three deep."""
    if isinstance(error, requests.Timeout):
        return "no answer in time"
    cause, texts = error, [type(error).__name__]
    while True:
        told = [each for each in (getattr(cause, "reason", None), *cause.args) if each is not cause]
        texts += [each for each in told if isinstance(each, str)]
        deeper = next((each for each in told if isinstance(each, Exception)), None)
        if isinstance(cause, IncompleteRead):
            return "the answer broke off"
        if deeper is None:
            reason = re.sub(r"^\[Errno -?\d+\] ", "", texts[-1].rsplit(": ", 1)[-1])
            return f"connection failed ({reason})"
        cause = deeper
