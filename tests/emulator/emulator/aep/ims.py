"""Adobe IMS: access tokens for an OAuth server-to-server credential.

`POST /ims/token/{v2,v3,v4}`, parameters in the form body or in the query. A token lives as long as the switch
`aep.token_seconds` says; `revoke` (a fault) ends all that were given out.
"""

from __future__ import annotations

import base64
import json
import secrets
import time
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from starlette.responses import JSONResponse
from starlette.routing import Route

from emulator.aep import errors
from emulator.aep.platform import platform_of
from emulator.aep.store import ORGANISATION

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from emulator.aep.platform import Platform

REQUIRED_SCOPES = frozenset(
    {"openid", "AdobeID", "read_organizations", "additional_info.projectedProductContext"}
)


async def issue_token(request: Request) -> Response:
    """Answer with `{"access_token", "token_type", "expires_in"}`; `expires_in` in seconds."""
    platform = platform_of(request)
    credentials = platform.credentials
    parameters = dict(request.query_params)
    if request.method == "POST":
        content_type = request.headers.get("content-type", "").split(";")[0].strip().lower()
        if content_type == "application/x-www-form-urlencoded":
            parameters.update(
                parse_qsl((await request.body()).decode("utf-8", "replace"), keep_blank_values=True)
            )
    if parameters.get("grant_type") != "client_credentials":
        raise errors.ims(400, "unsupported_grant_type", "unsupported grant_type")
    if parameters.get("client_id") != credentials.client_id:
        raise errors.ims(400, "invalid_client", "invalid client_id parameter")
    if parameters.get("client_secret") != credentials.client_secret:
        raise errors.ims(400, "invalid_client", "invalid client_secret parameter")
    scopes = {scope for scope in parameters.get("scope", "").replace(" ", ",").split(",") if scope}
    if not scopes >= REQUIRED_SCOPES:
        raise errors.ims(400, "invalid_scope", "invalid scope parameter")
    seconds = platform.switches.integer("aep.token_seconds")
    token = _token(credentials.client_id, seconds)
    platform.store.put("token", ORGANISATION, token, {"expires": time.time() + seconds})
    return JSONResponse(
        {"access_token": token, "token_type": "bearer", "expires_in": seconds},
        headers={"Cache-Control": "no-store"},
    )


def token_is_valid(platform: Platform, token: str) -> bool:
    """Tell whether a token was given out here, has not expired and was not revoked."""
    known = platform.store.get("token", ORGANISATION, token)
    return known is not None and time.time() < known["expires"]


def revoke_tokens(platform: Platform) -> None:
    """Make every token that was given out invalid."""
    for sandbox in platform.store.sandboxes_of("token"):
        platform.store.delete_all("token", sandbox)


def _token(client_id: str, seconds: int) -> str:
    """Return a string of the form of a JSON Web Token. It is opaque: nothing reads it back."""
    created = time.time_ns() // 1_000_000
    header = {"alg": "RS256", "x5u": "ims_na1-key-at-1.cer", "kid": "ims_na1-key-at-1", "itt": "at"}
    claims = {
        "id": f"{created}_{secrets.token_hex(8)}",
        "type": "access_token",
        "client_id": client_id,
        "as": "ims-na1",
        "created_at": str(created),
        "expires_in": str(seconds * 1000),
    }
    parts = [json.dumps(part).encode() for part in (header, claims)]
    return ".".join(
        base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in (*parts, secrets.token_bytes(64))
    )


routes = [
    Route(f"/ims/token/{version}", issue_token, methods=["GET", "POST"]) for version in ("v2", "v3", "v4")
]
