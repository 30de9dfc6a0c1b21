"""Calls to the admin routes of a running emulator."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import Any

from emulator.home import Cloud, EmulatorError, Home
from emulator.process import running

NOT_RUNNING = 69

# Loopback must not go through a proxy that the environment names.
_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def call(home: Home, cloud: Cloud, method: str, route: str, document: object = None) -> Any:
    """Ask ``/_emulator/{route}`` of a cloud; the JSON answer.

    Raises:
        EmulatorError: when the server does not run (exit code 69) or refuses.
    """
    record = running(home, cloud)
    if record is None:
        message = f"the emulator at {home.path} is not running; start it with `emulator start`"
        raise EmulatorError(message, NOT_RUNNING)
    request = urllib.request.Request(
        f"http://127.0.0.1:{record.port}/_emulator/{route}",
        method=method,
        data=None if document is None else json.dumps(document).encode(),
        headers={"Content-Type": "application/json"},
    )
    try:
        with _OPENER.open(request) as answer:
            return json.loads(answer.read() or b"null")
    except urllib.error.HTTPError as error:
        with error:
            raise EmulatorError(_reason(error), 2 if error.code == 400 else 1) from None
    except OSError as error:
        message = f"the {cloud} server at {record.base_url} does not answer: {error}"
        raise EmulatorError(message, NOT_RUNNING) from None


def _reason(error: urllib.error.HTTPError) -> str:
    text = error.read().decode("utf-8", "replace")
    try:
        return str(json.loads(text)["error"])
    except (ValueError, KeyError, TypeError):
        return f"HTTP {error.code}: {text[:300]}"
