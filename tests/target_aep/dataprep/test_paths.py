"""Paths into source records."""

import pytest

from target_aep.dataprep import ExpressionError, compile_expression, paths

RECORD = {
    "Full.Name": "flat",
    "a": {"b": {"c": 1}, "x.y": 2, "n": None},
    "web.page": {"url": "u"},
    "list": [{"v": 1}, {"v": 2}, {}],
    "nested": [[1, 2], [3]],
    "First Name": "Ann",
}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("Full.Name", "flat"),
        (r"Full\.Name", "flat"),
        ("a.b.c", 1),
        (r"a.x\.y", 2),
        ("web.page.url", "u"),
        ("list[1].v", 2),
        ("list[*].v", [1, 2, None]),
        ("list[9].v", None),
        ("nested[*][*]", [[1, 2], [3]]),
        ("nested[1][0]", 3),
        ("First Name", "Ann"),
        ("${First Name}", "Ann"),
        ("a.b[*]", None),
        ("a.b.c.d", None),
        ("nothing", None),
    ],
)
def test_an_attribute_path_leads_to_a_value(path, value):
    assert paths.lookup(RECORD, path) == value


@pytest.mark.parametrize("path", ["", "a..b", "a[", "a[x]", ".a", "a.", "a[*"])
def test_what_is_no_path_is_refused(path):
    with pytest.raises(ExpressionError):
        paths.parse(path)


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("a.b.c", True),
        ("a.n", True),
        ("a.n.deeper", False),
        ("Full.Name", True),
        ("a.nothing", False),
        ("list[0].v", True),
        ("list[2].v", False),
        ("list[*].v", True),
        ("list[7]", False),
        ("nothing", False),
    ],
)
def test_contains_key_tells_null_from_nothing(path, found):
    assert compile_expression("contains_key(p)")({**RECORD, "p": path}) is found
