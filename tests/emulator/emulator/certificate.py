"""The certificate of the TLS ports, made once per home: for loopback and the names of the vendors' hosts.

``HOME/tls/ca.pem`` is what a client verifies with; the key never leaves the home. The vendors' names are in
it for clients that insist on them and are led here by a resolver or a proxy of their own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import trustme

if TYPE_CHECKING:
    from pathlib import Path

_NAMES = (
    *("localhost", "127.0.0.1"),
    *(f"*.{service}.marketingcloudapis.com" for service in ("auth", "rest", "soap")),
    *("platform.adobe.io", "*.adobe.io", "ims-na1.adobelogin.com"),
)


def authority_file(home: Path) -> Path:
    """The file to verify the servers of a home with; it is there once they were started with TLS."""
    return home / "tls" / "ca.pem"


def server_file(home: Path) -> Path:
    """The servers' key and certificate chain, made where they are missing."""
    path = home / "tls" / "server.pem"
    if not path.exists():
        path.parent.mkdir(mode=0o700, exist_ok=True)
        authority = trustme.CA(organization_name="emulator")
        issued = authority.issue_cert(*_NAMES)
        _write(authority_file(home), authority.cert_pem)
        _write(path, issued.private_key_and_cert_chain_pem)
    return path


def _write(path: Path, content: trustme.Blob) -> None:
    path.touch(mode=0o600)
    path.write_bytes(content.bytes())
