"""Token endpoints: OAuth 2 client credentials (``/v2/token``), the legacy one, and the token's context.

Any path or query that ends in ``/v2/token`` or ``/v1/requestToken`` is served, since clients keep those
paths in different settings. Instance URLs are built from the address that the client used.
"""

from __future__ import annotations

import hmac
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from starlette.responses import JSONResponse, Response

from emulator.sfmc import rest_errors
from emulator.sfmc.routing import GatewayRoute

if TYPE_CHECKING:
    from starlette.requests import Request

    from emulator.sfmc.platform import Platform

_ERROR_URI = "https://developer.salesforce.com/docs"
_BAD_CLIENT = (
    "Client authentication failed. Make sure that the client ID and client secret are valid "
    "and that the package is installed and enabled."
)


def routes(platform: Platform) -> list[GatewayRoute]:
    auth = Auth(platform)
    return [
        GatewayRoute(["POST"], r"(?:/.*)?/v2/token", auth.issue, in_query=True),
        GatewayRoute(["POST"], r"(?:/.*)?/v1/requestToken", auth.issue_legacy, in_query=True),
        GatewayRoute(["GET"], r"/platform/v1/tokenContext", auth.context),
        GatewayRoute(["GET"], r"/platform/v1/endpoints/soap", auth.soap_endpoint),
    ]


class Auth:
    """The handlers."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._home = platform.home

    async def issue(self, request: Request) -> Response:
        try:
            mid, scopes = self._granted(await _body(request))
        except _RefusalError as refusal:
            return refusal.response
        token, life = self._platform.tokens.issue(mid, scopes)
        return JSONResponse(
            {
                "access_token": token,
                "token_type": "Bearer",
                "expires_in": life,
                "scope": " ".join(scopes),
                "soap_instance_url": _instance_url(request, "soap"),
                "rest_instance_url": _instance_url(request, "rest"),
            }
        )

    def _granted(self, body: dict[str, Any] | None) -> tuple[int, tuple[str, ...]]:
        """The business unit and the scopes that a token request gets."""
        if body is None:
            raise _RefusalError(400, "invalid_request", "The request body is not valid.")
        grant_type = body.get("grant_type")
        if grant_type != "client_credentials":
            error = "unsupported_grant_type" if grant_type else "invalid_request"
            raise _RefusalError(400, error, f"The grant type {grant_type!r} is not supported.")
        if not self._knows(body.get("client_id"), body.get("client_secret")):
            raise _RefusalError(401, "invalid_client", _BAD_CLIENT)
        account = str(body.get("account_id") or self._home.sfmc.account_id).strip()
        unit = self._home.profile.unit(int(account)) if account.isdecimal() else None
        if unit is None:
            status = self._platform.switches.integer("sfmc.wrong_account_status")
            text = f"The client is not accessible for this account: {account}."
            raise _RefusalError(status, "invalid_request", text)
        granted = self._platform.tokens.package_scopes()
        wanted = str(body.get("scope") or "").split()
        if not set(wanted) <= set(granted):
            raise _RefusalError(400, "invalid_scope", "A requested scope is not granted to the package.")
        return unit.mid, tuple(name for name in granted if not wanted or name in wanted or name == "offline")

    async def issue_legacy(self, request: Request) -> Response:
        body = await _body(request) or {}
        if not self._knows(body.get("clientId"), body.get("clientSecret")):
            return JSONResponse(
                {"message": "Unauthorized", "errorcode": 1, "documentation": rest_errors.DOCUMENTATION}, 401
            )
        token, life = self._platform.tokens.issue(
            self._home.sfmc.account_id, self._platform.tokens.package_scopes()
        )
        answer = {"accessToken": token, "expiresIn": life}
        if request.query_params.get("legacy") == "1":
            answer["legacyToken"] = token
        if body.get("accessType") == "offline":
            answer["refreshToken"] = token
        return JSONResponse(answer)

    async def context(self, request: Request) -> Response:
        grant = self._platform.authorise(request, "")
        enterprise = self._home.profile.enterprise.mid
        return JSONResponse(
            {
                "enterprise": {"id": enterprise},
                "organization": {"id": grant.mid},
                "user": {"id": enterprise + 900_000},
            }
        )

    async def soap_endpoint(self, request: Request) -> Response:
        return JSONResponse({"url": f"{request.base_url}Service.asmx"})

    def _knows(self, client_id: object, client_secret: object) -> bool:
        credentials = self._home.sfmc
        same_id = hmac.compare_digest(str(client_id).encode(), credentials.client_id.encode())
        return (
            hmac.compare_digest(str(client_secret).encode(), credentials.client_secret.encode()) and same_id
        )


def _instance_url(request: Request, service: str) -> str:
    """The address that the client used; a client that came by the vendor's name is sent on to a sibling."""
    return str(request.base_url).replace(".auth.marketingcloudapis.com", f".{service}.marketingcloudapis.com")


async def _body(request: Request) -> dict[str, Any] | None:
    """A JSON or form body as one flat object; None when it is neither."""
    text = (await request.body()).decode("utf-8", "replace")
    if "form-urlencoded" in request.headers.get("content-type", ""):
        return dict(parse_qsl(text))
    try:
        document = json.loads(text)
    except ValueError:
        return None
    return document if isinstance(document, dict) else None


class _RefusalError(Exception):
    def __init__(self, status: int, error: str, description: str) -> None:
        super().__init__(description)
        self.response = JSONResponse(
            {"error": error, "error_description": description, "error_uri": _ERROR_URI}, status
        )
