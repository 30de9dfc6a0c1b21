"""One token per business unit: fetched, kept, renewed early, and once when it is refused."""

from __future__ import annotations

import json
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tap_sfmc.api.http import Answer, Http, Verdict
from tap_sfmc.errors import ConfigurationError, PermissionDeniedError, RemoteError

if TYPE_CHECKING:
    from tap_sfmc.data_extensions import BusinessUnit
    from tap_sfmc.endpoints import Endpoint

_MARGIN_S = 120.0
_CHECK_PACKAGE = (
    "Check client_id, client_secret and that the installed package is active (changes take up to 5 minutes)."
)


@dataclass(frozen=True)
class Token:
    """An access token and where it may be used.

    Attributes:
        value: The token; opaque.
        rest_url: Base URL of the REST interface, without trailing slash.
        soap_url: Address of the SOAP service.
        renew_at: Reading of the monotonic clock from which on it is renewed.
        scopes: What the installed package is allowed to.
    """

    value: str = field(repr=False)
    rest_url: str
    soap_url: str
    renew_at: float
    scopes: frozenset[str]


class Tokens:
    """The tokens of one installed package.

    A token lives about 18 minutes (the wire says 1,079 s) and is valid for one business unit.
    Safe to use from several threads: whoever comes first renews, the others wait.
    """

    def __init__(self, http: Http, endpoint: Endpoint, client_id: str, client_secret: str) -> None:
        self._http = http
        self._endpoint = endpoint
        self._client_id = client_id
        self._client_secret = client_secret
        self._tokens: dict[BusinessUnit, Token] = {}
        self._lock = threading.Lock()

    def get(self, unit: BusinessUnit) -> Token:
        """The unit's token, renewed if it is about to expire.

        Raises:
            PermissionDeniedError: The credentials or the business unit are refused.
            ConfigurationError: The base endpoint is no authentication server.
            RemoteError: No answer.
        """
        with self._lock:
            token = self._tokens.get(unit)
            if token is None or time.monotonic() >= token.renew_at:
                token = self._tokens[unit] = self._fetch(unit)
            return token

    def renew(self, unit: BusinessUnit, refused: str) -> None:
        """Replace a token that the server refused, unless another thread just did."""
        with self._lock:
            token = self._tokens.get(unit)
            if token is None or token.value == refused:
                self._tokens[unit] = self._fetch(unit)

    def _fetch(self, unit: BusinessUnit) -> Token:
        request = {
            "grant_type": "client_credentials",
            "client_id": self._client_id,
            "client_secret": self._client_secret,
        }
        if unit.account_id:
            request["account_id"] = unit.account_id
        answer = self._http.exchange(
            "POST",
            self._endpoint.token_url,
            headers=lambda: {"Content-Type": "application/json"},
            body=lambda: json.dumps(request).encode(),
            judge=_judge,
        )
        if answer.status != 200:  # noqa: PLR2004
            raise self._refusal(answer, unit)
        try:
            response = json.loads(answer.body)
            life_s = float(response["expires_in"])
            return Token(
                value=response["access_token"],
                rest_url=self._endpoint.trusted(response["rest_instance_url"], "rest_instance_url"),
                soap_url=_service(self._endpoint.trusted(response["soap_instance_url"], "soap_instance_url")),
                renew_at=time.monotonic() + life_s - min(_MARGIN_S, life_s / 4),
                scopes=frozenset(response.get("scope", "").split()),
            )
        except (ValueError, KeyError, TypeError):
            message = f"{self._endpoint.token_url} answers, but not with a token."
            raise ConfigurationError(
                message, remedy="Is base_endpoint the Authentication Base URI?"
            ) from None

    def _refusal(self, answer: Answer, unit: BusinessUnit) -> Exception:
        try:
            reply = json.loads(answer.body)
            code, text = (
                str(reply.get("error", "")),
                str(reply.get("error_description") or reply.get("message", "")),
            )
        except (ValueError, AttributeError):
            code, text = "", answer.excerpt()
        said = f"{code}: {text}" if code and text else code or text or f"HTTP {answer.status}"
        if answer.status == 404 or answer.status >= 500:  # noqa: PLR2004
            message = f"{self._endpoint.token_url} answered HTTP {answer.status}: {said}"
            return RemoteError(message, remedy="Is base_endpoint the Authentication Base URI?")
        message = f"No token for {unit}. The server says: {said}"
        account = " Check the account ID too." if unit.account_id else ""
        return PermissionDeniedError(message, remedy=_CHECK_PACKAGE + account)


def _judge(answer: Answer) -> Verdict:
    again = answer.status == 429 or answer.status >= 500  # noqa: PLR2004
    return Verdict.AGAIN if again else Verdict.GOOD


def _service(soap_url: str) -> str:
    return soap_url if soap_url.lower().endswith(".asmx") else f"{soap_url}/Service.asmx"
