"""Where credentials may go."""

from __future__ import annotations

import pytest

from target_aep.aep.hosts import check_url
from target_aep.errors import ConfigurationError


@pytest.mark.parametrize(
    "url",
    [
        "https://platform.adobe.io",
        "https://platform-va7.adobe.io/",
        "https://ims-na1.adobelogin.com",
        "http://127.0.0.1:8080",
        "http://localhost:8080",
        "http://[::1]:8080",
    ],
)
def test_adobe_and_this_machine_are_allowed(url: str) -> None:
    assert check_url(url, setting="platform_url") == url.rstrip("/")


@pytest.mark.parametrize(
    "url",
    [
        "https://platform.adobe.io.evil.example",
        "https://eviladobe.io",
        "https://127.0.0.1.evil.example",
        "http://platform.adobe.io",
        "https://platform.adobe.io@evil.example",
        "https://platform.adobe.io?x=1",
        "ftp://platform.adobe.io",
        "platform.adobe.io",
        "",
    ],
)
def test_anything_else_is_refused(url: str) -> None:
    with pytest.raises(ConfigurationError):
        check_url(url, setting="platform_url")


def test_a_host_can_be_allowed_but_not_in_clear() -> None:
    assert check_url("https://proxy.example", setting="platform_url", allowed_hosts=["Proxy.example"])
    with pytest.raises(ConfigurationError, match="clear"):
        check_url("http://proxy.example", setting="platform_url", allowed_hosts=["proxy.example"])


def test_a_password_in_a_url_is_not_repeated() -> None:
    with pytest.raises(ConfigurationError) as raised:
        check_url("https://me:hush@platform.adobe.io", setting="platform_url")
    assert "hush" not in str(raised.value)
