"""The parser: what is printed is read back, and no text raises anything but the language's own error."""

import random
import string
import time
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from target_aep.dataprep import ExpressionError, TransformError, compile_expression, nodes
from target_aep.dataprep.functions import FUNCTIONS
from target_aep.dataprep.limits import MAX_SLOW_MATCHES
from target_aep.dataprep.parser import MAX_LENGTH, parse
from target_aep.dataprep.printer import to_text
from tests.target_aep.dataprep.strategies import trees

PIECES = [
    *FUNCTIONS, *"()[]{},.:;?!=<>+-*/%&|^~'\"`\\$@#", "->", "??", "?:", "==", "=~", "..", "a", "b.c",
    "${x y}", "1", "0x1F", "1.5", '"t"', "null", "true", " and ", " or ", " not ", " empty ", " size ",
    "x ->", "\n", "é", "return", "if", "/*", "//", "NaN", "\u2028", "\x00", "\ud800",
]  # fmt: skip


@given(trees)
@settings(max_examples=300, deadline=None)
def test_a_printed_tree_is_read_back(tree):
    text = to_text(tree)
    if len(text) <= MAX_LENGTH:
        assert parse(text) == tree


@pytest.mark.parametrize("name", ["NaN", "size", "size$", "a b", "a.b", "$", "été", "1a"])
def test_a_field_of_any_name_is_printed_so_that_it_is_read_back(name):
    tree = nodes.Reference((name,))

    assert parse(to_text(tree)) == tree


@given(st.lists(st.sampled_from(PIECES), max_size=25).map("".join) | st.text(max_size=60))
@settings(max_examples=500, deadline=None)
def test_any_text_compiles_or_raises_the_languages_own_error(text):
    try:
        expression = compile_expression(text)
    except ExpressionError as error:
        assert 0 <= error.position <= len(text)
        assert error.line >= 1
        return
    with suppress(TransformError):
        expression({"a": 1, "b": {"c": "x"}, "x y": [1, "2", None]})


@pytest.mark.parametrize(
    "text",
    [
        "(" * 2000 + "1" + ")" * 2000,
        "-" * 4000 + "1",
        "1" + "+1" * 2000,
        "[" * 4000,
        "a?" * 1300 + "b",
        "a" + ".b" * 2000,
        "a" + "[0]" * 1300,
        "f(" * 2000,
        "x->" * 1000 + "x",
        "{1:" * 1000,
        "`${`" * 1000,
        "!" * 99 + "a",
        "iif(a,b," * 99 + "c" + ")" * 99,
        "'" + "\\" * 4000,
        "${" * 2000,
        "/*" * 2000,
    ],
)
@pytest.mark.timeout(20)
def test_hostile_texts_end_quickly(text):
    start = time.monotonic()
    with suppress(ExpressionError, TransformError):
        compile_expression(text)({})
    assert time.monotonic() - start < 5


@pytest.mark.parametrize(
    ("text", "record"),
    [
        ("date(x, p)", {"x": "2020" + "1" * 60 + "!", "p": "yyyy" + "[d]" * 60}),
        ("date(x, p)", {"x": "1" * 60 + "!", "p": "yMdHms" * 9}),
        ("date(x)", {"x": "1" * 1_000_000}),
        ("transformArray(1..10000, x -> 1..10000)", {}),
        ('transformArray(1..10000, x -> lpad("", 65536, "a"))', {}),
        ("*".join(["x"] * 1000), {"x": 10**999}),
        ("concat(x)", {"x": 10**5000}),
        ("`" + "${x}" * 800 + "`", {"x": "a" * 10_000}),
        ("extract_regex(x, '(a|aa)+$')", {"x": "a" * 200 + "!"}),
    ],
)
@pytest.mark.timeout(20)
def test_hostile_values_are_refused_quickly(text, record):
    start = time.process_time()
    with pytest.raises(TransformError):
        compile_expression(text)(record)
    assert time.process_time() - start < 3


@pytest.mark.parametrize(
    "grown", ["concat(a, a, a, a)", "[a, a, a, a]", "join_arrays(a, a, a, a)", "to_object('x', a, 'y', a)"]
)
@pytest.mark.timeout(20)
def test_what_lambdas_double_does_not_fill_the_memory(grown):
    text = "concat(a)"
    for _ in range(25):
        text = f"transformArray([{grown}], a -> {text})"

    with pytest.raises(TransformError, match=r"too large|longer than"):
        compile_expression(text)({"a": ["abc"] if grown.startswith("join") else "abc"})


def test_a_regular_expression_that_keeps_taking_too_long_is_given_up(monkeypatch):
    monkeypatch.setattr("target_aep.dataprep.regexes.REGEX_SECONDS", 0.001)
    matches = compile_expression("matches_regex(x, '(b|bb)+$')")
    for _ in range(MAX_SLOW_MATCHES):
        with pytest.raises(TransformError, match="took over"):
            matches({"x": "b" * 300 + "!"})

    with pytest.raises(TransformError, match="took too long for 40 texts"):
        matches({"x": "b" * 300 + "!"})


def test_nested_lambdas_are_bounded():
    text = "x"
    for name in ("a", "b", "c"):
        text = f"transformArray(1..1000, {name} -> {text})"

    with pytest.raises(TransformError, match="calls of lambdas"):
        compile_expression(text)({})


@pytest.mark.timeout(120)
def test_random_data_for_json_dates_and_regular_expressions_end():
    """A short run of what can be run for longer: random texts for the functions that parse."""
    generator = random.Random(20260630)
    expressions = [
        compile_expression(text)
        for text in (
            "json_to_object(x)", "date(x)", "date(x, y)", "format(date(y), x)", "matches_regex(x, y)",
            "extract_regex(x, y)", "explode(x, y)", "str_to_object(x)", "get_url_query_str(x, 'append')",
            "aa_get_product_event_values(x, y)", "zone_date_to_zone(now(), x)", "ua_device_class(x)",
        )
    ]  # fmt: skip
    alphabet = string.digits + "-/:.TZ +[]{}()*?|\\\"',;=&#%yMdHmsSXz'éabc"
    end = time.monotonic() + 5
    while time.monotonic() < end:
        record = {name: "".join(generator.choices(alphabet, k=generator.randint(0, 40))) for name in "xy"}
        for expression in expressions:
            with suppress(TransformError):
                expression(record)
    deep = "[" * 100_000 + "]" * 100_000
    with pytest.raises(TransformError):
        compile_expression("json_to_object(x)")({"x": deep})
