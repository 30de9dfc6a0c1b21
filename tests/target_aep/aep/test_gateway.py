"""The gateway: what is repeated, what is not, and what an error says."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

import pytest

from target_aep.aep import ApiError, Gateway, LostAnswerError
from target_aep.errors import ConfigurationError, PermissionDeniedError, RemoteError, TryAgainError

if TYPE_CHECKING:
    from tests.target_aep.aep.conftest import ScriptedServer

OK = (200, {}, "{}")


def test_each_request_names_key_organisation_and_sandbox(gateway: Gateway, server: ScriptedServer) -> None:
    server.answers = [OK]
    gateway.request("GET", "/x", idempotent=True)
    headers = server.requests[0]["headers"]
    assert headers["Authorization"] == "Bearer token-1"
    assert headers["x-api-key"] == "id-1"
    assert headers["x-gw-ims-org-id"] == "1@AdobeOrg"
    assert headers["x-sandbox-name"] == "dev"


def test_an_idempotent_request_is_repeated_after_a_server_error(
    gateway: Gateway, server: ScriptedServer, waits: list[float]
) -> None:
    server.answers = [(503, {}, ""), (502, {}, "<html>Bad gateway</html>"), OK]
    assert gateway.request("GET", "/x", idempotent=True).status_code == 200
    assert len(waits) == 2


def test_retry_after_is_honoured_up_to_the_longest_wait(
    gateway: Gateway, server: ScriptedServer, waits: list[float]
) -> None:
    server.answers = [(429, {"Retry-After": "7"}, ""), (429, {"Retry-After": "9000"}, ""), OK]
    gateway.request("GET", "/x", idempotent=True)
    assert waits == [7, 30]


def test_the_platforms_clock_counts(gateway: Gateway, server: ScriptedServer) -> None:
    assert abs(gateway.now_ms() / 1000 - time.time()) < 60
    server.date = "Sun, 01 Mar 2026 10:00:00 GMT"
    server.answers = [OK]
    gateway.request("GET", "/x", idempotent=True)
    assert abs(gateway.now_ms() / 1000 - 1772359200) < 60


def test_a_request_that_was_refused_for_its_rate_is_repeated_even_when_not_idempotent(
    gateway: Gateway, server: ScriptedServer
) -> None:
    # Adobe's gateway has been seen to send its rate-limit code under HTTP 400.
    server.answers = [(400, {}, '{"error_code":"429050","message":"Too many requests"}'), OK]
    gateway.request("POST", "/x", idempotent=False)
    assert len(server.requests) == 2


def test_a_request_that_is_not_idempotent_is_not_repeated_when_its_answer_is_lost(
    gateway: Gateway, server: ScriptedServer
) -> None:
    server.answers = [(504, {}, ""), OK]
    with pytest.raises(LostAnswerError, match="may or may not"):
        gateway.request("POST", "/x", idempotent=False)
    assert len(server.requests) == 1


def test_an_unreadable_answer_to_a_request_that_is_not_idempotent_is_a_lost_one(
    gateway: Gateway, server: ScriptedServer
) -> None:
    server.answers = [(201, {}, '{"id": "0')]
    with pytest.raises(LostAnswerError):
        gateway.request_json("POST", "/x", idempotent=False)


def test_html_where_json_belongs_is_told_in_one_line(gateway: Gateway, server: ScriptedServer) -> None:
    server.answers = [(200, {}, "<html><title>Proxy</title>\n<p>Sign in</p></html>")]
    with pytest.raises(RemoteError, match="Proxy Sign in") as raised:
        gateway.request_json("GET", "/x", idempotent=True)
    assert "\n" not in str(raised.value)


def test_too_many_requests_to_the_end_means_try_again_later(gateway: Gateway, server: ScriptedServer) -> None:
    server.answers = [(429, {}, "")] * 3
    with pytest.raises(TryAgainError):
        gateway.request("GET", "/x", idempotent=True)


def test_a_refusal_carries_status_code_and_detail(gateway: Gateway, server: ScriptedServer) -> None:
    kind = "http://ns.adobe.com/aep/errors/XDM-1521-400"
    body = json.dumps({"type": kind, "title": "Title not unique", "status": 400, "detail": "d"})
    server.answers = [(400, {}, body)]
    with pytest.raises(ApiError) as raised:
        gateway.request("POST", "/x", idempotent=False)
    error = raised.value
    assert (error.status, error.code, error.title, error.detail) == (
        400,
        "XDM-1521-400",
        "Title not unique",
        "d",
    )


def test_a_missing_permission_says_whom_to_ask(gateway: Gateway, server: ScriptedServer) -> None:
    server.answers = [(403, {}, '{"title":"Permission management access denied","detail":"denied"}')]
    with pytest.raises(PermissionDeniedError, match="administrator"):
        gateway.request("GET", "/x", idempotent=True)


def test_secret_and_token_never_reach_a_message(gateway: Gateway, server: ScriptedServer) -> None:
    server.answers = [(400, {}, '{"message":"bad: secret-1 token-1"}')]
    with pytest.raises(ApiError) as raised:
        gateway.request("GET", "/x", idempotent=True)
    assert "secret-1" not in str(raised.value)
    assert "token-1" not in str(raised.value)


def test_a_redirect_is_not_followed_with_credentials(gateway: Gateway, server: ScriptedServer) -> None:
    server.answers = [(302, {"Location": "http://127.0.0.1:1/elsewhere"}, "")]
    with pytest.raises(ConfigurationError, match="redirect"):
        gateway.request("GET", "/x", idempotent=True)


def test_nothing_listening_on_this_machine_is_said_at_once(
    waits: list[float], server: ScriptedServer
) -> None:
    url = server.url
    server.stop()
    with (
        Gateway(
            ims_url=url, platform_url=url, client_id="a", client_secret="b", org_id="c", sandbox_name="d"
        ) as gateway,
        pytest.raises(RemoteError, match="nothing answers at"),
    ):
        gateway.request("GET", "/x", idempotent=True)
    assert not waits
