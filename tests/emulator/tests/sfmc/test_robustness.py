"""Whatever a client sends, the server answers: never with a failure of its own."""

import json
from xml.sax.saxutils import escape

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

ROWSET = "/data/v1/customobjectdata/key/every-type/rowset"
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
relaxed = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.fixture(scope="module", autouse=True)
def data(session_client):
    session_client.emulator.define(
        {
            "name": "Anything Goes",
            "key": "anything-goes",
            "fields": [
                {"name": "ID", "type": "Text", "is_primary_key": True},
                {"name": "ANumber", "type": "Number"},
                {"name": "ADate", "type": "Date"},
            ],
        }
    )


def body_of(*keys):
    """JSON, often an object or a list of objects with the keys that a route looks for."""
    known = st.dictionaries(st.sampled_from(keys), JSON, max_size=len(keys))
    return st.one_of(
        JSON,
        known,
        st.lists(known, max_size=3),
        st.fixed_dictionaries({"items": st.lists(known | JSON, max_size=3)}),
    )


@pytest.mark.parametrize(
    "query",
    [
        "$page=0",
        "$page=99999999999999999999",
        "$pagesize=99999999999999999999",
        "$top=99999999999999999999",
        "$offset=99999999999999999999",
        "$orderBy=,",
        "$orderBy=ID%20up",
        "$fields=,",
        "$filter=%20",
        "%FF=%FE",
        "$filter=ID%20eq%20%FF",
        "$filter=ANumber%20eq%2099999999999999999999999999",
        "$filter=ADecimal%20eq%20NaN",
        "$filter=ADecimal%20eq%201e999999",
        "$filter=ADate%20eq%20'0001-01-01'",
        "$filter=ADate%20eq%20'2026-13-45'",
        "$filter=ANumber%20between%203%20and%201",
        "$filter=ID%20like%20'%25%5C'",
        "$filter=ID%20eq%20'%00'",
    ],
)
def test_odd_queries_of_a_rowset(sfmc, query):
    assert sfmc.get(f"{ROWSET}?{query}").status_code in {200, 400}


@pytest.mark.parametrize(
    "path", ["/%00", "/data/v1/customobjectdata/key/%FF%FE/rowset", "/a/../../etc", "/" + "x" * 5000]
)
def test_odd_paths(sfmc, path):
    assert sfmc.get(path).status_code in {400, 404}


@relaxed
@given(text=st.text(max_size=40))
def test_any_filter(sfmc, text):
    assert sfmc.filtered("every-type", text).status_code in {200, 400}


@relaxed
@given(body=body_of("grant_type", "client_id", "client_secret", "account_id", "scope"))
def test_any_token_request(sfmc, body):
    answer = sfmc.session.post(f"{sfmc.url}/v2/token", json=body)

    assert answer.status_code in {400, 401}


@relaxed
@given(body=body_of("ID", "ANumber", "ADate", "keys", "values", "items"))
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/data/v1/async/dataextensions/key:anything-goes/rows"),
        ("PUT", "/data/v1/async/dataextensions/key:anything-goes/rows"),
        ("POST", "/hub/v1/dataevents/key:anything-goes/rowset"),
        ("PUT", "/hub/v1/dataevents/key:anything-goes/rows/ID:1"),
    ],
)
def test_any_rows(sfmc, method, path, body):
    assert sfmc.call(method, path, json=body).status_code < 500


@relaxed
@given(
    body=body_of(
        "name", "key", "categoryId", "fields", "type", "length", "scale", "isNullable", "isPrimaryKey"
    )
)
def test_any_definition(sfmc, body):
    assert sfmc.call("POST", "/data/v1/customobjects", json=body).status_code < 500


@relaxed
@given(
    name=st.sampled_from(
        ["Properties", "ObjectType", "Filter", "Options", "ClientIDs", "ContinueRequest", "Foo"]
    ),
    text=st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=20),
    inner=st.sampled_from(["BatchSize", "ID", "Property", "LeftOperand", "Value"]),
)
def test_any_retrieve(sfmc, name, text, inner):
    answer = sfmc.retrieve(
        "DataExtensionObject[every-type]", ["ID"], f"<{name}><{inner}>{escape(text)}</{inner}></{name}>"
    )
    assert (answer.http_status, bool(answer.status)) == (200, True)


@pytest.mark.parametrize(
    "content", [b"", b"\xff\xfe", b"<a/>", b"<" * 2000, b'<?xml version="1.0" encoding="x"?><a/>']
)
def test_any_envelope(sfmc, content):
    answer = sfmc.session.post(f"{sfmc.url}/Service.asmx", data=content, headers={"SOAPAction": "Retrieve"})

    assert answer.status_code == 400


@relaxed
@given(token=st.text(st.characters(codec="ascii", categories=["L", "N", "P"]), max_size=40))
def test_any_token(sfmc, token):
    headers = {"Authorization": f"Bearer {token}"}

    assert sfmc.session.get(f"{sfmc.url}{ROWSET}", headers=headers).status_code == 401


def test_a_body_that_is_no_utf_8_is_refused(sfmc):
    for path in ("/data/v1/customobjects", "/hub/v1/dataevents/key:anything-goes/rowset"):
        assert sfmc.call("POST", path, data=b"\xff\xfe").status_code == 400
    body = json.dumps({"grant_type": "\ud800"})
    assert sfmc.session.post(f"{sfmc.url}/v2/token", data=body).status_code == 400
