"""Names of custom fields: legal, readable, distinct, and the same tomorrow."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from target_aep.provision.names import camel_case, field_names, is_legal


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("EmailAddress", "emailAddress"),
        ("Email Address", "emailAddress"),
        ("email_address", "emailAddress"),
        ("JobID", "jobID"),
        ("ID", "id"),
        ("URLPath", "urlPath"),
        ("SKU", "sku"),
        ("_sdc_business_unit", "businessUnit"),
        ("2nd Choice", "field2ndChoice"),
        ("Größe", "groe"),
    ],
)
def test_a_source_name_becomes(source: str, name: str) -> None:
    assert camel_case(source) == name


def test_names_that_differ_in_case_only_are_told_apart() -> None:
    names = field_names(["Total", "TOTAL", "total"])
    assert names["Total"] == "total"
    assert len({name.lower() for name in names.values()}) == 3


def test_a_column_added_later_renames_nothing() -> None:
    before = field_names(["Email Address", "Name"])
    after = field_names(["Email Address", "Name", "EmailAddress"])
    assert {source: after[source] for source in before} == before


PRESENT = {"emailAddress": "EmailAddress"}


@pytest.mark.parametrize("order", [["Email Address", "EmailAddress"], ["EmailAddress", "Email Address"]])
def test_a_field_keeps_its_source_wherever_a_column_of_a_like_name_is_put(order: list[str]) -> None:
    names = field_names(order, present=PRESENT)
    assert names["EmailAddress"] == "emailAddress"
    assert names["Email Address"] != "emailAddress"


def test_a_field_keeps_its_source_when_the_column_of_a_like_name_is_gone() -> None:
    both = field_names(["Email Address", "EmailAddress"])
    present = {name: source for source, name in both.items()}
    assert field_names(["EmailAddress"], present=present) == {"EmailAddress": both["EmailAddress"]}


def test_a_field_keeps_its_source_by_the_title_that_the_tap_gave_it() -> None:
    titles = {"b c": "Second", "bC": "First"}
    assert field_names(titles, present={"bC": "First"})["bC"] == "bC"


def test_a_field_whose_title_tells_no_source_is_not_guessed_at() -> None:
    with pytest.raises(ValueError, match="'Email Address' and 'EmailAddress' would both be emailAddress"):
        field_names(["Email Address", "EmailAddress"], present={"emailAddress": "E-mail"})
    assert field_names(["EmailAddress"], present={"emailAddress": "E-mail"}) == {
        "EmailAddress": "emailAddress"
    }


@given(st.lists(st.text(min_size=1), unique=True, max_size=20))
def test_whatever_the_source_calls_its_columns_names_are_legal_and_distinct(sources: list[str]) -> None:
    names = field_names(sources)
    assert all(is_legal(name) for name in names.values())
    assert len({name.lower() for name in names.values()}) == len(sources)
