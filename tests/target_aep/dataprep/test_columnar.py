"""Tables: the columnar way gives what the way by record gives."""

import datetime as dt

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from target_aep.dataprep import ExpressionError, MappingSet, TableMapper, compile_expression
from target_aep.dataprep.columnar import MAX_WARNINGS
from target_aep.dataprep.conversion import to_json
from target_aep.dataprep.vectors import compile_vector
from target_aep.xdm.types import Field, XdmType
from tests.target_aep.dataprep.strategies import columns

STRING = Field(XdmType.STRING)


def obj(**fields):
    return Field(XdmType.OBJECT, fields=fields)


ROOT = obj(
    _id=STRING,
    timestamp=Field(XdmType.DATE_TIME),
    person=obj(
        name=obj(first=STRING, last=STRING),
        birthDate=Field(XdmType.DATE),
        age=Field(XdmType.INT),
    ),
    tags=Field(XdmType.ARRAY, items=STRING),
    items=Field(
        XdmType.ARRAY,
        items=obj(sku=STRING, quantity=Field(XdmType.LONG), price=obj(value=Field(XdmType.DOUBLE))),
    ),
    identityMap=Field(
        XdmType.MAP, items=Field(XdmType.ARRAY, items=obj(id=STRING, primary=Field(XdmType.BOOLEAN)))
    ),
    address=obj(line=STRING, city=STRING, geo=obj(lat=Field(XdmType.DOUBLE))),
    score=Field(XdmType.DOUBLE),
    flag=Field(XdmType.BOOLEAN),
)
MAPPINGS = [
    ("ATTRIBUTE", "a", "_id"),
    ("ATTRIBUTE", "b", "timestamp"),
    ("ATTRIBUTE", "c", "person.birthDate"),
    ("ATTRIBUTE", "d", "person.age"),
    ("EXPRESSION", 'concat(a, "-", b)', "person.name.first"),
    ("EXPRESSION", "upper(c)", "person.name.last"),
    ("EXPRESSION", "iif(a == null, nullify(), a + 1)", "score"),
    ("EXPRESSION", "explode(concat(a, ',', b))", "tags"),
    ("EXPRESSION", "date(b)", "timestamp"),
    ("EXPRESSION", "a", "identityMap.Email[0].id"),
    ("STATIC", "true", "identityMap.Email[0].primary"),
    ("EXPRESSION", "[a, b]", "items[*].sku"),
    ("EXPRESSION", "[d, 2]", "items[*].quantity"),
    ("EXPRESSION", "iif(a == b, null, [b, null])", "items[*].sku"),
    ("ATTRIBUTE", "b", "items[*].sku"),
    ("STATIC", "7", "items[*].quantity"),
    ("EXPRESSION", "[to_integer(b), c]", "items[*].quantity"),
    ("EXPRESSION", "to_array(true, a, c, null)", "items[*].price.value"),
    ("EXPRESSION", "explode(b, '-')", "tags[*]"),
    ("ATTRIBUTE", "c", "tags[*]"),
    ("ATTRIBUTE", "a", "items[0].sku"),
    ("ATTRIBUTE", "d", "items[0].quantity"),
    ("EXPRESSION", "concat(b, '!')", "items[2].sku"),
    ("ATTRIBUTE", "b", "tags[0]"),
    ("ATTRIBUTE", "c", "tags[2]"),
    ("ATTRIBUTE", "c", "tags[70]"),
    ("ATTRIBUTE", "b", "identityMap.Phone[0].id"),
    ("ATTRIBUTE", "c", "identityMap.Phone[1].id"),
    ("ATTRIBUTE", "o", "address"),
    ("ATTRIBUTE", "o.geo", "address.geo"),
    ("EXPRESSION", "to_object('lat', a)", "address.geo"),
    ("EXPRESSION", "iif(a == b, null, to_object('line', c))", "address"),
    ("ATTRIBUTE", "o.street", "address.line"),
    ("ATTRIBUTE", "o.geo.lat", "address.geo.lat"),
    ("ATTRIBUTE", "c", "flag"),
    ("STATIC", "12", "person.age"),
    ("STATIC", "no number", "score"),
]
STRUCTS = pa.struct(
    [("street", pa.string()), ("city", pa.string()), ("geo", pa.struct([("lat", pa.float64())]))]
)
structs = st.none() | st.fixed_dictionaries(
    {
        "street": st.none() | st.text(max_size=3),
        "city": st.none() | st.just("x"),
        "geo": st.none() | st.fixed_dictionaries({"lat": st.none() | st.floats(-90, 90)}),
    }
)


def mapping_set(mappings):
    names = ("sourceType", "source", "destination")
    return MappingSet.from_dict({"mappings": [dict(zip(names, each, strict=True)) for each in mappings]})


