"""Functions beyond their documented samples: corners, nulls, limits."""

import hashlib
import inspect
import itertools
import re
from contextlib import suppress

import pytest

from target_aep.dataprep import TransformError, compile_expression
from target_aep.dataprep.functions import FUNCTIONS, Category, Scope

PHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)"
    " CriOS/125.0.1 Mobile/15E148 Safari/604.1"
)
DESKTOP = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko)"
    " Chrome/120.0.0.0 Safari/537.36"
)
LISTED = """
    concat explode instr replacestr substr lower lcase upper ucase split join lpad rpad left right
    ltrim rtrim trim equals equalsIgnoreCase extract_regex matches_regex sha1 sha256 sha512 md5
    crc32 get_url_protocol get_url_host get_url_port get_url_path get_url_query_str get_url_encoded
    get_url_decoded now timestamp format dformat date date_part set_date_part make_date_time
    make_timestamp zone_date_to_utc zone_date_to_zone is_empty arrays_to_object to_object
    str_to_object contains_key nullify get_keys get_values map_get_values map_has_keys add_to_map
    object_to_map coalesce first last add_to_array join_arrays to_array size_of upsert_array_append
    upsert_array_replace array_to_string filterArray transformArray flattenArray array_to_map to_map
    decode iif min max to_bigint to_decimal to_float to_integer json_to_object uuid guid
    fpid_to_ecid ua_os_name ua_os_version_major ua_os_version ua_os_name_version ua_agent_version
    ua_agent_version_major ua_agent_name ua_device_class aa_get_event_id aa_get_event_value
    aa_get_product_categories aa_get_product_names aa_get_product_quantities aa_get_product_prices
    aa_get_product_event_values aa_get_product_evars
"""
UNLISTED = """
    arrays_to_objects get hash is_set aa_get_product_events aa_get_product_event_ids
    current_timestamp current_date
"""


def evaluate(text, **record):
    return compile_expression(text)(record)


def test_every_function_of_the_list_exists_and_no_other():
    assert sorted(FUNCTIONS) == sorted(f"{LISTED} {UNLISTED}".split())
    assert len(LISTED.split()) == 99 + 1  # the alias make_timestamp is named in a description only


def test_every_function_says_what_it_does():
    for function in FUNCTIONS.values():
        assert function.summary.endswith("."), function.name
        assert function.name in function.signature


def test_no_function_raises_anything_but_the_languages_error_whatever_it_gets():
    values = (None, "", "a", "-3", 7, 1.5, True, [], ["x", None], {"k": [1]})
    for function in FUNCTIONS.values():
        fewest = max(function.fewest, 1 if function.most != 0 else 0)
        for given in itertools.product(values, repeat=min(fewest, 3)):
            record = dict(zip("abc", given, strict=False))
            arguments = ", ".join([*record, *["a"] * (fewest - len(record))])
            with suppress(TransformError):
                compile_expression(f"{function.name}({arguments})")(record)


NULL_SAFE = [name for name in FUNCTIONS if name not in {"hash", "is_empty", "date_part", "set_date_part"}]


@pytest.mark.parametrize("name", NULL_SAFE)
def test_null_does_not_fail(name):
    function = FUNCTIONS[name]
    arguments = ["nul"] * function.fewest
    if name in {"arrays_to_object", "arrays_to_objects", "to_object", "to_map"}:
        arguments = ['"k"', "nul"]

    evaluate(f"{name}({', '.join(arguments)})", nul=None)


def test_the_implementations_take_as_many_arguments_as_the_table_says():
    for function in FUNCTIONS.values():
        parameters = inspect.signature(function.implementation).parameters.values()
        count = sum(p.kind is not p.VAR_POSITIONAL for p in parameters) - int(function.reads_record)
        assert function.most is None or function.most == count


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('concat("a", null, 1, 2.5, true)', "a12.5true"),
        ('explode("a,b,,c,")', ["a", "b", "", "c", ""]),
        ('explode("a--b", "--")', ["a", "b"]),
        (r'explode("a.b", "\.")', ["a", "b"]),
        ('split("a,b;c,,d", ",;")', ["a", "b", "c", "d"]),
        (r'split("a\\b", "\\\\")', ["a", "b"]),
        ('instr("banana", "an", 0, 2)', 3),
        ('instr("banana", "an", 2)', 3),
        ('instr("banana", "x")', -1),
        ('replacestr("aXbX", "X", "y")', "ayby"),
        ('replacestr("abc", "", "y")', "abc"),
        ('substr("abc", 1, 99)', "bc"),
        ('substr("abc", 9, 1)', ""),
        ('left("abc", 9)', "abc"),
        ('left("abc", -1)', ""),
        ('right("abc", 0)', ""),
        ('lpad("bat", 2, "yz")', "bat"),
        ('lpad("bat", 5, null)', "  bat"),
        ('rpad("bat", 5, "")', "bat  "),
        ("lpad(null, 5, 'x')", None),
        ('trim("\t a b \n")', "a b"),
        ('join("-", "a", "b")', "a-b"),
        ('join("-", ["a", null, 2])', "a--2"),
        ('"5".equals(5)', False),
        ('equals("a", "a")', True),
        ('equalsIgnoreCase("STRAẞE", "straße")', True),
        ('equalsIgnoreCase("STRASSE", "straße")', False),
        ("equals(1, 1.0)", False),
        ('split("a b", "")', ["a b"]),
        ('split("a b", null)', ["a", "b"]),
        ("upper('straße')", "STRASSE"),
    ],
)
def test_strings(text, expected):
    assert evaluate(text.replace("\t", "\\t").replace("\n", "\\n")) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (r'extract_regex("no match", "\d+")', []),
        (r'extract_regex("a1b", "([a-z])(\d)?(x)?")', ["a1", "a", "1", None]),
        (r'matches_regex("abc", "b")', False),
        (r'matches_regex("2020", "(?<y>\d{4})")', True),
        (r'matches_regex("aab", "a++b")', True),
        (r'matches_regex("bcd", "[a-z&&[^aeiou]]+")', True),
        (r'matches_regex("a.b", "\Qa.b\E")', True),
        (r'matches_regex("é", "\p{L}")', True),
        (r'matches_regex("é", "\w")', False),
        (r'matches_regex("x-y", "\p{Alpha}\p{Punct}[\p{Lower}]")', True),
    ],
)
def test_regular_expressions_are_java_s(text, expected):
    assert evaluate(text) == expected


