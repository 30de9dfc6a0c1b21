import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_sfmc.data_extensions import BusinessUnit, DataExtension, Field
from tap_sfmc.discovery.naming import name_streams, slug

FIELDS = (Field("Id", "Text", 36, primary_key=True, required=True),)


def data_extension(name, key=None, unit=BusinessUnit()):  # noqa: B008 - frozen
    return DataExtension(unit=unit, key=key or name, name=name, fields=FIELDS)


def names(*data_extensions, aliases=None, pinned=None):
    by_identity, ambiguous = name_streams(data_extensions, aliases or {}, pinned or {})
    return [by_identity[de.unit.account_id, de.key] for de in data_extensions], ambiguous


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Campaign Engagement", "campaign_engagement"),
        ("Größe & Länge: №1", "groe_lange_no1"),
        ("__a--b..c__", "a_b_c"),
        ("顧客", ""),
    ],
)
def test_a_slug_is_readable(text, expected):
    assert slug(text) == expected


def test_two_names_that_slug_alike_both_get_digits_of_their_keys():
    both, ambiguous = names(data_extension("Web Activity", "k1"), data_extension("web-activity", "k2"))
    assert ambiguous == {"web_activity"}
    assert all(name.startswith("web_activity_") and len(name) == len("web_activity_") + 6 for name in both)
    assert len(set(both)) == 2


def test_a_name_without_letters_is_named_by_its_key():
    (name,), _ = names(data_extension("顧客", "customers"))
    assert name.startswith("data_extension_")


def test_the_alias_of_the_unit_stands_in_front_never_its_mid():
    one, two = BusinessUnit("510000101", "North"), BusinessUnit("510000102", "South")
    assert names(data_extension("Contacts", "k", one), data_extension("Contacts", "k", two))[0] == [
        "north_contacts",
        "south_contacts",
    ]


def test_an_alias_by_key_wins():
    assert names(data_extension("Contacts", "k"), aliases={"k": "people"})[0] == ["people"]


def test_a_name_of_a_catalog_stays_after_a_rename():
    assert names(data_extension("Kontakte", "k"), pinned={("", "k"): "contacts"})[0] == ["contacts"]


@given(
    st.lists(
        st.tuples(st.text(max_size=5), st.text(min_size=1, max_size=200)), unique_by=lambda pair: pair[1]
    )
)
def test_names_are_never_ambiguous(pairs):
    given_names, _ = names(*(data_extension(name or key, key) for name, key in pairs))
    assert len(set(given_names)) == len(pairs)
