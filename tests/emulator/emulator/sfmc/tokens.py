"""Access tokens: issued to an installed package for one business unit, valid for a while.

A token is a signed text that says what it grants, so a restarted server still knows it. To clients it is
opaque.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from emulator.home import Home

SCOPES = (
    "offline",
    "documents_and_images_read",
    "documents_and_images_write",
    "saved_content_read",
    "saved_content_write",
    "automations_execute",
    "automations_read",
    "journeys_read",
    "email_read",
    "audiences_read",
    "list_and_subscribers_read",
    "list_and_subscribers_write",
    "data_extensions_read",
    "data_extensions_write",
    "file_locations_read",
    "tracking_events_read",
    "webhooks_read",
    "accounts_read",
    "users_read",
)
_HEADER = {"alg": "HS256", "kid": "4", "ver": "1", "typ": "JWT"}


@dataclass(frozen=True)
class Grant:
    """What a token allows: the data of one business unit, within scopes."""

    mid: int
    scopes: frozenset[str]

    def allows(self, scope: str) -> bool:
        return scope in self.scopes


class InvalidTokenError(Exception):
    """Not a token of this server, or revoked."""


class ExpiredTokenError(InvalidTokenError):
    """It was one."""


class Tokens:
    """Issues and checks the tokens of one home."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._secret = home.sfmc.client_secret.encode()
        self._revoked_until = 0.0

    def package_scopes(self) -> tuple[str, ...]:
        """The scopes of the installed package, the switch narrows them."""
        granted = self._home.switches.text("sfmc.package_scopes").split()
        return tuple(scope for scope in SCOPES if not granted or scope in granted or scope == "offline")

    def issue(self, mid: int, scopes: tuple[str, ...]) -> tuple[str, int]:
        """A new token and its life in seconds."""
        life = self._home.switches.integer("sfmc.token_seconds")
        content = {
            "mid": mid,
            "scopes": [SCOPES.index(scope) for scope in scopes],
            "issued": time.time(),
            "expires": time.time() + life,
            "nonce": secrets.token_hex(4),
        }
        claims = {
            "access_token": _encode(content),
            "client_id": self._home.sfmc.client_id,
            "eid": self._home.profile.enterprise.mid,
            "stack_key": "S0",
            "platform_version": 2,
            "client_type": "ServerToServer",
        }
        signed = f"{_encode(_HEADER)}.{_encode(claims)}"
        return f"{signed}.{self._signature(signed)}", life

    def check(self, token: str) -> Grant:
        """What a token grants.

        Raises:
            ExpiredTokenError: when its time is over, or all tokens of its time were revoked.
            InvalidTokenError: when it was not issued here.
        """
        signed, _, signature = token.strip().rpartition(".")
        if not signed or not hmac.compare_digest(signature.encode(), self._signature(signed).encode()):
            raise InvalidTokenError
        content = _decode(_decode(signed.partition(".")[2])["access_token"])
        if content["expires"] <= time.time() or content["issued"] <= self._revoked_until:
            raise ExpiredTokenError
        return Grant(content["mid"], frozenset(SCOPES[number] for number in content["scopes"]))

    def revoke_all(self) -> None:
        """Every token issued until now has expired."""
        self._revoked_until = time.time()

    def _signature(self, signed: str) -> str:
        digest = hmac.digest(self._secret, signed.encode(), hashlib.sha256)
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def _encode(content: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).rstrip(b"=").decode()


def _decode(text: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    return document