@pytest.mark.parametrize("pattern", ["(", "[", "a{2,1}", "\\p{Nonsense}", "(" * 3000, "*"])
def test_a_broken_regular_expression_is_a_transform_error(pattern):
    with pytest.raises(TransformError):
        evaluate("matches_regex(x, p)", x="x", p=pattern)


@pytest.mark.parametrize("pattern", ["(a+)+b", "(a|aa)+b", "(.*)*b", "(a?){40}a{40}b", "a*a*a*a*a*a*a*a*b"])
@pytest.mark.timeout(20)
def test_a_hostile_regular_expression_ends(pattern):
    try:
        evaluate("matches_regex(x, p)", x="a" * 5000 + "c", p=pattern)
    except TransformError as error:
        assert "took over" in str(error)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('hash("SHA-256", "my text")', "7330d2b39ca35eaf4cb95fc846c21ee6a39af698154a83a586ee270a0d372104"),
        ('hash("crc32", "my text", "UTF-8")', "8df92e80"),
        ('md5("ä", "ISO-8859-1")', hashlib.new("md5", b"\xe4", usedforsecurity=False).hexdigest()),
        ('md5("ä", "UTF-16")', hashlib.new("md5", b"\xfe\xff\x00\xe4", usedforsecurity=False).hexdigest()),
        ('md5("ä", "US-ASCII") == md5("?")', True),
        ('md5("my text") == md5("my text", "UTF-16")', False),
    ],
)
def test_hashes(text, expected):
    assert evaluate(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('get_url_protocol("www.adobe.com")', None),
        ('get_url_host("https://a b/")', None),
        ('get_url_host("https://user:pw@Example.com:8443/x")', "Example.com"),
        ('get_url_host("https://[::1]:8443/x")', "[::1]"),
        ('get_url_port("https://example.com:8443/x")', 8443),
        ('get_url_port("http://example.com")', 80),
        ('get_url_port("foo://example.com")', None),
        ('get_url_path("https://example.com/a/b.html?c=1#d", false)', "b.html"),
        ('get_url_path("https://example.com")', ""),
        ('get_url_query_str("http://e.com/?a=1&b=&a=2#z", "append")', {"a": "1", "b": "", "_anchor_": "z"}),
        ('get_url_query_str("http://e.com/x", "remove")', {}),
        (
            'get_url_encoded(" !#$%&()*+,/:;<=>?@[]^~|-_.")',
            "%20%21%23%24%25%26%28%29%2A%2B%2C%2F%3A%3B%3C%3D%3E%3F%40%5B%5D%5E%7E%7C-_.",
        ),
        ('get_url_decoded("a+b%20%C3%A4")', "a+b ä"),
    ],
)
def test_urls(text, expected):
    assert evaluate(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("is_empty({:})", True),
        ("is_empty(nul)", True),
        ('arrays_to_objects("a", [1, 2], "b", [3])', [{"a": 1, "b": 3}, {"a": 2}]),
        ('arrays_to_objects("a", nul)', None),
        ('str_to_object("a:1, b : 2 ,c")', {"a": "1", "b": "2"}),
        ('get_values("a:1,b:2", "b", null, "")', "2"),
        ('map_get_values({"a": 1, "b": 2}, ["b", "a", "b", "x"])', {"b": 2, "a": 1}),
        ('map_get_values({"1": 2}, 1)', 2),
        ('map_has_keys({"a": 1}, ["x", "a"])', True),
        ('map_has_keys({"a": 1}, "x")', False),
        ('object_to_map(1, "x")', {"1": "x"}),
        ('object_to_map([{"k": 1, "v": 2}], k)', {"1": {"k": 1, "v": 2}}),
        ('object_to_map("k", nul)', {"k": None}),
        ('object_to_map("k", missing)', {"k": None}),
        ('array_to_map([{"nul": 1}], nul)', None),
        ("object_to_map(nul)", None),
        ("coalesce([null, false, 1])", False),
        ("first([])", None),
        ("last([1, 2])", 2),
        ("add_to_array(nul, 1)", [1]),
        ("add_to_array([1], [2])", [1, [2]]),
        ("join_arrays([1], nul, [2, 3])", [1, 2, 3]),
        ("size_of(nul)", 0),
        ('size_of("abc")', 3),
        ("to_array(true, 1, null)", [1, None]),
        ('array_to_string("_", [["a", ["b"]], null, 1])', "a_b__1"),
        ("flattenArray([1, [2, [3]]])", [1, 2, 3]),
        ("filterArray(nul, x -> x)", None),
        ('decode("c", "a", 1, "b", 2)', None),
        ('decode("b", ["a", 1, "b", 2])', 2),
        ("decode(nul, null, 1, 2)", 1),
        ("min([3, null, 1])", 1),
        ('max("a", "c", "b")', "c"),
        ('max(2, "10")', "10"),
        ('to_integer("12.0")', 12),
        ('to_bigint("123456789012345678901")', 123456789012345678901),
        ('to_float("0.1")', 0.1),
        ('json_to_object("[1, {}]")', [1, {}]),
    ],
)
def test_hierarchies_choices_and_numbers(text, expected):
    assert evaluate(text, nul=None) == expected


