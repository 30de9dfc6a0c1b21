"""The TLS ports: verified, never trusted blindly."""

import json

import pytest
import requests


@pytest.fixture
def facts(command):
    started = command("start", "--scale", "0.001", "--tls")
    assert started.returncode == 0, started.stderr
    return json.loads(command("status", "--json").stdout)


def test_both_clouds_answer_with_a_certificate_that_can_be_verified(facts, home, command):
    for cloud in ("sfmc", "aep"):
        url, authority = facts[cloud]["tls_url"], facts[cloud]["ca_file"]
        assert requests.get(f"{url}/_emulator/health", verify=authority, timeout=10).json()["cloud"] == cloud
        with pytest.raises(requests.exceptions.SSLError):
            requests.get(f"{url}/_emulator/health", timeout=10)

    body = {"grant_type": "client_credentials"} | {
        name: facts["sfmc"][name] for name in ("client_id", "client_secret")
    }
    url, authority = facts["sfmc"]["tls_url"], facts["sfmc"]["ca_file"]
    token = requests.post(f"{url}/v2/token", json=body, verify=authority, timeout=10).json()
    assert token["rest_instance_url"] == f"{url}/"
    assert (
        f'location="{url}/Service.asmx"'
        in requests.get(f"{url}/etframework.wsdl", verify=authority, timeout=10).text
    )

    command("stop")
    command("start", "--tls")
    again = json.loads(command("status", "--json").stdout)
    assert [again[cloud]["tls_url"] for cloud in ("sfmc", "aep")] == [
        facts[cloud]["tls_url"] for cloud in ("sfmc", "aep")
    ]
    assert requests.get(f"{url}/_emulator/health", verify=authority, timeout=10).ok
    for path in (home / "tls").iterdir():
        assert path.stat().st_mode & 0o077 == 0, path


def test_a_fault_resets_a_tls_connection_too(facts):
    url, authority = facts["aep"]["tls_url"], facts["aep"]["ca_file"]
    rule = [{"cloud": "aep", "nth": 1, "fault": {"reset": True}}]
    requests.put(f"{url}/_emulator/faults", json=rule, verify=authority, timeout=10)

    with pytest.raises(requests.exceptions.ConnectionError):
        requests.get(f"{url}/data/foundation/catalog/dataSets", verify=authority, timeout=10)


def test_without_tls_nothing_of_it_is_there(command, home):
    command("start", "--scale", "0.001")

    assert "tls_url" not in json.loads(command("status", "--json").stdout)["sfmc"]
    assert not (home / "tls").exists()
