"""The language itself: literals, precedence, operators on mixed values, what is refused and where."""

import pytest

from target_aep.dataprep import ExpressionError, TransformError, compile_expression

RECORD = {
    "five": "5",
    "nul": None,
    "n": 5,
    "s": "abc",
    "t": True,
    "f": 2.5,
    "arr": [1, 2, 3],
    "obj": {"a": 1, "b c": 2, "inner": {"k": "v"}, "x.y": "dot"},
    "First Name": "Ann",
    "web.ecid": "e",
    "date": "3/21/24",
    "Größe": 44,
}


def evaluate(text):
    return compile_expression(text)(RECORD)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0x1F", 31),
        ("010", 8),
        ("5L", 5),
        ("9223372036854775808", 9223372036854775808),
        ("1e3", 1000.0),
        ("1.5e3", 1500.0),
        ("1.5f", 1.5),
        (r'"\d+"', r"\d+"),
        (r'"\\d"', r"\d"),
        (r"'it\'s'", "it's"),
        (r'"a\tb"', "a\tb"),
        (r'"\u0041"', "A"),
        ("[]", []),
        ('[1, "a", null, 1.5]', [1, "a", None, 1.5]),
        ("{:}", {}),
        ('{"k": 1, "l": [2]}', {"k": 1, "l": [2]}),
        ("{1, 2, 1}", [1, 2]),
        ("`hello ${s}`", "hello abc"),
        ("/* a */ 1 // b", 1),
        ("1 ## c", 1),
    ],
)
def test_a_literal_has_the_value_that_jexl_gives_it(text, expected):
    value = evaluate(text)

    assert value == expected
    assert type(value) is type(expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 + 2 * 3", 7),
        ("(1 + 2) * 3", 9),
        ("5 - 3 - 1", 1),
        ("-7 / 2", -3),
        ("-7 % 3", -1),
        ("7 mod 3", 1),
        ("7.0 div 2", 3.5),
        ("2147483647 + 1", 2147483648),
        ("3 | 6 ^ 3 & 6", 7),
        ("~44", -45),
        ("~2.5", -3),
        ("-3.7 | 0", -3),
        ("1.5 .. 3", [1, 2, 3]),
        ("arr[1.7]", 2),
        ("size$ == null", True),
        ("1B / 3 == 0.3333333333333333333333333333333333B", True),
        ("2 + 3 == 5 && 1 < 2", True),
        ("true ? 1 : false ? 2 : 3", 1),
        ("false ? 1 : true ? 2 : 3", 2),
        ("not t or t", True),
        ("1 .. 3", [1, 2, 3]),
        ("size arr + 1", 4),
        ("!empty arr", True),
    ],
)
def test_operators_bind_as_in_jexl(text, expected):
    assert evaluate(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("five * 2", 10),
        ("five > 4", True),
        ('"10" > 9', True),
        ('"10" > "9"', False),
        ('"5" == 5', True),
        ('"5.0" == 5', True),
        ('"1" + "2"', "12"),
        ('"1" + 2', 3),
        ('"a" + 1', "a1"),
        ('"a" + null', "a"),
        ("1 + nul", 1),
        ("nul * 2", 0),
        ("nul > 1", False),
        ("nul < 1", False),
        ('"10" < true', True),
        ("true > false", True),
        ("true < 2", True),
        ("nul <= nul", True),
        ("nul >= missing", True),
        ("nul < nul", False),
        ("nul / nul", 0),
        ("missing == null", True),
        ("missing.deeper.still == null", True),
        ('nul == ""', False),
        ('true == "yes"', True),
        ('"false" ? 1 : 2', 2),
        ("NaN == NaN", False),
        ("[1] == [1]", True),
        ('nul ?: "d"', "d"),
        ('"" ?: "d"', "d"),
        ('"" ?? "d"', ""),
        ("nul ?? 1", 1),
        ("size nul", 0),
        ("empty 0", True),
    ],
)
def test_nulls_and_numeric_texts_are_lenient(text, expected):
    value = evaluate(text)

    assert value == expected
    assert type(value) is type(expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('s =~ "a.c"', True),
        ('s =~ "b"', False),
        ("2 =~ arr", True),
        ('"a" =~ obj', True),
        ("9 !~ arr", True),
        ('"2" =~ arr', False),
        ("2.0 =~ arr", False),
        ("nul =~ [null]", False),
        ("n =^ 5", True),
        ("12 =^ 1", False),
        ("12 =$ 2", False),
        ('s =^ "ab"', True),
        ('s =$ "bc"', True),
        ('s !^ "b"', True),
        ('s !$ "b"', True),
    ],
)
def test_matching_operators(text, expected):
    assert evaluate(text) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("obj.a", 1),
        ("obj['inner'].k", "v"),
        ("obj.'b c'", 2),
        (r"obj.x\.y", "dot"),
        ("obj.${b c}", 2),
        ("${First Name}", "Ann"),
        (r"${web\.ecid}", "e"),
        ("web.ecid", "e"),
        ("${obj.inner.k}", "v"),
        ("arr[0] + arr.1", 3),
        ("arr[5]", None),
        ("arr[-1]", None),
        ("nul.x.y", None),
        ("Größe", 44),
        ('date.equals("3/21/24")', True),
        ("s.length()", 3),
        ('nul.equals("x")', None),
        ('obj.get("a")', 1),
    ],
)
def test_fields_are_found(text, expected):
    assert evaluate(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('"+49 (0)12-3".replaceAll("[^0-9]", "")', "490123"),
        ('"aXbX".replaceFirst("X", "-")', "a-bX"),
        (r'"john doe".replaceAll("(\w+) (\w+)", "$2, $1")', "doe, john"),
        ('"ab".replaceAll("(?<n>a)", "<${n}>")', "<a>b"),
        (r'"a.b".replaceAll("\.", "\\$")', "a$b"),
        ('"ab".replaceAll("(x)?a", "[$1]")', "[]b"),
        ('nul.replaceAll("a", "b")', None),
    ],
)
def test_matches_are_replaced_as_in_java(text, expected):
    assert evaluate(text) == expected


