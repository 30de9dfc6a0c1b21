import threading
import time

import pytest

from tap_sfmc.api.traffic import Traffic
from tap_sfmc.errors import TryAgainError


def test_a_run_stops_when_its_requests_are_used_up():
    traffic = Traffic(per_run=2)
    traffic.admit()
    traffic.admit()
    with pytest.raises(TryAgainError, match="max_requests"):
        traffic.admit()
    assert traffic.requests == 2


def test_all_threads_wait_when_the_server_asks_for_a_pause():
    traffic = Traffic()
    traffic.pause(0.2)
    started = time.monotonic()
    traffic.admit()
    assert time.monotonic() - started >= 0.19


def test_requests_of_a_minute_are_spread():
    traffic = Traffic(per_minute=2)
    traffic.admit()
    traffic.admit()
    stopped = []

    def wait():
        with pytest.raises(TryAgainError, match="stopped"):
            traffic.admit()
        stopped.append(True)

    waiting = threading.Thread(target=wait)
    waiting.start()
    waiting.join(0.2)
    assert waiting.is_alive()
    traffic.stop()
    waiting.join(5)
    assert stopped
    assert traffic.requests == 2
