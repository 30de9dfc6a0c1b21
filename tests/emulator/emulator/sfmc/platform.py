"""What the handlers of one server share: home, store, tokens, cursors, and who may see what."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from emulator.sfmc import rest_errors
from emulator.sfmc.cursors import Cursors
from emulator.sfmc.store import Store
from emulator.sfmc.tokens import Grant, InvalidTokenError, Tokens

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.requests import Request

    from emulator.home import Home
    from emulator.sfmc.data_extensions import DataExtension


class Platform:
    """The state of one Marketing Cloud server."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self.switches = home.switches
        self.store = Store(home.directory("sfmc") / "store.duckdb")
        self.tokens = Tokens(home)
        self.cursors = Cursors(self.store, home.switches)
        self._lock = threading.Lock()
        self._active = 0
        self._second = 0
        self._requests = 0

    def authorise(self, request: Request, scope: str) -> Grant:
        """Who asks by REST, with a token that grants a scope.

        Raises:
            RestError: 401 without a valid token, 403 without the scope. Both come before any other check.
        """
        kind, _, token = request.headers.get("authorization", "").partition(" ")
        if kind.lower() != "bearer":
            raise rest_errors.not_authorised()
        try:
            grant = self.tokens.check(token)
        except InvalidTokenError:
            raise rest_errors.not_authorised() from None
        if scope and not grant.allows(scope):
            raise rest_errors.insufficient_privileges()
        return grant

    @contextmanager
    def within_limits(self) -> Iterator[None]:
        """Count a REST request against the limits.

        Raises:
            RestError: 429 beyond one of them.
        """
        most = self.switches.integer("sfmc.max_concurrent_requests")
        per_second = self.switches.integer("sfmc.requests_per_second")
        with self._lock:
            second = int(time.monotonic())
            if second != self._second:
                self._second, self._requests = second, 0
            self._requests += 1
            if per_second and self._requests > per_second:
                raise rest_errors.rate_limited(1)
            if most and self._active >= most:
                raise rest_errors.blocked()
            self._active += 1
        try:
            yield
        finally:
            with self._lock:
                self._active -= 1

    def owned(self, mid: int) -> list[DataExtension]:
        """The data extensions of one business unit."""
        return [each for each in self.store.data_extensions if each.mid == mid]

    def readable(self, mid: int) -> list[DataExtension]:
        """What a unit reads by REST: its own, and those that the enterprise shares."""
        return [each for each in self.store.data_extensions if each.mid == mid or each.family.is_shared]

    def by_key(self, mid: int, key: str) -> DataExtension | None:
        """The data extension with a CustomerKey, one's own before a shared one. The name does not count."""
        found = [each for each in self.readable(mid) if each.key.lower() == key.lower()]
        return next((each for each in found if each.mid == mid), found[0] if found else None)

    def by_id(self, mid: int, object_id: str) -> DataExtension | None:
        return next((each for each in self.readable(mid) if each.object_id == object_id.lower()), None)
