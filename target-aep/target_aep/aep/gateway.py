"""The one door to the platform: headers, token, retries, errors.

What is repeated: requests marked idempotent, after 429, 5xx, a broken or late answer; any request
that cannot have reached the server or that it declined without acting (429, an expired token).
A request that is not idempotent and whose answer is lost is not repeated here: LostAnswerError.
"""

from __future__ import annotations

import logging
import threading
import time
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import requests
from requests.auth import AuthBase

from target_aep.aep import hosts, refusals, retry
from target_aep.aep.errors import LostAnswerError, read_problem
from target_aep.aep.ims import SCOPES, TOKEN_PATH, TokenSource
from target_aep.errors import RemoteError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from types import TracebackType

    from requests import PreparedRequest, Response
    from typing_extensions import Self

    from target_aep.aep.retry import Backoff

logger = logging.getLogger(__name__)

IMS_URL = "https://ims-na1.adobelogin.com"
PLATFORM_URL = "https://platform.adobe.io"
USER_AGENT = f"target-aep/{version('target-aep')}"
CONNECT_SECONDS = 15.0
READ_SECONDS = 120.0
UNAUTHORIZED = 401


class Gateway:
    """Sends requests to the platform on behalf of one credential, organisation and sandbox.

    Args:
        ims_url: Base URL of the identity service.
        platform_url: Base URL of the platform, also a regional one.
        client_id: Client id of the OAuth Server-to-Server credential; also the API key.
        client_secret: Its secret.
        org_id: Organisation, ``…@AdobeOrg``.
        sandbox_name: Sandbox by name; sent with each request, since the default is production.
        scopes: Scopes of the token.
        allowed_hosts: Hosts besides Adobe's and this machine that may be given credentials.
        proxy: URL of an HTTP proxy.
        ca_bundle: File of trusted certificates; TLS is always verified.
        read_seconds: How long an answer may take.
        backoff: Waits between attempts.

    Raises:
        ConfigurationError: A URL is not one that credentials may be sent to, or the proxy or file of
            certificates cannot be used.
    """

    def __init__(
        self,
        *,
        ims_url: str,
        platform_url: str,
        client_id: str,
        client_secret: str,
        org_id: str,
        sandbox_name: str,
        scopes: str = SCOPES,
        allowed_hosts: Collection[str] = (),
        proxy: str | None = None,
        ca_bundle: str | None = None,
        read_seconds: float = READ_SECONDS,
        backoff: Backoff | None = None,
    ) -> None:
        self.platform_url = hosts.check_url(platform_url, setting="platform_url", allowed_hosts=allowed_hosts)
        self.sandbox_name = sandbox_name
        self.org_id = org_id
        self._token_url = (
            hosts.check_url(ims_url, setting="ims_url", allowed_hosts=allowed_hosts) + TOKEN_PATH
        )
        self._headers = {
            "x-api-key": client_id,
            "x-gw-ims-org-id": org_id,
        }
        self._proxies = {"http": hosts.check_proxy(proxy), "https": proxy} if proxy else None
        self._verify: bool | str = hosts.check_authorities(ca_bundle) if ca_bundle else True
        self._timeout = (CONNECT_SECONDS, read_seconds)
        self._backoff = backoff or retry.Backoff()
        self._ahead_seconds = 0.0
        self._local = threading.local()
        self._sessions: list[requests.Session] = []
        self._lock = threading.Lock()
        self._tokens = TokenSource(
            self._ask_for_token, client_id=client_id, client_secret=client_secret, scopes=scopes
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections of all threads."""
        with self._lock:
            sessions, self._sessions = self._sessions, []
        for session in sessions:
            session.close()
        self._local = threading.local()

    def request(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, Any] | None = None,
        json: object = None,
        data: bytes | Path | None = None,
        headers: Mapping[str, str] | None = None,
        in_sandbox: bool = True,
        idempotent: bool,
    ) -> Response:
        """Send a request and return its answer, which is a 2xx.

        Args:
            method: HTTP method.
            path: Path below the platform's base URL, already quoted.
            params: Query parameters.
            json: Body, sent as JSON.
            data: Body as bytes, or a file that is read anew at each attempt.
            headers: Further headers.
            in_sandbox: Whether it goes to the sandbox; otherwise it is about the organisation.
            idempotent: Whether carrying it out twice equals carrying it out once.

        Raises:
            PermissionDeniedError: The credentials or their permissions do not suffice.
            LostAnswerError: It is unknown whether a request that is not idempotent was carried out.
            TryAgainError: Still too many requests after all attempts.
            ApiError: Any other refusal, or a failure of the platform after all attempts.
            RemoteError: The platform cannot be reached.
        """
        sandbox = {"x-sandbox-name": self.sandbox_name} if in_sandbox else {}
        return self._repeat(
            lambda auth: self._send(
                method,
                f"{self.platform_url}{path}",
                params=params,
                json=json,
                data=data,
                headers={**self._headers, **sandbox, **(headers or {})},
                auth=auth,
            ),
            where=f"{method} {path}",
            idempotent=idempotent,
        )

    def request_json(self, method: str, path: str, *, idempotent: bool, **options: Any) -> Any:
        """Like :meth:`request`, and return the body parsed from JSON."""
        response = self.request(method, path, idempotent=idempotent, **options)
        try:
            return response.json()
        except ValueError:
            what = (
                f"{method} {path} answered {response.status_code} with something that is not JSON "
                f"({read_problem(response.text).detail[:100]!r})."
            )
            remedy = "Check platform_url and any proxy between."
            raise (RemoteError if idempotent else LostAnswerError)(self.redact(what), remedy=remedy) from None

    def now_ms(self) -> int:
        """The platform's time, epoch milliseconds: what its own times are compared with.

        The clock of this machine may be wrong; until an answer has come, it is what there is.
        """
        return int((time.time() + self._ahead_seconds) * 1000)

    def redact(self, text: str) -> str:
        """Mask the credential and its tokens in a text."""
        return self._tokens.mask(text)

    def check_token(self) -> None:
        """Obtain a token, or raise why not."""
        self._tokens.token()

    # -- sending ---------------------------------------------------------------------------------

    def _ask_for_token(self, form: dict[str, str]) -> Response:
        backoff = self._backoff
        attempt = 0
        while True:
            attempt += 1
            last = attempt >= backoff.attempts
            try:
                response = self._send("POST", self._token_url, data=form)
            except requests.RequestException as error:
                if last or refusals.is_hopeless(error):
                    raise refusals.unreachable(error, f"POST {TOKEN_PATH}") from None
                response = None
            if response is not None:
                busy = retry.is_rate_limited(response) or response.status_code in retry.TRANSIENT_STATUSES
                if not busy or last:
                    return response
            backoff.pause(attempt, response)

    def _repeat(self, send: Any, *, where: str, idempotent: bool) -> Response:
        backoff = self._backoff
        renewed = False
        attempt = 0
        while True:
            attempt += 1
            last = attempt >= backoff.attempts
            token = self._tokens.token()
            response: Response | None = None
            try:
                response = send(_Bearer(token))
            except requests.RequestException as error:
                if not idempotent and not retry.was_never_sent(error):
                    raise refusals.lost(where, type(error).__name__) from None
                if last or refusals.is_hopeless(error):
                    raise refusals.unreachable(error, where) from None
                logger.warning("%s: %s; trying again", where, type(error).__name__)
            if response is not None:
                if response.ok and not response.is_redirect:
                    return response
                if response.status_code == UNAUTHORIZED and not renewed:
                    renewed = True
                    attempt -= 1
                    self._tokens.discard(token)
                    continue
                if response.status_code in retry.TRANSIENT_STATUSES and not idempotent:
                    raise refusals.lost(where, f"status {response.status_code}")
                busy = retry.is_rate_limited(response) or response.status_code in retry.TRANSIENT_STATUSES
                if not busy or last:
                    raise self._refusal(response, where)
                logger.warning("%s answered %s; trying again", where, response.status_code)
            backoff.pause(attempt, response)

    def _refusal(self, response: Response, where: str) -> Exception:
        return refusals.refusal(response, where, gateway=self)

    def _send(
        self,
        method: str,
        url: str,
        *,
        params: Mapping[str, Any] | None = None,
        json: object = None,
        data: bytes | Path | dict[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        auth: AuthBase | None = None,
    ) -> Response:
        started = time.monotonic()
        options: dict[str, Any] = {
            "params": params,
            "json": json,
            "headers": headers,
            "auth": auth or _no_auth,
            "timeout": self._timeout,
            "allow_redirects": False,
            "verify": self._verify,
            "proxies": self._proxies,
        }
        if isinstance(data, Path):
            with data.open("rb") as file:
                response = self._session(url).request(method, url, data=file, **options)
        else:
            response = self._session(url).request(method, url, data=data, **options)
        if (told := retry.http_date(response.headers.get("Date", ""))) is not None:
            self._ahead_seconds = told.timestamp() - time.time()
        logger.debug("%s %s -> %s in %.2fs", method, url, response.status_code, time.monotonic() - started)
        return response

    def _session(self, url: str) -> requests.Session:
        """Give each thread a session of its own: requests does not promise that one can be shared."""
        session: requests.Session | None = getattr(self._local, "session", None)
        if session is None:
            session = requests.Session()
            session.headers.update({"User-Agent": USER_AGENT, "Accept": "application/json"})
            # A proxy of the environment is for the internet, not for a server on this machine.
            session.trust_env = not hosts.is_loopback(urlsplit(url).hostname or "")
            self._local.session = session
            with self._lock:
                self._sessions.append(session)
        return session


class _Bearer(AuthBase):
    """Sets the token; being an auth object also keeps a ``.netrc`` from replacing it."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request


def _no_auth(request: PreparedRequest) -> PreparedRequest:
    return request
