"""Destinations: nesting, indexes, wildcards, object copy, merging."""

import pytest

from target_aep.dataprep import MappingSet
from target_aep.xdm.types import Field, XdmType

STRING = Field(XdmType.STRING)
EMAILS = {
    "customerInfo": {
        "emails": [
            {"name": "John Smith", "email": "js@example.com"},
            {"name": "Jane Smith", "email": "jane@example.com"},
        ]
    }
}


def preview(record, *mappings, schema=None):
    names = ("sourceType", "source", "destination")
    document = {"mappings": [dict(zip(names, mapping, strict=True)) for mapping in mappings]}
    [answer] = MappingSet.from_dict(document).preview([record], schema)
    return answer


def data(record, *mappings, schema=None):
    answer = preview(record, *mappings, schema=schema)
    assert answer["errors"] is None
    return answer["data"]


@pytest.mark.parametrize(
    ("source", "destination", "expected"),
    [
        ("customerInfo.emails[0].email", "pi.email", {"pi": {"email": "js@example.com"}}),
        ("customerInfo.emails", "pi.emailList", {"pi": {"emailList": EMAILS["customerInfo"]["emails"]}}),
        (
            "customerInfo.emails[*].name",
            "pi[*].names",
            {"pi": [{"names": "John Smith"}, {"names": "Jane Smith"}]},
        ),
        ("customerInfo.emails[*].name", "names", {"names": ["John Smith", "Jane Smith"]}),
        ("customerInfo.emails[*].name", "names[*]", {"names": ["John Smith", "Jane Smith"]}),
        ("customerInfo.emails[1].name", "list[1].name", {"list": [None, {"name": "Jane Smith"}]}),
        ("customerInfo.emails[0].name", "list[*].name", {"list": [{"name": "John Smith"}]}),
        ("customerInfo", "a.b", {"a": {"b": EMAILS["customerInfo"]}}),
    ],
)
def test_attributes_go_where_they_are_sent(source, destination, expected):
    assert data(EMAILS, ("ATTRIBUTE", source, destination)) == expected


def test_a_column_may_have_any_name():
    record = {"Price [EUR]": 1, "a..b": 2}

    assert data(record, ("ATTRIBUTE", "Price [EUR]", "p"), ("ATTRIBUTE", "a..b", "q")) == {"p": 1, "q": 2}


def test_a_value_that_is_nested_too_deeply_is_a_warning():
    deep = []
    for _ in range(5000):
        deep = [deep]

    answer = preview({"x": deep}, ("ATTRIBUTE", "x", "a"), ("EXPRESSION", "x", "b"), ("STATIC", "1", "c"))

    assert answer["data"] == {"c": "1"}
    assert len(answer["errors"]) == 2


def test_constants_and_expressions():
    assert data({}, ("STATIC", "CUSTOMER", "userType")) == {"userType": "CUSTOMER"}
    assert data({"a": "x"}, ("EXPRESSION", "upper(a)", "b.c")) == {"b": {"c": "X"}}


def test_lists_that_meet_in_one_array_merge_by_index():
    products = {"p": ";Shoes;1;69.95,;Socks;10"}
    mapped = data(
        products,
        ("EXPRESSION", "aa_get_product_names(p)", "items[*].name"),
        ("EXPRESSION", "aa_get_product_prices(p)", "items[*].price"),
    )

    assert mapped == {"items": [{"name": "Shoes", "price": "69.95"}, {"name": "Socks"}]}


def test_nested_arrays_keep_their_nesting_or_are_flattened():
    record = {"orders": [{"items": [{"sku": 1}, {"sku": 2}]}, {"items": [{"sku": 3}]}]}

    assert data(record, ("ATTRIBUTE", "orders[*].items[*].sku", "o[*].i[*].s")) == {
        "o": [{"i": [{"s": 1}, {"s": 2}]}, {"i": [{"s": 3}]}]
    }
    assert data(record, ("ATTRIBUTE", "orders[*].items[*].sku", "skus")) == {"skus": [1, 2, 3]}
    assert data(record, ("ATTRIBUTE", "orders[*].items[*].sku", "skus[*]")) == {"skus": [1, 2, 3]}


