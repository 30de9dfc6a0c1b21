import base64
import json
import time
from email.utils import parsedate_to_datetime

import pytest


def test_a_token_answer_has_the_fields_that_clients_read(sfmc):
    answer = sfmc.request_token().json()

    assert answer["token_type"] == "Bearer"
    assert answer["expires_in"] == 1079
    assert "data_extensions_read" in answer["scope"].split()
    assert answer["rest_instance_url"] == answer["soap_instance_url"] == sfmc.url + "/"


def test_a_form_body_is_taken_like_json(sfmc):
    credentials = sfmc.emulator.sfmc
    form = {
        "grant_type": "client_credentials",
        "client_id": credentials["client_id"],
        "client_secret": credentials["client_secret"],
    }

    assert sfmc.session.post(f"{sfmc.url}/v2/token", data=form).status_code == 200


@pytest.mark.parametrize(
    "path", ["/auth/v2/token", "//v2/token", "/V2/Token", "/v2/token/", "/?https://mc1.auth.example/v2/token"]
)
def test_any_path_or_query_that_ends_like_the_token_path_is_served(sfmc, path):
    body = {
        "grant_type": "client_credentials",
        "client_id": sfmc.emulator.sfmc["client_id"],
        "client_secret": sfmc.emulator.sfmc["client_secret"],
    }

    assert sfmc.session.post(sfmc.url + path, json=body).status_code == 200


@pytest.mark.parametrize("wrong", [{"client_id": "nobody"}, {"client_secret": "guess"}])
def test_wrong_credentials_are_401_invalid_client(sfmc, wrong):
    answer = sfmc.request_token(**wrong)

    assert answer.status_code == 401
    assert answer.json()["error"] == "invalid_client"
    assert answer.json()["error_description"].startswith("Client authentication failed.")


def test_a_missing_or_unknown_grant_type_is_400(sfmc):
    assert sfmc.request_token(grant_type=None).json()["error"] == "invalid_request"
    refused = sfmc.request_token(grant_type="password")
    assert (refused.status_code, refused.json()["error"]) == (400, "unsupported_grant_type")


def test_a_body_that_is_no_json_is_400(sfmc):
    answer = sfmc.session.post(f"{sfmc.url}/v2/token", data="{", headers={"Content-Type": "application/json"})

    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


@pytest.mark.parametrize("form", [int, str])
def test_the_account_may_be_a_number_or_a_string_and_decides_what_is_seen(sfmc, form):
    mid = sfmc.profile.other.mid
    token = sfmc.request_token(account_id=form(mid)).json()["access_token"]

    context = sfmc.get("/platform/v1/tokenContext", token=token).json()
    assert context["organization"]["id"] == mid
    assert context["enterprise"]["id"] == sfmc.profile.enterprise.mid


def test_without_an_account_the_token_is_for_the_package_s_business_unit(sfmc):
    context = sfmc.get("/platform/v1/tokenContext").json()

    assert str(context["organization"]["id"]) == sfmc.emulator.sfmc["account_id"]


def test_a_foreign_account_is_refused_with_the_known_text(sfmc):
    answer = sfmc.request_token(account_id=1)

    assert answer.status_code == 400
    assert "not accessible for this account" in answer.json()["error_description"]


def test_the_status_for_a_foreign_account_is_a_switch(sfmc):
    sfmc.emulator.set_switches({"sfmc.wrong_account_status": 403})

    assert sfmc.request_token(account_id=1).status_code == 403


def test_a_scope_narrows_the_token(sfmc):
    token = sfmc.token(scope="email_read")

    answer = sfmc.get("/data/v1/customobjectdata/key/contacts/rowset", token=token)
    assert answer.status_code == 403
    assert answer.json() == {"message": "Insufficient privileges to complete this action."}


def test_a_missing_scope_is_said_before_an_unknown_key(sfmc):
    token = sfmc.token(scope="email_read")

    assert sfmc.get("/data/v1/customobjectdata/key/nothing-here/rowset", token=token).status_code == 403


def test_a_scope_that_the_package_lacks_is_refused(sfmc):
    sfmc.emulator.set_switches({"sfmc.package_scopes": "email_read accounts_read"})

    refused = sfmc.request_token(scope="data_extensions_read")
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_scope")
    assert sfmc.request_token().json()["scope"].split() == ["offline", "email_read", "accounts_read"]


@pytest.mark.parametrize(
    "header", [{}, {"Authorization": "Bearer nonsense"}, {"Authorization": "Basic eDp5"}]
)
def test_rest_without_a_valid_token_is_401_with_errorcode_0(sfmc, header):
    answer = sfmc.session.get(f"{sfmc.url}/data/v1/customobjectdata/key/contacts/rowset", headers=header)

    assert answer.status_code == 401
    assert answer.json()["errorcode"] == 0
    assert answer.json()["message"] == "Not Authorized"


