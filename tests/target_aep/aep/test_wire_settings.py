"""Proxy, certificates, and what is masked."""

from __future__ import annotations

import json
import shutil
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from target_aep.aep import ApiError, Gateway
from target_aep.errors import ConfigurationError, RemoteError, TargetError
from tests.target_aep.aep.conftest import ScriptedServer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

OPENSSL = shutil.which("openssl")


def gateway(url: str, **further: Any) -> Gateway:
    credentials = {
        "client_id": "id-1",
        "client_secret": "hush/1+é",
        "org_id": "1@AdobeOrg",
        "sandbox_name": "dev",
    }
    return Gateway(ims_url=url, platform_url=url, **credentials, **further)


def test_every_request_takes_the_proxy(server: ScriptedServer) -> None:
    server.answers = [(200, {}, "{}")]
    with gateway("http://localhost:1", proxy=server.url) as made:
        made.request("GET", "/x", idempotent=True)
    assert [request["path"] for request in server.requests] == ["http://localhost:1/x"]


@pytest.mark.parametrize(
    "proxy", ["me:hush@host:3128", "http://me:hush@:80", "http://me:hush@host:x", "ftp://a"]
)
def test_a_proxy_that_is_none_is_told_without_its_password(proxy: str) -> None:
    with pytest.raises(ConfigurationError, match="is not the URL of a proxy") as raised:
        gateway("http://localhost:1", proxy=proxy)
    assert "hush" not in str(raised.value)


@pytest.mark.parametrize("text", [None, "no certificate"])
def test_a_file_of_certificates_that_is_none_is_told(tmp_path: Path, text: str | None) -> None:
    if text is not None:
        (tmp_path / "ca.pem").write_text(text)
    with pytest.raises(ConfigurationError, match=r"ca_bundle .*ca.pem' cannot be used"):
        gateway("http://localhost:1", ca_bundle=str(tmp_path / "ca.pem"))


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    path = tmp_path / "server.pem"
    command = [
        str(OPENSSL),
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-subj",
        "/CN=127.0.0.1",
        "-days",
        "2",
    ]
    files = ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(path), "-out", f"{path}.crt"]
    subprocess.run([*command, *files], check=True, capture_output=True)
    path.write_text(path.read_text() + (tmp_path / "server.pem.crt").read_text())
    return path


@pytest.fixture
def encrypted(certificate: Path) -> Iterator[ScriptedServer]:
    scripted = ScriptedServer(certificate)
    yield scripted
    scripted.stop()


@pytest.mark.skipif(OPENSSL is None, reason="makes its certificate with openssl")
def test_a_certificate_is_trusted_only_by_its_authority(encrypted: ScriptedServer, certificate: Path) -> None:
    with gateway(encrypted.url) as made, pytest.raises(RemoteError, match="not trusted") as raised:
        made.request("GET", "/x", idempotent=True)
    assert "ca_bundle" in raised.value.remedy
    assert encrypted.requests == []
    encrypted.answers = [(200, {}, "{}")]
    with gateway(encrypted.url, ca_bundle=str(certificate)) as made:
        made.request("GET", "/x", idempotent=True)


ECHOES = [
    json.dumps({"message": "bad: hush/1+é"}),
    json.dumps({"message": "bad: hush/1+é"}).replace("/", "\\/"),
    "<p>bad: client_secret=hush%2F1%2B%C3%A9&amp;x</p>",
    f"bad: {'x' * 480} hush/1+é",
]


@pytest.mark.parametrize("body", ECHOES)
@pytest.mark.parametrize("by_ims", [True, False])
def test_the_secret_is_masked_however_a_server_writes_it(
    server: ScriptedServer, body: str, *, by_ims: bool
) -> None:
    server.answers = [(400, {}, body)]
    if by_ims:
        server.token = (400, {}, body)
    with gateway(server.url) as made, pytest.raises(TargetError, match="bad: ") as raised:
        made.request("GET", "/x", idempotent=True)
    assert "hush" not in str(raised.value)
    assert "***" in str(raised.value) or "xxx" in str(raised.value)


def test_a_token_that_was_discarded_is_masked_too(server: ScriptedServer) -> None:
    server.answers = [(401, {}, "{}"), (400, {}, json.dumps({"message": "bad: token-1"}))]
    with gateway(server.url) as made, pytest.raises(ApiError, match=r"bad: \*\*\*"):
        made.request("GET", "/x", idempotent=True)
