"""Dotted paths."""

from __future__ import annotations

import pytest

from target_aep.xdm import Field, XdmType
from target_aep.xdm.paths import ANY, find, format_path, parse


@pytest.mark.parametrize(
    ("text", "segments"),
    [
        ("a", ("a",)),
        ("_acme.person.name", ("_acme", "person", "name")),
        ("emails[0].address", ("emails", 0, "address")),
        ("items[*].sku", ("items", ANY, "sku")),
        (r"a\.b.c", ("a.b", "c")),
        ("m[1][2]", ("m", 1, 2)),
    ],
)
def test_a_path_is_read_and_written(text: str, segments: tuple[object, ...]) -> None:
    assert parse(text) == segments
    assert format_path(parse(text)) == text


@pytest.mark.parametrize("text", ["", ".", "a.", ".a", "a..b", "a[", "a[x]", "a]b", "[0]", "a[0]b"])
def test_what_is_no_path_is_an_error(text: str) -> None:
    with pytest.raises(ValueError, match="is not a path"):
        parse(text)


def test_a_field_is_found_through_objects_arrays_and_maps() -> None:
    leaf = Field(XdmType.LONG)
    item = Field(XdmType.OBJECT, fields={"n": leaf})
    root = Field(
        XdmType.OBJECT,
        fields={"list": Field(XdmType.ARRAY, items=item), "map": Field(XdmType.MAP, items=item)},
    )
    assert find(root, "list[3].n") is leaf
    assert find(root, "list[*].n") is leaf
    assert find(root, "map.anything.n") is leaf
    assert find(root, "list.n") is None
    assert find(root, "map[0].n") is None
