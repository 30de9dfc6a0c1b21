"""Identifiers in the forms that each service of the platform uses."""

from __future__ import annotations

import secrets
import threading
import time
import uuid

from emulator import present

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_lock = threading.Lock()
_last = [0]  # two ids of one millisecond must differ and stay in order


def now_ms() -> int:
    """Return the time as the platform writes it: milliseconds since 1970."""
    return int(present.now() * 1000)


def ulid() -> str:
    """Return a new batch id: 26 characters, in order of creation."""
    with _lock:
        value = max((now_ms() << 80) | secrets.randbits(79), _last[0] + 1)
        _last[0] = value
    return "".join(_CROCKFORD[(value >> shift) & 31] for shift in range(125, -1, -5))


def catalog_id() -> str:
    """Return a new dataset or view id: 24 hexadecimal digits."""
    return f"{int(time.time()):08x}{secrets.token_hex(8)}"


def resource_hash() -> str:
    """Return the last part of a new Schema Registry `$id`: 48 hexadecimal digits."""
    return secrets.token_hex(24)


def descriptor_id() -> str:
    """Return the `@id` of a new descriptor: 40 hexadecimal digits."""
    return secrets.token_hex(20)


def uuid4() -> str:
    """Return a random UUID."""
    return str(uuid.uuid4())


def e_tag() -> str:
    """Return a new entity tag as the registry writes it: 64 hexadecimal digits."""
    return secrets.token_hex(32)