def json_rows(table):
    """Rows without what is null, as a preview has them."""
    return [_json(row) for row in table.to_pylist(maps_as_pydicts="strict")]


def _json(value):
    if isinstance(value, dict):
        return {key: _json(item) for key, item in value.items() if item is not None}
    return [_json(item) for item in value] if isinstance(value, list) else to_json(value)


def distinct(mappings):
    chosen = {}
    for mapping in mappings:
        chosen.setdefault(mapping[2], mapping)
    return list(chosen.values())


@given(
    st.lists(st.sampled_from(MAPPINGS), min_size=1, max_size=8).map(distinct),
    st.lists(columns(length=4), min_size=4, max_size=4),
    st.lists(structs, min_size=4, max_size=4),
)
@settings(max_examples=300, deadline=None)
def test_a_table_maps_as_its_records_do(mappings, arrays, objects):
    table = pa.table([*arrays, pa.array(objects, STRUCTS)], names=["a", "b", "c", "d", "o"])
    chosen = mapping_set(mappings)

    mapped = TableMapper(chosen, table.schema, ROOT).map(table)
    previewed = chosen.preview(table.to_pylist(), ROOT)

    assert json_rows(mapped.table) == [answer["data"] for answer in previewed]
    told = sorted((row, e["destination"]) for row, a in enumerate(previewed) for e in a["errors"] or ())
    assert sorted((warning.row, warning.destination) for warning in mapped.warnings) == told
    assert sum(mapped.warning_counts.values()) == len(told)


WORDS = [
    "", "false", "Zoë", "straße", "İ", "ΣΑΣ", "2020-01-31", "2020-02-30T01:02:03Z", "2020-01-31T10:11:12Z",
    "2020-01-31T22:11:12-08:00", "2020-02-29 01:02:03+0530",
    "1/2/2020", "31.12.2020 10:11", " a\u2003", "a", "b", "A", "7", "x y", "\U0001f600", "ǅ", "ŉ",
]  # fmt: skip
TABLE_TYPES = {
    "a": (pa.string(), st.sampled_from(WORDS) | st.text(max_size=4)),
    "b": (pa.string(), st.sampled_from(WORDS)),
    "d": (
        pa.string(),
        st.sampled_from(["2020-01-31T10:11:12Z", "2021-12-01T00:00:00Z", "1999-01-01 01:02:03"]),
    ),
    "i": (pa.int32(), st.integers(-3, 9)),
    "j": (pa.int64(), st.integers(-(2**63), 2**63 - 1) | st.integers(-3, 9)),
    "f": (pa.float64(), st.floats() | st.integers(-3, 9).map(float)),
    "t": (pa.bool_(), st.booleans()),
    "m": (pa.timestamp("us", tz="UTC"), st.datetimes(dt.datetime(1, 1, 2), dt.datetime(9999, 1, 1))),
}
PATTERNS = [
    "yyyy-MM-dd",
    "M/d/yyyy",
    "dd.MM.yyyy HH:mm",
    "yyyy-MM-dd'T'HH:mm:ssX",
    "yyyy/MM/dd HH 'h' %m",
    "d MMM yy",
]
leaves = st.sampled_from([*TABLE_TYPES, "gone", "null", '"a"', '""', "7", "1.5", "true"])


def _calls(inner):
    text = st.sampled_from(["a", "b", "d"])
    pattern = st.sampled_from(PATTERNS).map(lambda pattern: f'"{pattern}"')
    return st.one_of(
        st.builds("concat({}, {}, {})".format, inner, st.sampled_from(['"-"', "null", "i"]), inner),
        st.builds(
            "{}({})".format, st.sampled_from(["lower", "ucase", "trim", "ltrim", "rtrim"]), text | inner
        ),
        st.builds("substr({}, {}, {})".format, text | inner, st.integers(-1, 3), st.integers(-1, 3)),
        st.builds("left({}, {})".format, text, st.integers(-1, 3)),
        st.builds("coalesce({}, {})".format, inner, inner),
        st.builds('decode({}, "a", "1", "b", null, "a", "3", {})'.format, text, inner),
        st.builds('decode({}, "a", "1", "Zoë", {})'.format, text, inner),
        st.builds("iif({}, {}, {})".format, inner, inner, inner),
        st.builds("({} ? {} : nullify())".format, inner, inner),
        st.builds(
            "({} {} {})".format,
            inner,
            st.sampled_from(["==", "!=", "<", "<=", ">=", "&&", "||", "??", "+"]),
            inner,
        ),
        st.builds("!({})".format, inner),
        st.builds("({}).equals({})".format, inner, inner),
        st.builds("date({})".format, text | inner),
        st.builds("date({}, {})".format, text, pattern),
        st.builds("format({}, {})".format, st.sampled_from(["m", "date(d)", "date(a)"]), pattern),
        st.builds("{}({})".format, st.sampled_from(["sha1", "size_of", "get_url_host", "to_integer"]), inner),
        st.builds("`<${{{}}}>`".format, text),
        st.builds("{}({})".format, st.sampled_from(["md5", "sha256", "sha512"]), text),
        st.builds("matches_regex({}, {})".format, text, st.sampled_from(['"[a-z]+"', '"(a|b)*"', '"("'])),
        st.builds("[{}, {}]".format, inner, inner),
    )