def test_a_forged_token_is_refused(sfmc):
    header, claims, signature = sfmc.token().split(".")
    content = json.loads(base64.urlsafe_b64decode(claims + "=="))
    inner = json.loads(base64.urlsafe_b64decode(content["access_token"] + "=="))
    inner["expires"] += 1000
    content["access_token"] = base64.urlsafe_b64encode(json.dumps(inner).encode()).decode().rstrip("=")
    forged = base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")

    answer = sfmc.get("/platform/v1/tokenContext", token=f"{header}.{forged}.{signature}")
    assert answer.status_code == 401


def test_an_expired_token_is_401_by_rest_and_a_fault_by_soap(sfmc):
    sfmc.emulator.set_switches({"sfmc.token_seconds": 1})
    token = sfmc.request_token().json()["access_token"]
    assert sfmc.get("/platform/v1/tokenContext", token=token).status_code == 200
    time.sleep(1.1)

    assert sfmc.get("/platform/v1/tokenContext", token=token).status_code == 401
    answer = sfmc.retrieve("DataExtension", ["Name"], token=token)
    assert answer.http_status == 500
    assert "<faultstring>Token Expired</faultstring>" in answer.text
    assert "q0:Security</faultcode>" in answer.text


def test_on_other_tenants_an_expired_token_is_an_empty_500_by_soap(sfmc):
    sfmc.emulator.set_switches({"sfmc.token_seconds": 0, "sfmc.soap_expired_token": "empty_500"})
    token = sfmc.request_token().json()["access_token"]

    answer = sfmc.retrieve("DataExtension", ["Name"], token=token)
    assert (answer.http_status, answer.text) == (500, "")


def test_a_token_that_was_never_issued_is_a_login_failure_by_soap(sfmc):
    answer = sfmc.retrieve("DataExtension", ["Name"], token="never issued")

    assert answer.http_status == 500
    assert "<faultstring>Login Failed</faultstring>" in answer.text


def test_a_legacy_token_opens_soap(sfmc):
    body = {
        "clientId": sfmc.emulator.sfmc["client_id"],
        "clientSecret": sfmc.emulator.sfmc["client_secret"],
        "accessType": "offline",
    }
    answer = sfmc.session.post(f"{sfmc.url}/v1/requestToken?legacy=1", json=body).json()

    assert {"accessToken", "expiresIn", "legacyToken", "refreshToken"} <= set(answer)
    soap = sfmc.post_soap(
        '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Header>'
        '<etns:oAuth xmlns:etns="http://exacttarget.com"><oAuthToken>'
        f"{answer['legacyToken']}</oAuthToken></etns:oAuth></s:Header><s:Body>"
        '<RetrieveRequestMsg xmlns="http://exacttarget.com/wsdl/partnerAPI"><RetrieveRequest>'
        "<ObjectType>DataExtension</ObjectType><Properties>Name</Properties>"
        "</RetrieveRequest></RetrieveRequestMsg></s:Body></s:Envelope>",
        action='"Retrieve"',
    )
    assert soap.status == "OK"
    assert sfmc.get("/platform/v1/endpoints/soap").json()["url"] == f"{sfmc.url}/Service.asmx"


def test_wrong_legacy_credentials_are_401(sfmc):
    body = {"clientId": "x", "clientSecret": "y"}

    assert sfmc.session.post(f"{sfmc.url}/v1/requestToken", json=body).status_code == 401


def test_a_client_that_came_by_the_vendor_s_name_is_sent_on_by_it(sfmc):
    body = {"grant_type": "client_credentials"} | {
        name: sfmc.emulator.sfmc[name] for name in ("client_id", "client_secret")
    }
    headers = {"Host": "mcabc.auth.marketingcloudapis.com"}

    answer = sfmc.session.post(f"{sfmc.url}/v2/token", json=body, headers=headers).json()

    assert answer["rest_instance_url"] == "http://mcabc.rest.marketingcloudapis.com/"
    assert answer["soap_instance_url"] == "http://mcabc.soap.marketingcloudapis.com/"


def test_the_server_s_clock_may_be_off(sfmc):
    sfmc.emulator.set_switches({"sfmc.clock_skew_seconds": -7200.0})

    answer = sfmc.get("/platform/v1/tokenContext")

    assert answer.status_code == 200
    behind = time.time() - parsedate_to_datetime(answer.headers["Date"]).timestamp()
    assert 7100 < behind < 7300
