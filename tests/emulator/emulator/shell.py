"""What both clouds share around their application: admin routes, request log, fault rules.

The admin routes under ``/_emulator/`` need no authentication, are not logged and meet no faults::

    GET    health                   {"cloud", "pid", "home"}
    GET PUT DELETE  faults          the rules in force (JSON list)
    GET PUT DELETE  switches        all switches (JSON object; PUT sets some, DELETE puts them as at start)
    GET DELETE      requests        the request log
    POST   reset                    rules and log cleared, switches as at start, the cloud's own data reset

Any other admin route is the cloud's own, and so is the page for people at ``/``.
"""

from __future__ import annotations

import asyncio
import os
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from emulator import present
from emulator.fault_injection import FaultMiddleware
from emulator.faults import FaultRuleError, FaultRules, parse_rules
from emulator.request_log import RequestLog, RequestLogMiddleware
from emulator.switch_table import SwitchError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from starlette.applications import Starlette
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from emulator.home import Cloud, Home

ADMIN = "/_emulator/"


def _asks_for_the_page(scope: Scope) -> bool:
    """Tell a person at ``/`` from a client whose settings put its paths behind ``/?``."""
    return scope["path"] == "/" and scope["method"] == "GET" and not scope["query_string"]


@dataclass
class CloudHooks:
    """What a cloud's application offers the shell, as ``app.state.hooks``. All are optional.

    Attributes:
        revoke_tokens: Make every access token issued so far invalid.
        reset: Forget everything and seed again.
        named_faults: Answers that a fault rule may ask for by name.
        fault_actions: What a fault may do besides, by the fault's key; called with its value.
    """

    revoke_tokens: Callable[[], None] = lambda: None
    reset: Callable[[], None] = lambda: None
    named_faults: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    fault_actions: Mapping[str, Callable[[Any], object]] = field(default_factory=dict)


class Shell:
    """The ASGI application that a server process serves."""

    def __init__(self, app: Starlette, cloud: Cloud, home: Home) -> None:
        self.cloud = cloud
        self.home = home
        self.app = app
        self.hooks: CloudHooks = getattr(app.state, "hooks", None) or CloudHooks()
        self.log = RequestLog(home.directory(cloud) / "requests.jsonl")
        self.rules = FaultRules(cloud, self.hooks.named_faults)
        self.last_request = time.monotonic()
        present.off_by(lambda: home.switches.number(f"{cloud}.clock_skew_seconds"))
        actions = {"revoke_token": lambda _: self.hooks.revoke_tokens(), **self.hooks.fault_actions}
        faulty = FaultMiddleware(app, self.rules, actions)
        self._served: ASGIApp = RequestLogMiddleware(faulty, self.log)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        self.last_request = time.monotonic()

        async def send_with_date(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [(b"date", present.http_date()), *message.get("headers", ())]
            await send(message)

        if scope["path"].startswith(ADMIN) or _asks_for_the_page(scope):
            await self._admin(scope, receive, send_with_date)
        else:
            await self._served(scope, receive, send_with_date)
        self.last_request = time.monotonic()

    async def _admin(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        route = (request.method, scope["path"][len(ADMIN) :])
        try:
            answer = await self._own_admin_route(route, request)
        except (FaultRuleError, SwitchError) as error:
            answer = JSONResponse({"error": str(error)}, 400)
        if answer is None:
            await self.app(scope, receive, send)
        else:
            await answer(scope, receive, send)

    async def _own_admin_route(self, route: tuple[str, str], request: Request) -> Response | None:
        handlers: dict[tuple[str, str], Callable[[Request], Awaitable[object]]] = {
            ("GET", "health"): self._health,
            ("GET", "faults"): self._get_faults,
            ("PUT", "faults"): self._put_faults,
            ("DELETE", "faults"): self._delete_faults,
            ("GET", "switches"): self._get_switches,
            ("PUT", "switches"): self._put_switches,
            ("DELETE", "switches"): self._delete_switches,
            ("GET", "requests"): self._get_requests,
            ("DELETE", "requests"): self._delete_requests,
            ("POST", "reset"): self._reset,
        }
        handler = handlers.get(route)
        return JSONResponse(await handler(request)) if handler else None

    async def _health(self, _: Request) -> object:
        return {
            "cloud": self.cloud,
            "pid": os.getpid(),
            "home": str(self.home.path),
            "holds": self.rules.holds,
        }

    async def _get_faults(self, _: Request) -> object:
        return self.rules.source

    async def _put_faults(self, request: Request) -> object:
        self.rules.replace(parse_rules((await request.body()).decode()))
        return self.rules.source

    async def _delete_faults(self, _: Request) -> object:
        self.rules.replace([])
        return []

    async def _get_switches(self, _: Request) -> object:
        return self.home.switches.as_dict()

    async def _put_switches(self, request: Request) -> object:
        self.home.switches.update(await request.json())
        return self.home.switches.as_dict()

    async def _delete_switches(self, _: Request) -> object:
        self.home.switches.replace(self.home.start_switches)
        return self.home.switches.as_dict()

    async def _get_requests(self, _: Request) -> object:
        return self.log.entries()

    async def _delete_requests(self, _: Request) -> object:
        self.log.clear()
        return []

    async def _reset(self, _: Request) -> object:
        self.rules.replace([])
        self.home.switches.replace(self.home.start_switches)
        await asyncio.to_thread(self.hooks.reset)
        self.log.clear()
        return {}
