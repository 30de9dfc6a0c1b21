"""Carries out the fault rules around a cloud's application (pure ASGI)."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

from emulator.faults import FaultRules, RequestFacts, Rule

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

DISCONNECT_EXTENSION = "emulator.disconnect"
"""Key in ``scope["extensions"]`` of a callable that ends the connection; ``reset=True`` by TCP reset."""


class FaultMiddleware:
    """Asks the rules about each request.

    A fault is left in ``scope["emulator.fault"]``, where the log and the cloud's own code find it.

    ``actions`` are carried out for the keys of a fault, with their values, when its time has come.
    """

    def __init__(
        self, app: ASGIApp, rules: FaultRules, actions: Mapping[str, Callable[[Any], object]]
    ) -> None:
        self.app = app
        self.rules = rules
        self.actions = actions

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not self.rules.active:
            await self.app(scope, receive, send)
            return
        body: bytes | None = None
        if self.rules.needs_payload:
            body = await _read_body(receive)
            receive = _replay(body, receive)
        rule = self.rules.choose(
            RequestFacts(
                method=scope["method"],
                path=scope["path"],
                query=scope["query_string"].decode("latin-1"),
                payload=(body or b"").decode("utf-8", "replace"),
            )
        )
        if rule is None:
            await self.app(scope, receive, send)
            return
        scope["emulator.fault"] = {"rule": rule.number, "when": rule.when, **rule.fault}
        if rule.when == "before":
            await self._before(rule, scope, receive, send)
        else:
            await self._after(rule, scope, receive, send)

    async def _before(self, rule: Rule, scope: Scope, receive: Receive, send: Send) -> None:
        fault = rule.fault
        await self._hold(fault.get("delay_s", 0))
        await self._act(fault)
        if fault.get("reset"):
            await _disconnect(scope, reset=True)
        elif "status" in fault:
            # The body is read first: a client that is still sending would see a broken pipe instead.
            await _read_body(receive)
            await _answer(fault, send)
        elif "truncate" in fault:
            await _truncate(await _capture(self.app, scope, receive), fault["truncate"], scope, send)
        elif "truncate_request" in fault:
            body = await _read_body(receive)
            await self.app(scope, _replay(body[: int(len(body) * fault["truncate_request"])], receive), send)
        else:
            await self.app(scope, receive, send)

    async def _act(self, fault: dict[str, Any]) -> None:
        for name, action in self.actions.items():
            if fault.get(name):
                await asyncio.to_thread(action, fault[name])

    async def _hold(self, seconds: float) -> None:
        self.rules.holds += bool(seconds)
        await asyncio.sleep(seconds)

    async def _after(self, rule: Rule, scope: Scope, receive: Receive, send: Send) -> None:
        fault = rule.fault
        answer = await _capture(self.app, scope, receive)
        await self._act(fault)
        await self._hold(fault.get("delay_s", 0))
        if fault.get("reset"):
            await _disconnect(scope, reset=True)
        elif "status" in fault:
            await _answer(fault, send)
        elif "truncate" in fault:
            await _truncate(answer, fault["truncate"], scope, send)
        else:
            for message in answer:
                await send(message)


async def _read_body(receive: Receive) -> bytes:
    parts = []
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(parts)


def _replay(body: bytes, receive: Receive) -> Receive:
    pending = [body]

    async def replayed() -> Message:
        if pending:
            return {"type": "http.request", "body": pending.pop(), "more_body": False}
        return await receive()

    return replayed


async def _capture(app: ASGIApp, scope: Scope, receive: Receive) -> list[Message]:
    messages: list[Message] = []

    async def keep(message: Message) -> None:
        messages.append(message)

    await app(scope, receive, keep)
    return messages


async def _answer(fault: dict[str, Any], send: Send) -> None:
    body = fault.get("body", "")
    headers = {str(name).lower(): str(value) for name, value in fault.get("headers", {}).items()}
    if isinstance(body, str):
        content = body.encode()
        headers.setdefault("content-type", "text/plain; charset=utf-8")
    else:
        content = json.dumps(body).encode()
        headers.setdefault("content-type", "application/json")
    headers["content-length"] = str(len(content))
    await send(
        {
            "type": "http.response.start",
            "status": fault["status"],
            "headers": [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()],
        }
    )
    await send({"type": "http.response.body", "body": content})


async def _truncate(answer: list[Message], fraction: float, scope: Scope, send: Send) -> None:
    """Send the first part of an answer whose headers promise the whole, then close."""
    content = b"".join(message.get("body", b"") for message in answer)
    head = answer[0]
    headers = [(name, value) for name, value in head["headers"] if name.lower() != b"content-length"]
    await send({**head, "headers": [*headers, (b"content-length", str(len(content)).encode())]})
    await send(
        {"type": "http.response.body", "body": content[: int(len(content) * fraction)], "more_body": True}
    )
    # A reset would also throw away what was written so far.
    await _disconnect(scope, reset=False)


async def _disconnect(scope: Scope, *, reset: bool) -> None:
    scope["extensions"][DISCONNECT_EXTENSION](reset=reset)
    # The server learns of it in the next turn of the loop; before that it would try to answer.
    await asyncio.sleep(0)
