"""Values, expressions and columns for property tests."""

import datetime as dt

import pyarrow as pa
from hypothesis import strategies as st

from target_aep.dataprep import nodes
from target_aep.dataprep.lexical import IDENTIFIER, RESERVED
from target_aep.xdm.types import Field, XdmType

SCALAR_TYPES = [kind for kind in XdmType if kind.is_scalar]
UTC = dt.timezone.utc

number_texts = st.from_regex(
    r"[ ]?[+-]?[0-9]{0,20}(\.[0-9]{0,20})?([eE][+-]?[0-9]{1,3})?[ \n]?", fullmatch=True
)
date_texts = st.from_regex(
    r"[ ]?(0000|[0-9]{4}|19[0-9]{2}|20[0-2][0-9])-(0[1-9]|1[0-2]|[0-9]{2})-([0-2][0-9]|3[01]|[0-9]{2})"
    r"([T ][0-9]{2}:[0-5][0-9]:[0-9]{2}(\.[0-9]{1,9})?(Z|[+-][0-9]{2}:[0-9]{2}|[+-][0-9]{4})?)?",
    fullmatch=True,
)
boolean_texts = st.sampled_from(
    ["y", "yes", "Y", "YES", "on", "ON", "true", "TRUE", "n", "N", "no", "NO", "off", "false", "Yes", "1", ""]
)
texts = st.one_of(st.text(max_size=12), number_texts, date_texts, boolean_texts)
moments = st.datetimes(dt.datetime(1, 1, 2), dt.datetime(9999, 12, 30), timezones=st.just(UTC))

ARROW_COLUMNS = {
    pa.string(): texts,
    pa.large_string(): texts,
    pa.int64(): st.integers(-(2**63), 2**63 - 1) | st.integers(-300, 300),
    pa.int32(): st.integers(-(2**31), 2**31 - 1),
    pa.int8(): st.integers(-128, 127),
    pa.float64(): st.floats() | st.integers(-(2**60), 2**60).map(float),
    pa.bool_(): st.booleans(),
    pa.date32(): st.dates(dt.date(1, 1, 1), dt.date(9999, 12, 31)),
    pa.timestamp("us", tz="UTC"): moments,
    pa.timestamp("ms", tz="UTC"): moments.map(lambda m: m.replace(microsecond=m.microsecond // 1000 * 1000)),
    pa.timestamp("us"): st.datetimes(dt.datetime(1, 1, 2), dt.datetime(9999, 12, 30)),
}


@st.composite
def columns(draw, length=6):
    """An Arrow array of some type with nulls."""
    kind = draw(st.sampled_from(list(ARROW_COLUMNS)))
    values = st.none() | ARROW_COLUMNS[kind]
    return pa.array(draw(st.lists(values, min_size=length, max_size=length)), kind)


fields = st.sampled_from([Field(kind) for kind in SCALAR_TYPES])

names = st.from_regex(r"[a-zA-Zé_$][a-zA-Z0-9_$]{0,5}", fullmatch=True) | st.sampled_from(
    ["First Name", "a.b", "or", "size", "x}y", "back\\slash", "_errors", "date", "x-y"]
)
parameters = st.from_regex(r"[a-z][a-z0-9_]{0,3}", fullmatch=True)
identifiers = st.from_regex(r"[a-zA-Z_][a-zA-Z0-9_]{0,5}", fullmatch=True)
literals = st.builds(
    nodes.Literal,
    st.none()
    | st.booleans()
    | st.integers(0, 2**80)
    | st.floats(0, allow_infinity=False, allow_nan=False)
    | st.text(max_size=8)
    | st.decimals(0, 10**9, places=3),
)
references = st.builds(nodes.Reference, st.lists(names, min_size=1, max_size=3).map(tuple))
_WORDS = RESERVED | {"NaN"}
plain_references = st.builds(
    nodes.Reference, st.lists(parameters.filter(lambda n: n not in _WORDS), min_size=1, max_size=3).map(tuple)
)
functions = identifiers.filter(lambda name: name not in _WORDS)


def _lists(inner):
    return st.lists(inner, max_size=3).map(tuple)


def _chains(inner, operators, least=1):
    rest = st.lists(st.tuples(st.sampled_from(operators), inner), min_size=least, max_size=3).map(tuple)
    return st.builds(nodes.Arithmetic, inner, rest)


def _members(inner):
    quoted = st.text(max_size=5).filter(lambda name: name and not _merges(name))
    return (
        st.builds(nodes.Key, inner)
        | st.builds(nodes.MethodCall, identifiers, _lists(inner))
        | st.builds(nodes.Member, quoted | st.from_regex("0|[1-9][0-9]?", fullmatch=True))
    )


def _merges(name):
    return IDENTIFIER.match(name) is not None


def _nested(inner):
    return st.one_of(
        st.builds(nodes.Call, functions, _lists(inner)),
        st.builds(
            nodes.Access, references | literals, st.lists(_members(inner), min_size=1, max_size=3).map(tuple)
        ),
        st.builds(nodes.ArrayLiteral, _lists(inner)),
        st.builds(nodes.SetLiteral, _lists(inner)),
        st.builds(nodes.MapLiteral, st.lists(st.tuples(inner, inner), max_size=2).map(tuple)),
        st.builds(nodes.Unary, st.sampled_from(["-", "+", "~", "!", "empty", "size"]), inner),
        _chains(inner, ["+", "-"]),
        _chains(inner, ["*", "/", "%"]),
        _chains(inner, ["|"]),
        _chains(inner, ["^"]),
        _chains(inner, ["&"]),
        st.builds(
            nodes.Comparison,
            st.sampled_from(["==", "!=", "..", "<", ">", "<=", ">=", "=~", "!~", "=^", "!^", "=$", "!$"]),
            inner,
            inner,
        ),
        st.builds(
            nodes.Logical,
            st.sampled_from(["&&", "||"]),
            st.lists(inner, min_size=2, max_size=3).map(tuple),
        ),
        st.builds(nodes.Conditional, inner, inner, inner),
        st.builds(nodes.Default, st.sampled_from(["?:", "??"]), inner, inner),
        st.builds(
            nodes.Lambda,
            st.lists(parameters.filter(lambda n: n not in _WORDS), max_size=2, unique=True).map(tuple),
            inner,
        ),
        st.builds(nodes.Template, st.lists(plain_references, min_size=1, max_size=2).map(tuple)),
    )


trees = st.recursive(literals | references, _nested, max_leaves=12)
