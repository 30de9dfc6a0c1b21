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


@given(st.lists(st.text(min_size=1), unique=True, max_size=20))
def test_whatever_the_source_calls_its_columns_names_are_legal_and_distinct(sources: list[str]) -> None:
    names = field_names(sources)
    assert all(is_legal(name) for name in names.values())
    assert len({name.lower() for name in names.values()}) == len(sources)