@pytest.mark.parametrize("replacement", ['"$3"', '"${n}"', "lpad('', 60000, 'x')"])
def test_a_replacement_without_its_group_or_without_end_is_refused(replacement):
    with pytest.raises(TransformError, match=r"no such group|longer than"):
        evaluate(f"lpad('', 100, 'a').replaceAll('a', {replacement})")


@pytest.mark.parametrize(("text", "hint"), [("nvl(s, 1)", "coalesce"), ("uper(s)", "upper")])
def test_a_function_of_another_language_is_answered_with_the_one_of_this(text, hint):
    with pytest.raises(ExpressionError, match=f"is no function of Data Prep; {hint} is one"):
        compile_expression(text)


def test_a_branch_that_is_not_taken_is_not_evaluated():
    assert evaluate("iif(t, 1, 1 / 0)") == 1
    assert evaluate("t || 1 / 0 > 1") is True
    assert evaluate("nul != null && 1 / 0 > 1") is False
    assert evaluate("s ?: 1 / 0") == "abc"


def test_both_forms_of_lambdas_see_the_record_around_them():
    assert evaluate("transformArray(arr, x -> x * n)") == [5, 10, 15]
    assert evaluate("transformArray(arr, (x) -> { return x + 1; })") == [2, 3, 4]
    assert evaluate("transformArray(arr, x -> {x + 1})") == [2, 3, 4]
    assert evaluate("transformArray(arr, x -> {return {x};})") == [[1], [2], [3]]
    assert evaluate("transformArray([[1], [2, 3]], xs -> filterArray(xs, x -> x > size xs))") == [[], [3]]


@pytest.mark.parametrize("text", ["10 / 0", "10 % 0", '"a" * 2', "1 .. 1000000", 'lpad("a", 9999999, "b")'])
def test_what_has_no_answer_is_a_transform_error(text):
    with pytest.raises(TransformError):
        evaluate(text)


@pytest.mark.parametrize(
    ("text", "column", "words"),
    [
        ("x = 5", 3, "assigns nothing"),
        ("if (x) { 1 }", 1, "without statements"),
        ("1; 2", 2, "without statements"),
        ("1 == 2 == 3", 8, "do not chain"),
        ("1 < 2 < 3", 7, "do not chain"),
        ('concat("a)', 8, "ends with the quote"),
        ("uper(x)", 1, "upper is one"),
        ('a.equal("x")', 2, "equals is one"),
        ("lower()", 1, "takes 1 argument, not 0"),
        ("iif(a, b)", 1, "takes 3 arguments, not 2"),
        ("sha256(A[*].b)", 10, "[*] stands in attribute paths"),
        ("new", 1, "${new}"),
        ("lower(size)", 11, "a field named size is written ${size}"),
        ("concat(empty , 1)", 14, "a field named empty is written ${empty}"),
        ("1 +", 4, "the end of the expression"),
        (".5", 1, "not expected"),
        ("x -> x", 1, "lambda stands only in filterArray"),
        ("", 1, "the end of the expression"),
    ],
)
def test_a_text_that_is_no_expression_is_refused_with_its_place(text, column, words):
    with pytest.raises(ExpressionError) as caught:
        compile_expression(text)

    assert caught.value.column == column
    assert words in str(caught.value)


def test_the_place_counts_lines():
    with pytest.raises(ExpressionError) as caught:
        compile_expression('concat(\n  "a",\n  wrong(1)\n)')

    assert (caught.value.line, caught.value.column) == (3, 3)
    assert caught.value.pointer() == "  wrong(1)\n  ^"


def test_4096_characters_are_the_most():
    assert compile_expression("1" + " " * 4095)({}) == 1
    with pytest.raises(ExpressionError, match="at most 4096"):
        compile_expression("1" + " " * 4096)


def test_what_is_no_text_is_no_expression():
    with pytest.raises(ExpressionError):
        compile_expression(None)


def test_nothing_of_python_is_reachable():
    for name in ("__class__", "__init__", "keys", "real", "_budget", "record"):
        assert compile_expression(f"s.{name}")({"s": "abc"}) is None
    with pytest.raises(ExpressionError):
        compile_expression("s.getClass()")


def test_an_expression_says_what_it_reads():
    reads = compile_expression(r"iif(a.b == ${c\.d}, e[f], transformArray(g, x -> x.h + i))").reads

    assert reads == {("a", "b"), ("c.d",), ("e",), ("f",), ("g",), ("i",)}
    assert compile_expression('contains_key("a.b")').reads == {("a.b",), ("a", "b")}
    assert compile_expression("contains_key(a)").reads is None
