"""IMS and the checks of the gateway, in the documented order."""

from __future__ import annotations

import time

import pytest

STATS = "/data/foundation/schemaregistry/stats"


@pytest.mark.parametrize("version", ["v2", "v3", "v4"])
def test_every_version_of_the_token_route_gives_a_bearer_token_for_a_day(aep, version):
    answer = aep.ask_token(version)

    assert answer.status_code == 200
    body = answer.json()
    assert body["token_type"] == "bearer"
    assert body["expires_in"] == 86399
    assert aep.get(STATS, headers={"Authorization": f"Bearer {body['access_token']}"}).status_code == 200


def test_token_parameters_may_stand_in_the_query(aep):
    answer = aep.session.post(
        f"{aep.base}/ims/token/v2",
        params={
            "grant_type": "client_credentials",
            "client_id": aep.facts["client_id"],
            "client_secret": aep.facts["client_secret"],
            "scope": "openid, AdobeID, read_organizations, additional_info.projectedProductContext",
        },
    )

    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("changes", "error", "description"),
    [
        ({"client_id": "nobody"}, "invalid_client", "invalid client_id parameter"),
        ({"client_secret": "wrong"}, "invalid_client", "invalid client_secret parameter"),
        ({"client_secret": None}, "invalid_client", "invalid client_secret parameter"),
        ({"scope": "openid"}, "invalid_scope", "invalid scope parameter"),
        ({"grant_type": "password"}, "unsupported_grant_type", "unsupported grant_type"),
    ],
)
def test_a_token_is_refused_with_the_error_of_ims(aep, changes, error, description):
    answer = aep.ask_token(**changes)

    assert answer.status_code == 400
    assert answer.json() == {"error": error, "error_description": description}


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"Authorization": None}, 403, "403010"),
        ({"Authorization": "Bearer nonsense"}, 401, "401013"),
        ({"x-api-key": None}, 403, "403000"),
        ({"x-api-key": "other"}, 403, "403003"),
        ({"x-gw-ims-org-id": None}, 400, "400003"),
        ({"x-gw-ims-org-id": "0@AdobeOrg"}, 403, "403025"),
    ],
)
def test_each_missing_or_wrong_header_has_its_code(aep, changes, status, code):
    answer = aep.get(STATS, headers=changes)

    assert answer.status_code == status
    assert answer.json()["error_code"] == code
    assert answer.json()["message"]


def test_headers_are_checked_from_token_to_organisation(aep):
    missing = {"Authorization": None, "x-api-key": None, "x-gw-ims-org-id": None}
    seen = []
    for name in list(missing):
        seen.append(aep.get(STATS, headers=missing).json()["error_code"])
        del missing[name]

    assert seen == ["403010", "403000", "400003"]


def test_an_unknown_sandbox_is_refused(aep):
    assert aep.get(STATS, headers={"x-sandbox-name": "nowhere"}).status_code == 403


def test_a_token_dies_when_its_time_is_over(aep, switch):
    switch(token_seconds=1)
    token = aep.new_token()
    assert aep.get(STATS, headers={"Authorization": f"Bearer {token}"}).status_code == 200

    time.sleep(1.1)

    answer = aep.get(STATS, headers={"Authorization": f"Bearer {token}"})
    assert (answer.status_code, answer.json()["error_code"]) == (401, "401013")


def test_a_revoked_token_is_refused_and_a_new_one_works(aep, faults):
    faults({"cloud": "aep", "path": "/stats$", "nth": 1, "fault": {"revoke_token": True}})

    refused = aep.get(STATS)
    aep.token = aep.new_token()

    assert refused.status_code == 401
    again = aep.get(STATS)
    assert again.status_code == 200, again.text


def test_a_path_that_no_service_has_gets_a_page(aep):
    answer = aep.get("/data/foundation/nothing")

    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/html")


@pytest.mark.parametrize("service", ["/data/foundation/catalog", "/data/core/hygiene"])
def test_a_path_that_a_service_does_not_have_gets_json(aep, service):
    answer = aep.get(f"{service}/nothing/at/all")

    assert (answer.status_code, answer.json()["title"]) == (404, "NotFoundError")


def test_batches_are_not_listed_by_the_import_api(aep):
    assert aep.get("/data/foundation/import/batches").status_code == 405


def test_a_body_needs_its_content_type(aep):
    answer = aep.call(
        "POST", "/data/foundation/catalog/dataSets", data=b"{}", headers={"Content-Type": "text/plain"}
    )

    assert answer.status_code == 400
    assert answer.json()["detail"] == "A valid content-type must be specified"


def test_a_url_over_two_thousand_characters_is_refused(aep):
    assert aep.get(f"{STATS}?x={'y' * 2000}").status_code == 414


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("too_many_requests", 429),
        ("too_many_requests_as_400", 400),
        ("bad_gateway_page", 502),
        ("gateway_timeout", 504),
    ],
)
def test_answers_of_a_troubled_gateway_are_known_by_name(aep, faults, name, status):
    faults({"cloud": "aep", "path": "/stats$", "nth": 1, "fault": {"named": name}})

    assert aep.get(STATS).status_code == status
    assert aep.get(STATS).status_code == 200