def test_an_object_is_copied_and_its_renamed_attributes_are_not_doubled():
    record = {"address": {"line1": "4191 Ridgebrook Way", "city": "San Jose", "zip": {"code": 1, "plus": 2}}}

    mapped = data(
        record,
        ("ATTRIBUTE", "address.line1", "addr.addrLine1"),
        ("ATTRIBUTE", "address.zip.plus", "addr.plus"),
        ("ATTRIBUTE", "address", "addr"),
    )

    assert mapped == {
        "addr": {"addrLine1": "4191 Ridgebrook Way", "city": "San Jose", "zip": {"code": 1}, "plus": 2}
    }


def test_a_copied_object_has_only_what_the_schema_knows():
    fields = {"addrLine1": STRING, "city": STRING, "state": STRING}
    schema = Field(XdmType.OBJECT, fields={"addr": Field(XdmType.OBJECT, fields=fields)})
    record = {"address": {"line1": "x", "city": "San Jose", "state": "California", "other": 1}}

    mapped = data(
        record,
        ("ATTRIBUTE", "address", "addr"),
        ("ATTRIBUTE", "address.line1", "addr.addrLine1"),
        schema=schema,
    )

    assert mapped == {"addr": {"addrLine1": "x", "city": "San Jose", "state": "California"}}


def test_an_attribute_that_is_nullified_leaves_the_copy():
    record = {"address": {"city": "San Jose", "secret": 1}}

    mapped = data(record, ("ATTRIBUTE", "address", "addr"), ("EXPRESSION", "nullify()", "addr.secret"))

    assert mapped == {"addr": {"city": "San Jose"}}


def test_the_source_record_is_not_changed():
    record = {"address": {"city": "x"}}

    data(record, ("ATTRIBUTE", "address", "addr"), ("STATIC", "y", "addr.more"))

    assert record == {"address": {"city": "x"}}


def test_a_scalar_that_meets_an_object_goes_into_its_attribute_of_that_name():
    names = Field(XdmType.OBJECT, fields={"name": STRING})
    item = Field(XdmType.OBJECT, fields={"names": names})
    schema = Field(XdmType.OBJECT, fields={"pi": Field(XdmType.ARRAY, items=item)})

    assert data(EMAILS, ("ATTRIBUTE", "customerInfo.emails[*].name", "pi[*].names"), schema=schema) == {
        "pi": [{"names": {"name": "John Smith"}}, {"names": {"name": "Jane Smith"}}]
    }


def test_a_failure_is_told_where_it_happened():
    item = Field(XdmType.OBJECT, fields={"q": Field(XdmType.INT)})
    schema = Field(XdmType.OBJECT, fields={"items": Field(XdmType.ARRAY, items=item)})

    answer = preview({"q": [1, "two"]}, ("EXPRESSION", "q", "items[*].q"), schema=schema)

    assert answer["data"] == {"items": [{"q": 1}]}
    assert [error["destination"] for error in answer["errors"]] == ["items[1].q"]


def test_a_huge_index_is_refused():
    answer = preview({"a": 1}, ("ATTRIBUTE", "a", "x[99999999]"))

    assert answer["data"] == {}
    assert "index" in answer["errors"][0]["exception"]


def test_a_destination_that_the_schema_lacks_is_an_error():
    schema = Field(XdmType.OBJECT, fields={"a": STRING})

    answer = preview({"x": 1}, ("ATTRIBUTE", "x", "a"), ("ATTRIBUTE", "x", "b"), schema=schema)

    assert answer["data"] == {"a": "1"}
    assert "no field b" in answer["errors"][0]["exception"]
