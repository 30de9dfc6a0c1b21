"""Access tokens from Adobe's identity service (OAuth Server-to-Server)."""

from __future__ import annotations

import threading
import time
from collections import deque
from typing import TYPE_CHECKING

from target_aep.aep.errors import ApiError, Problem, read_problem
from target_aep.aep.masking import masked
from target_aep.aep.retry import is_rate_limited
from target_aep.errors import PermissionDeniedError, TryAgainError

if TYPE_CHECKING:
    from collections.abc import Callable

    from requests import Response

TOKEN_PATH = "/ims/token/v3"  # noqa: S105 - a path
SCOPES = "openid,session,AdobeID,read_organizations,additional_info.projectedProductContext"
"""The scopes that Adobe documents for Experience Platform."""

LONGEST_PLAUSIBLE_SECONDS = 7 * 86_400
"""The retired JWT exchange gave ``expires_in`` in milliseconds; a larger number than this is one of those."""

RENEW_EARLY_SECONDS = 300.0
MASKED_TOKENS = 4


class TokenSource:
    """A cached access token, renewed before it expires.

    Args:
        post: Sends a form to the token address and returns the final answer.
        client_id: The credential's client id.
        client_secret: Its secret.
        scopes: Comma-separated scopes.
    """

    def __init__(
        self,
        post: Callable[[dict[str, str]], Response],
        *,
        client_id: str,
        client_secret: str,
        scopes: str = SCOPES,
    ) -> None:
        self._post = post
        self._form = {
            "grant_type": "client_credentials",
            "client_id": client_id,
            "client_secret": client_secret,
            "scope": scopes,
        }
        self._lock = threading.Lock()
        self._token = ""
        self._issued: deque[str] = deque(maxlen=MASKED_TOKENS)
        self._renew_at = 0.0

    def token(self) -> str:
        """Return a token that is valid for a while yet.

        Raises:
            PermissionDeniedError: The credentials are refused.
            ApiError: The service failed.
        """
        with self._lock:
            if not self._token or time.monotonic() >= self._renew_at:
                self._renew()
            return self._token

    def discard(self, token: str) -> None:
        """Forget a token that the platform refused, unless it has been renewed meanwhile."""
        with self._lock:
            if self._token == token:
                self._token = ""

    def mask(self, text: str) -> str:
        """Mask the credential and the latest tokens in a text."""
        return masked(text, (self._form["client_secret"], self._form["client_id"], *self._issued))

    def _renew(self) -> None:
        asked_at = time.monotonic()
        response = self._post(self._form)
        if not response.ok:
            raise self._refusal(response)
        try:
            answer = response.json()
            self._token = str(answer["access_token"])
            self._issued.append(self._token)
            lifetime = float(answer.get("expires_in", 0))
        except (ValueError, KeyError, TypeError, AttributeError):
            self._token = ""
            raise ApiError(
                response.status_code,
                "",
                "",
                "the answer holds no access token",
                where=f"POST {TOKEN_PATH}",
                remedy="Check ims_url.",
            ) from None
        if lifetime > LONGEST_PLAUSIBLE_SECONDS:
            lifetime /= 1000
        self._renew_at = asked_at + lifetime - min(RENEW_EARLY_SECONDS, lifetime / 10)

    def _refusal(self, response: Response) -> Exception:
        # Before it is cut to length, and once more when what JSON escapes is plain.
        problem = Problem(*map(self.mask, read_problem(self.mask(response.text))))
        if response.status_code in {400, 401, 403}:
            said = f"{problem.code}: {problem.detail}" if problem.code else problem.detail
            if problem.code == "invalid_scope":
                remedy = (
                    "Add the Experience Platform API to the Developer Console project, or correct scopes."
                )
            else:
                remedy = (
                    "Check client_id and client_secret against the OAuth Server-to-Server credential in the "
                    "Adobe Developer Console (JWT credentials no longer work)."
                )
            return PermissionDeniedError(f"Adobe refuses the credentials ({said}).", remedy=remedy)
        where = f"POST {TOKEN_PATH}"
        remedy = "Check ims_url, or run again later."
        error = ApiError(response.status_code, *problem, where=where, remedy=remedy)
        if is_rate_limited(response):
            return TryAgainError(
                error.what, remedy="Adobe limits how often tokens are given; run again later."
            )
        return error
