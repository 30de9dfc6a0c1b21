import pytest

from tap_sfmc.endpoints import parse_endpoint
from tap_sfmc.errors import ConfigurationError

SUB = "mc563885gzs27c5t9-63k636ttgm"


@pytest.mark.parametrize(
    "pasted",
    [
        SUB,
        f" {SUB.upper()} ",
        f"{SUB}.auth.marketingcloudapis.com",
        f"https://{SUB}.auth.marketingcloudapis.com",
        f"https://{SUB}.auth.marketingcloudapis.com/",
        f"https://{SUB}.auth.marketingcloudapis.com/v2/token",
        f"https://{SUB}.rest.marketingcloudapis.com/",
        f"{SUB}.soap.marketingcloudapis.com/Service.asmx",
    ],
)
def test_whatever_a_user_pastes_leads_to_the_authentication_server(pasted):
    assert parse_endpoint(pasted).token_url == f"https://{SUB}.auth.marketingcloudapis.com/v2/token"


@pytest.mark.parametrize(
    "pasted",
    [
        "https://login.salesforce.com",
        "https://platform.adobe.io/",
        "https://marketingcloudapis.com.evil.example/",
        f"https://{SUB}.auth.marketingcloudapis.com.evil.example",
        "https://example.com:99999/",
        "not an address",
        "",
    ],
)
def test_an_address_of_another_cloud_is_refused(pasted):
    with pytest.raises(ConfigurationError, match="not an address of Marketing Cloud"):
        parse_endpoint(pasted)


def test_a_loopback_address_keeps_its_port_and_scheme():
    assert parse_endpoint("http://127.0.0.1:8080/v2/token").token_url == "http://127.0.0.1:8080/v2/token"
    assert parse_endpoint("localhost:8080").token_url == "http://localhost:8080/v2/token"


def test_a_token_goes_to_the_marketing_cloud_only():
    endpoint = parse_endpoint(SUB)
    rest = f"https://{SUB}.rest.marketingcloudapis.com/"
    assert endpoint.trusted(rest, "rest_instance_url") == rest.rstrip("/")
    for stranger in (
        "https://evil.example/",
        "http://sub.rest.marketingcloudapis.com/",
        "https://marketingcloudapis.com.evil.example/",
        "http://127.0.0.1:1/",
        "file:///etc/passwd",
    ):
        with pytest.raises(ConfigurationError, match="No token was sent"):
            endpoint.trusted(stranger, "rest_instance_url")


def test_a_loopback_endpoint_may_name_loopback_instances():
    endpoint = parse_endpoint("http://127.0.0.1:8080")
    assert endpoint.trusted("http://127.0.0.1:8081/", "soap_instance_url") == "http://127.0.0.1:8081"


def test_a_gateway_that_is_allowed_is_trusted_over_https_only():
    endpoint = parse_endpoint("https://gateway.example/sfmc", frozenset({"gateway.example"}))
    assert endpoint.token_url == "https://gateway.example/sfmc/v2/token"
    assert endpoint.trusted("https://gateway.example/rest/", "rest_instance_url")
    with pytest.raises(ConfigurationError):
        endpoint.trusted("http://gateway.example/rest/", "rest_instance_url")
