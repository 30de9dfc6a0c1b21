"""Identity namespaces."""

from __future__ import annotations

import itertools

import pytest

NAMESPACES = "/data/core/idnamespace/identities"
_codes = itertools.count(1)


def body(**changes):
    number = next(_codes)
    return {
        "name": f"Name {number}",
        "code": f"Code{number}",
        "description": "",
        "idType": "CROSS_DEVICE",
        **changes,
    }


@pytest.mark.parametrize("ending", ["", "/", "%20"])
def test_the_listing_has_the_standard_namespaces(aep, ending):
    found = {each["code"]: each["id"] for each in aep.get(NAMESPACES + ending).json()}

    assert found["Email"] == 6
    assert found["ECID"] == 4


def test_a_new_namespace_is_listed_and_found(aep):
    made = aep.post(NAMESPACES, body())

    assert made.status_code == 200
    namespace = made.json()
    assert namespace["custom"] is True
    assert namespace["status"] == "ACTIVE"
    assert aep.get(f"{NAMESPACES}/{namespace['id']}").json() == namespace
    assert namespace in aep.get(NAMESPACES).json()


@pytest.mark.parametrize("code", ["Email", "EMAIL"])
def test_a_code_is_given_once(aep, code):
    answer = aep.post(NAMESPACES, body(code=code))

    assert answer.status_code == 409
    assert answer.json()["title"] == "NAMESPACE_CODE_CONFLICT"
    assert answer.json()["report"]["code"] == "INTEGRATION_CODE_EXISTS"


@pytest.mark.parametrize("changes", [{"code": "two words"}, {"code": None}, {"idType": "SHOE"}, {"name": ""}])
def test_a_namespace_needs_name_code_and_type(aep, changes):
    answer = aep.post(NAMESPACES, body(**changes))

    assert answer.status_code == 400
    assert answer.json()["report"]["code"] == "INVALID_REQUEST_PARAMS"


def test_a_code_never_changes(aep):
    made = aep.post(NAMESPACES, body()).json()

    assert aep.call("PUT", f"{NAMESPACES}/{made['id']}", json={**made, "code": "Other"}).status_code == 400
    renamed = aep.call("PUT", f"{NAMESPACES}/{made['id']}", json={**made, "name": "Other"}).json()
    assert [each["name"] for each in renamed] == ["Other"]