@pytest.mark.parametrize(
    "text",
    [
        'to_integer("12.5")',
        'to_integer("3000000000")',
        'to_decimal("x")',
        'to_float("1e40")',
        'json_to_object("[1e999]")',
        'json_to_object("{")',
        'json_to_object("NaN")',
        'to_object("a")',
        'lower(["A"])',
        'get_keys("x".length())',
        'fpid_to_ecid("00000000-0000-0000-0000-000000000000")',
        'hash("rot13", "x")',
        'sha1("x", "EBCDIC")',
        "size_of(1)",
        "filterArray([1], 1)",
    ],
)
def test_what_cannot_be_done_is_a_transform_error(text):
    with pytest.raises(TransformError):
        evaluate(text)


def test_objects_in_texts_look_as_adobe_exports_them():
    organisation = {"id": 123, "orgName": "Acme Inc", "founded": 1990, "latestInteraction": "2024-02-16"}

    assert evaluate("array_to_string('_', o)", o=[organisation, "x"]) == (
        "{'id':123,'orgName':'Acme Inc','founded':1990,'latestInteraction':1708041600000}_x"
    )


def test_analytics_strings():
    products = ";Shoes;1;69.95;event1|event2=55.99;eVar1=12345,;Socks;10;29.99;event2=10.95;eVar1=54321"

    assert evaluate('aa_get_product_event_values(p, "event1")', p=products) == ["1", None]
    assert evaluate('aa_get_product_event_values(p, "event2")', p=products) == ["55.99", "10.95"]
    assert evaluate('aa_get_product_evars(p, "eVar1")', p=products) == ["12345", "54321"]
    assert evaluate('aa_get_event_value("event1", "event2")') is None


def test_identifiers_differ():
    assert re.fullmatch(r"[0-9a-f-]{36}", evaluate("uuid()"))
    assert evaluate("uuid() == guid()") is False


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ua_device_class(phone)", "Phone"),
        ("ua_agent_name(phone)", "Chrome"),
        ("ua_os_name_version(phone)", "iOS 17.5"),
        ("ua_device_class(desktop)", "Desktop"),
        ("ua_agent_version_major(desktop)", "Chrome 120"),
        (
            'ua_device_class("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)")',
            "Robot",
        ),
        ('ua_device_class("Mozilla/5.0 (iPad; CPU OS 16_0 like Mac OS X) Safari/604.1")', "Tablet"),
        (
            'ua_device_class("Mozilla/5.0 (PlayStation; PlayStation 5/2.26) AppleWebKit/605.1.15")',
            "Game Console",
        ),
        ('ua_device_class("Mozilla/5.0 (SMART-TV; Linux; Tizen 6.0) AppleWebKit/538.1")', "TV"),
        ('ua_device_class("what is this")', "Unknown"),
        ('ua_agent_name("what is this")', "Unknown"),
        ('ua_os_version("what is this")', None),
    ],
)
def test_user_agents(text, expected):
    assert evaluate(text, phone=PHONE, desktop=DESKTOP) == expected


def test_categories_and_scopes_are_those_of_the_list():
    assert {function.category for function in FUNCTIONS.values()} == set(Category)
    assert FUNCTIONS["filterArray"].scope is Scope.DESTINATIONS
    assert FUNCTIONS["fpid_to_ecid"].scope is Scope.UNAVAILABLE