calculated = st.recursive(leaves, _calls, max_leaves=6).filter(lambda text: "(" in text or "[" in text)


@st.composite
def tables(draw, length=4):
    arrays = {
        name: draw(st.lists(st.none() | values, min_size=length, max_size=length))
        for name, (_, values) in TABLE_TYPES.items()
    }
    return pa.table({name: pa.array(values, TABLE_TYPES[name][0]) for name, values in arrays.items()})


@given(
    calculated,
    tables(),
    st.sampled_from(["_id", "timestamp", "person.birthDate", "person.age", "score", "flag", "tags"]),
)
@settings(max_examples=300, deadline=None)
def test_an_expression_has_the_same_values_by_column_and_by_record(expression, table, destination):
    chosen = mapping_set([("EXPRESSION", expression, destination)])

    mapped = TableMapper(chosen, table.schema, ROOT).map(table)
    previewed = chosen.preview(table.to_pylist(), ROOT)

    assert json_rows(mapped.table) == [answer["data"] for answer in previewed]
    told = sorted((row, e["destination"]) for row, a in enumerate(previewed) for e in a["errors"] or ())
    assert sorted((warning.row, warning.destination) for warning in mapped.warnings) == told


@pytest.mark.parametrize(
    "expression",
    [
        'concat(a, "-", b, i)', "lower(trim(a))", 'iif(i > 3, "x", b)', "date(d)", 'date(a, "M/d/yyyy")',
        'decode(a, "x", "1", concat("y", b))', "sha256(concat(a, b))",
        'iif(a == null, nullify(), a.equals("x"))', 'format(m, "yyyy-MM-dd")', "i + j * 2",
        "explode(a)[0]", "a ?? b",
    ],
)  # fmt: skip
def test_usual_expressions_are_evaluated_by_column(expression):
    schema = pa.schema([(name, kind) for name, (kind, _) in TABLE_TYPES.items()])

    assert compile_vector(compile_expression(expression).tree, schema) is not None


@pytest.mark.parametrize(
    "expression", ["uuid()", "filterArray(a, x -> x)", 'contains_key("a")', "1 + 1", "{a, b}"]
)
def test_what_has_no_columns_is_evaluated_by_record(expression):
    assert compile_vector(compile_expression(expression).tree, pa.schema([("a", pa.string())])) is None


def test_an_attribute_that_is_named_without_quotes_is_found_in_a_table_too():
    table = pa.table({"a": [[{"k": "x", "v": "1"}]], "b": ["y"]})
    root = obj(named=Field(XdmType.MAP, items=obj(v=STRING)), pair=Field(XdmType.MAP, items=STRING))
    chosen = mapping_set([
        ("EXPRESSION", "object_to_map(a, k)", "named"), ("EXPRESSION", 'object_to_map("k", b)', "pair"),
    ])  # fmt: skip

    mapped = TableMapper(chosen, table.schema, root).map(table)

    assert json_rows(mapped.table) == [{"named": {"x": {"v": "1"}}, "pair": {"k": "y"}}]


def test_parts_of_arrays_maps_and_copied_objects_are_columns(monkeypatch):
    monkeypatch.setattr("target_aep.dataprep.rows.put_value", None)  # nothing is left to records
    table = pa.table({"a": ["x", None], "b": [None, "y"], "o": [{"street": "s", "city": "c"}, None]})
    chosen = mapping_set([
        ("ATTRIBUTE", "a", "tags[1]"), ("ATTRIBUTE", "b", "items[0].sku"),
        ("ATTRIBUTE", "a", "identityMap.Email[0].id"), ("STATIC", "true", "identityMap.Email[0].primary"),
        ("ATTRIBUTE", "o", "address"), ("ATTRIBUTE", "o.street", "address.line"),
        ("EXPRESSION", "[a, b, null]", "lines[*].sku"), ("EXPRESSION", "explode(b)", "lines[*].note.text"),
    ])  # fmt: skip

    lines = Field(XdmType.ARRAY, items=obj(sku=STRING, note=obj(text=STRING)))
    root = obj(**ROOT.fields, lines=lines)
    rows = TableMapper(chosen, table.schema, root).map(table).table.to_pylist(maps_as_pydicts="strict")

    assert rows[0] == {
        "tags": [None, "x"],
        "items": None,
        "identityMap": {"Email": [{"id": "x", "primary": True}]},
        "address": {"line": "s", "city": "c", "geo": None},
        "lines": [{"sku": "x", "note": None}],
    }
    assert rows[1] == {
        "tags": None,
        "items": [{"sku": "y", "quantity": None, "price": None}],
        "identityMap": {"Email": [{"id": None, "primary": True}]},
        "address": None,
        "lines": [{"sku": None, "note": {"text": "y"}}, {"sku": "y", "note": None}],
    }


