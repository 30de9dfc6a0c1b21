"""Routes as the real gateway has them: without regard to case, and with ``//`` taken as ``/``.

Patterns are matched on the path before percent-decoding, because a CustomerKey may hold a slash.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, TypeAlias
from urllib.parse import unquote

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Match

from emulator.sfmc.rest_errors import RestError

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

Handler: TypeAlias = Callable[[Request], Awaitable[Response]]


class GatewayRoute(BaseRoute):
    """A regular expression over the whole path; named groups become path parameters.

    With ``in_query`` the pattern may match the query instead: clients that insist on the vendor's host name
    take ``http://127.0.0.1:1234/?https://name.auth.marketingcloudapis.com/`` and append their path to it.
    ``limits`` is entered around each call and may refuse it with a :class:`RestError`.
    """

    def __init__(
        self, methods: Sequence[str], pattern: str, handler: Handler, *, in_query: bool = False
    ) -> None:
        self._in_query = in_query
        self.limits: Callable[[], AbstractContextManager[None]] = nullcontext
        self.methods = frozenset(methods)
        self.pattern = pattern
        self._pattern = re.compile(pattern + "/?", re.IGNORECASE)
        self._handler = handler

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        if scope["type"] != "http" or scope["method"] not in self.methods:
            return Match.NONE, {}
        path = re.sub("/{2,}", "/", scope["raw_path"].decode("latin-1").partition("?")[0])
        match = self._pattern.fullmatch(path)
        if not match and self._in_query:
            match = self._pattern.fullmatch(f"/{scope['query_string'].decode('latin-1')}")
        if not match:
            return Match.NONE, {}
        # In a path a plus is a plus; only query strings write blanks so.
        groups = match.groupdict(default="").items()
        return Match.FULL, {"path_params": {name: unquote(text) for name, text in groups}}

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            with self.limits():
                response = await self._handler(Request(scope, receive))
        except RestError as error:
            response = error.response()
        await response(scope, receive, send)


def parameters_of(request: Request) -> dict[str, str]:
    """Query parameters by their names in lower case and without ``$``."""
    return {name.lower().lstrip("$"): value for name, value in request.query_params.items()}
