"""The gateway in front of every service: token, API key, organisation, sandbox, in this order.

Source of the codes: Adobe's troubleshooting guide for request headers. A request without a sandbox header
goes to the production sandbox, so a client that forgets it writes there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.requests import Request

from emulator.aep import access_control, errors, guardrails, ims, sandboxes
from emulator.aep.identifiers import uuid4
from emulator.aep.platform import Caller

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from emulator.aep.platform import Platform


class Gateway:
    """Pure ASGI middleware over `/data/…`; sets `scope["emulator.caller"]` for the handlers."""

    def __init__(self, app: ASGIApp, platform: Platform) -> None:
        """Wrap an application."""
        self.app = app
        self.platform = platform

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse, or pass the request on with its caller established."""
        if scope["type"] != "http" or not scope["path"].startswith("/data/"):
            await self.app(scope, receive, send)
            return
        request_id = uuid4()

        async def send_with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], (b"x-request-id", request_id.encode())]
            await send(message)

        try:
            scope["emulator.caller"] = self._establish(Request(scope))
            access_control.check(self.platform, scope["method"], scope["path"])
        except errors.ApiError as error:
            response = errors.answer(error, self.platform.switches.text("aep.catalog_error_body"))
            await response(scope, receive, send_with_id)
            return
        await self.app(scope, receive, send_with_id)

    def _establish(self, request: Request) -> Caller:
        credentials = self.platform.credentials
        if len(str(request.url)) > guardrails.URL_LENGTH:
            raise errors.gateway("414000", "Request URI too long")
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if not token.strip() or scheme.lower() != "bearer":
            raise errors.gateway("403010", "Oauth token is missing.")
        if not ims.token_is_valid(self.platform, token.strip()):
            raise errors.gateway("401013", "Oauth token is not valid")
        key = request.headers.get("x-api-key", "")
        if not key:
            raise errors.gateway("403000", "Api Key is required")
        if key != credentials.client_id:
            raise errors.gateway("403003", "Api Key is invalid")
        organisation = request.headers.get("x-gw-ims-org-id", "")
        if not organisation:
            raise errors.gateway("400003", "Missing header")
        if organisation != credentials.org_id:
            raise errors.gateway("403025", "Profile is not valid")
        name = request.headers.get("x-sandbox-name") or sandboxes.DEFAULT
        sandbox = sandboxes.find(self.platform, name)
        if sandbox is None or sandbox["state"] != "active":
            raise sandboxes.access_denied(name)
        return Caller(
            platform=self.platform,
            sandbox=name,
            sandbox_id=sandbox["id"],
            sandbox_type=sandbox["type"],
            client_id=key,
            base_url=str(request.base_url).rstrip("/"),
        )