def test_a_date_time_of_another_zone_gives_its_own_day_and_text():
    table = pa.table({"a": ["2020-01-31T23:30:00-08:00", "2020-01-31T23:30:00Z", None]})
    chosen = mapping_set([
        ("EXPRESSION", "date(a)", "person.birthDate"), ("EXPRESSION", "date(a)", "_id"),
        ("EXPRESSION", "date(a)", "timestamp"),
    ])  # fmt: skip

    first, *_ = rows = json_rows(TableMapper(chosen, table.schema, ROOT).map(table).table)

    assert rows == [answer["data"] for answer in chosen.preview(table.to_pylist(), ROOT)]
    assert first == {
        "person": {"birthDate": "2020-01-31"},
        "_id": "2020-01-31T23:30:00-08:00",
        "timestamp": "2020-02-01T07:30:00Z",
    }


def test_columns_have_the_arrow_types_of_the_schema_in_its_order():
    table = pa.table({"a": ["1"], "b": ["2020-01-01T00:00:00Z"], "n": ["7"]})
    mapper = TableMapper(
        mapping_set([
            ("ATTRIBUTE", "n", "person.age"), ("ATTRIBUTE", "b", "timestamp"), ("ATTRIBUTE", "a", "_id"),
        ]),
        table.schema,
        ROOT,
    )  # fmt: skip

    mapped = mapper.map(table).table

    assert mapped.schema == pa.schema(
        [
            ("_id", pa.string()),
            ("timestamp", pa.timestamp("ms", tz="UTC")),
            ("person", pa.struct([("age", pa.int32())])),
        ]
    )
    assert mapped.to_pylist() == [
        {"_id": "1", "timestamp": dt.datetime(2020, 1, 1, tzinfo=dt.timezone.utc), "person": {"age": 7}}
    ]


def test_an_object_without_any_value_is_null():
    table = pa.table({"a": ["x", None]})
    mapper = TableMapper(mapping_set([("ATTRIBUTE", "a", "person.name.first")]), table.schema, ROOT)

    assert mapper.map(table).table.column("person").null_count == 1


def test_a_column_that_the_source_lacks_stays_null_and_is_told():
    table = pa.table({"a": ["x"]})
    mapper = TableMapper(
        mapping_set([("ATTRIBUTE", "a", "_id"), ("ATTRIBUTE", "gone", "person.name.last")]),
        table.schema,
        ROOT,
    )

    assert mapper.missing_sources == ["gone"]
    assert mapper.map(table).table.column("person").null_count == 1


def test_chunked_and_empty_tables_map():
    table = pa.table({"a": pa.chunked_array([["x"], [], ["y", None]])})
    mapper = TableMapper(
        mapping_set([("ATTRIBUTE", "a", "_id"), ("EXPRESSION", "upper(a)", "person.name.last")]),
        table.schema,
        ROOT,
    )

    assert json_rows(mapper.map(table).table) == [
        {"_id": "x", "person": {"name": {"last": "X"}}}, {"_id": "y", "person": {"name": {"last": "Y"}}}, {},
    ]  # fmt: skip
    empty = mapper.map(table.slice(0, 0)).table
    assert empty.num_rows == 0
    assert empty.schema == mapper.map(table).table.schema


def test_an_expression_without_fields_has_a_value_in_every_row():
    table = pa.table({"a": ["x", "y"]})
    mapper = TableMapper(mapping_set([("EXPRESSION", '"const"', "_id")]), table.schema, ROOT)

    assert mapper.map(table).table.column("_id").to_pylist() == ["const", "const"]


def test_warnings_are_counted_but_not_all_kept():
    table = pa.table({"a": ["x"] * (MAX_WARNINGS + 5)})
    mapped = TableMapper(mapping_set([("ATTRIBUTE", "a", "person.age")]), table.schema, ROOT).map(table)

    assert len(mapped.warnings) == MAX_WARNINGS
    assert mapped.warning_counts == {"person.age": MAX_WARNINGS + 5}


@pytest.mark.parametrize(
    "mapping", [("EXPRESSION", "upper(", "_id"), ("ATTRIBUTE", "a", "nowhere"), ("ATTRIBUTE", "a", "_id[")]
)
def test_a_mapping_that_cannot_be_understood_is_refused_at_once(mapping):
    with pytest.raises(ExpressionError):
        TableMapper(mapping_set([mapping]), pa.schema([("a", pa.string())]), ROOT)
