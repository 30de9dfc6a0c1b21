"""Folders by REST, as browser extensions and export tools walk them; descriptions of the REST sections."""

from urllib.parse import quote

import pytest

BASE = "/legacy/v1/beta/folder"


def _entries(sfmc, path="", where="", **arguments):
    query = f"?$where={quote(where)}&Localization=true" if where else "?Localization=true"
    return sfmc.get(f"{BASE}{path}{query}", **arguments).json()["entry"]


def test_the_tree_is_walked_from_folder_0(sfmc):
    (root,) = [each for each in _entries(sfmc, "/0/children") if each["name"] == "Data Extensions"]
    (inside,) = [each for each in _entries(sfmc, f"/{root['id']}/children") if each["name"] == "Campaigns"]

    assert inside["parentId"] == root["id"]
    assert sfmc.get(f"{BASE}/{inside['id']}").json() == inside
    (leaf,) = _entries(sfmc, f"/{inside['id']}/children")
    listed = sfmc.get(f"/data/v1/customobjects/category/{leaf['id']}?$page=1").json()["items"]
    assert [each["name"] for each in listed] == ["Campaign Engagement"]


def test_a_list_is_narrowed_to_types(sfmc):
    some = _entries(sfmc, where="allowedtypes in ('synchronizeddataextension', 'shared_data','recyclebin')")

    assert {each["type"] for each in some} == {"shared_data"}
    assert {each["type"] for each in _entries(sfmc, where="allowedtypes eq 'dataextension'")} == {
        "dataextension"
    }
    assert len(_entries(sfmc)) > len(some)


def test_pages_are_counted_from_0(sfmc):
    everything = sfmc.get(BASE).json()
    pages = [sfmc.get(f"{BASE}?$top=2&$skip={number}").json() for number in range(everything["totalResults"])]

    assert [each for page in pages for each in page["entry"]] == everything["entry"]
    assert pages[1]["startIndex"] == 2


@pytest.mark.parametrize(
    ("path", "status"),
    [("/999999999", 404), ("/999999999/children", 404), ("?$where=name%20eq%20'a'", 400)],
)
def test_what_is_not_there_or_not_understood_is_refused(sfmc, path, status):
    assert sfmc.get(BASE + path).status_code == status


def test_a_token_is_needed(sfmc):
    assert sfmc.session.get(f"{sfmc.url}{BASE}").status_code == 401
    narrow = sfmc.token(scope="email_read")
    assert sfmc.get(BASE, token=narrow).status_code == 403


def test_a_section_describes_what_it_serves(sfmc):
    document = sfmc.get("/data/v1/rest").json()

    assert document["name"] == "data"
    rows = document["methods"]["get customobjectdata/key/{key}/rowset"]
    assert (rows["httpMethod"], list(rows["parameters"])) == ("GET", ["key"])
    assert sfmc.get("/hub/v1/rest").json()["name"] == "hub"
    assert sfmc.get("/nothing/v1/rest").status_code == 404
