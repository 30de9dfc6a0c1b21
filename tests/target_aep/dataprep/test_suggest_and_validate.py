"""Proposals and checks, which need no rows."""

import re

import pytest

from target_aep.dataprep import MappingSet
from target_aep.dataprep.mapping_bytes import decode
from target_aep.dataprep.mapping_csv import from_csv, to_csv, with_lines
from target_aep.dataprep.suggest import suggest, words
from target_aep.dataprep.validate import Severity, validate
from target_aep.errors import ConfigurationError
from target_aep.xdm.types import Field, XdmType

STRING = Field(XdmType.STRING)


def obj(required=(), **fields):
    return Field(XdmType.OBJECT, fields=fields, required=frozenset(required))


ROOT = obj(
    ["_id"],
    _id=STRING,
    person=obj(name=obj(firstName=STRING, lastName=STRING, fullName=STRING), birthDate=Field(XdmType.DATE)),
    personalEmail=obj(address=STRING),
    mobilePhone=obj(number=STRING),
    homeAddress=obj(
        _id=STRING, city=STRING, postalCode=STRING, _repo=obj(createDate=Field(XdmType.DATE_TIME))
    ),
    loyalty=obj(points=Field(XdmType.DOUBLE), tier=STRING),
    consents=obj(email=obj(["val"], val=STRING, time=Field(XdmType.DATE_TIME))),
    tags=Field(XdmType.ARRAY, items=STRING),
    _acme=obj(subscriberKey=STRING, optIn=Field(XdmType.BOOLEAN), rank=Field(XdmType.INT)),
)


def properties(**types):
    known = {"text": {"type": ["string", "null"]}, "moment": {"type": "string", "format": "date-time"}}
    return {name: known.get(kind, {"type": [kind, "null"]}) for name, kind in types.items()}


def mapping_set(*mappings):
    names = ("sourceType", "source", "destination")
    return MappingSet.from_dict({"mappings": [dict(zip(names, each, strict=True)) for each in mappings]})


@pytest.mark.parametrize(
    ("source", "kind", "destination"),
    [
        ("EmailAddress", "text", "personalEmail.address"),
        ("email", "text", "personalEmail.address"),
        ("E-Mail", "text", "personalEmail.address"),
        ("first_name", "text", "person.name.firstName"),
        ("Vorname", "text", "person.name.firstName"),
        ("Surname", "text", "person.name.lastName"),
        ("BirthDate", "moment", "person.birthDate"),
        ("DOB", "moment", "person.birthDate"),
        ("PLZ", "text", "homeAddress.postalCode"),
        ("Phone", "text", "mobilePhone.number"),
        ("LoyaltyPoints", "integer", "loyalty.points"),
        ("loyalty tier", "text", "loyalty.tier"),
        ("Subscriber Key", "text", "_acme.subscriberKey"),
        ("FavouriteColour", "text", None),
        ("id", "integer", "_id"),
        ("SessionID", "text", None),
        ("CreateDate", "moment", None),
    ],
)
def test_a_field_goes_where_people_would_send_it(source, kind, destination):
    [suggestion] = suggest(properties(**{source: kind}), ROOT)

    assert suggestion.destination == destination
    assert (suggestion.score > 0.7) == (destination is not None)


def nested(**attributes):
    return {"type": ["object", "null"], "properties": properties(**attributes)}


def proposed(**fields):
    return {each.source: each.destination for each in suggest(fields, ROOT)}


def test_an_object_of_which_something_fits_is_taken_apart():
    assert proposed(
        Address=nested(City="text", zip="text", Colour="text"),
        contact={"type": "object", "properties": {"Name": nested(first="text", surname="text")}},
        Score={"type": "integer"},
    ) == {
        "Address.City": "homeAddress.city",
        "Address.zip": "homeAddress.postalCode",
        "Address.Colour": None,
        "contact.Name.first": "person.name.firstName",
        "contact.Name.surname": "person.name.lastName",
        "Score": None,
    }


def test_an_object_of_which_nothing_fits_stays_whole():
    assert proposed(Extra=nested(Colour="text", Size="text")) == {"Extra": None}


def test_an_attribute_does_not_go_where_another_object_belongs():
    assert proposed(Warehouse=nested(City="text"), e=nested(City="text")) == {"Warehouse": None, "e": None}


def test_a_dot_in_a_nested_name_is_escaped():
    source = {"customer.data": {"type": "object", "properties": {"e.mail": {"type": "string"}}}}

    assert proposed(**source) == {r"customer\.data.e\.mail": "personalEmail.address"}


def test_each_destination_is_given_once_and_to_the_best():
    suggestions = suggest(properties(MainEmail="text", EmailAddress="text"), ROOT)

    assert [each.destination for each in suggestions] == [None, "personalEmail.address"]


def test_a_type_that_cannot_become_the_destinations_is_not_proposed():
    assert suggest(properties(points="boolean"), ROOT)[0].destination is None


def test_names_are_read_as_words():
    assert words("EmailAddress") == "email"
    assert words("HTTPServerURL") == "http server url"
    assert words("order_id") == "order id"


def problems_of(*mappings, given=None, root=ROOT, needed=(), **options):
    return [
        (problem.severity, problem.index, problem.message)
        for problem in validate(mapping_set(*mappings), given, root, needed, **options)
    ]


GIVEN = properties(Key="text", Email="text", When="moment", Number="integer", Flag="boolean")
SOUND = ("ATTRIBUTE", "Key", "_id")


def test_a_sound_mapping_set_has_no_problems():
    assert problems_of(SOUND, ("EXPRESSION", "lower(Email)", "personalEmail.address"), given=GIVEN) == []


@pytest.mark.parametrize(
    ("mapping", "words_of_message"),
    [
        (("ATTRIBUTE", "Emial", "personalEmail.address"), "no field Emial; did you mean Email?"),
        (("EXPRESSION", "lower(Emial)", "personalEmail.address"), "no field Emial; did you mean Email?"),
        (("ATTRIBUTE", "Email", "personalEmail.adress"), "no field personalEmail.adress; did you mean"),
        (("ATTRIBUTE", "Email", "personalEmail..x"), "not a path"),
        (("ATTRIBUTE", "Email[", "personalEmail.address"), "no field Email[; did you mean Email?"),
        (("EXPRESSION", "lower(Email", "personalEmail.address"), "not expected here"),
        (("EXPRESSION", "lowr(Email)", "personalEmail.address"), "lower is one"),
        (("ATTRIBUTE", "Flag", "_acme.rank"), "boolean Flag cannot become int"),
        (("ATTRIBUTE", "When", "loyalty.points"), "date-time When cannot become double"),
        (("ATTRIBUTE", "Email", "person"), "string Email cannot become object"),
        (("STATIC", "high", "_acme.rank"), "the constant does not fit"),
        (SOUND, "mapping 1 has the same destination"),
    ],
)
def test_a_mapping_that_does_not_fit_is_an_error(mapping, words_of_message):
    found = problems_of(SOUND, mapping, given=GIVEN)

    assert len(found) == 1
    severity, index, message = found[0]
    assert (severity, index) == (Severity.ERROR, 1)
    assert words_of_message in message


def test_all_problems_are_told_at_once_with_their_place():
    found = validate(
        mapping_set(
            ("EXPRESSION", "concat(Email,\n  lower(1, 2))", "personalEmail.address"),
            ("ATTRIBUTE", "nothing", "nowhere"),
        ),
        GIVEN,
        ROOT,
        ["_acme.subscriberKey"],
    )

    assert [(problem.index, problem.line, problem.column) for problem in found] == [
        (0, 2, 3), (1, 0, 0), (1, 0, 0), (None, 0, 0), (None, 0, 0),
    ]  # fmt: skip
    assert [problem.destination for problem in found][-2:] == ["_acme.subscriberKey", "_id"]


def test_a_destination_that_differs_in_case_only_is_named():
    [problem] = [
        each
        for each in validate(mapping_set(("ATTRIBUTE", "a", "_ID")), None, ROOT)
        if each.index is not None
    ]

    assert problem.message == "the schema has no field _ID; did you mean _id?"


def test_an_empty_source_is_called_that():
    problems = validate(mapping_set(("ATTRIBUTE", "", "_id")), properties(a="text"), ROOT)

    assert [problem.message for problem in problems] == ["the source is empty"]


def test_what_an_object_requires_is_missed_only_where_the_object_is_mapped():
    assert problems_of(SOUND, ("ATTRIBUTE", "Email", "personalEmail.address"), given=GIVEN) == []
    [(_, index, message)] = problems_of(SOUND, ("ATTRIBUTE", "When", "consents.email.time"), given=GIVEN)
    assert index is None
    assert "consents.email.val" in message


@pytest.mark.parametrize(
    ("expression", "words_of_message"),
    [
        ("fpid_to_ecid(Key)", "not reproducible outside Adobe"),
        ("flattenArray([Key])", "destinations only"),
        ("aa_get_event_id(Key, 'x')", "Analytics flows only"),
        ('matches_regex(Key, "(")', "no regular expression"),
    ],
)
def test_what_may_be_meant_is_a_warning(expression, words_of_message):
    [(severity, _, message)] = problems_of(SOUND, ("EXPRESSION", expression, "tags"), given=GIVEN)

    assert severity is Severity.WARNING
    assert words_of_message in message


def test_fields_that_would_be_added_are_no_problem():
    new = ("ATTRIBUTE", "Email", "_acme.added")

    assert problems_of(SOUND, new, given=GIVEN, open_root="_acme") == []
    assert len(problems_of(SOUND, new, given=GIVEN)) == 1


def test_without_stream_and_schema_only_the_texts_are_checked():
    assert problems_of(("ATTRIBUTE", "x", "y"), root=None) == []
    assert len(problems_of(("EXPRESSION", "(", "y"), root=None)) == 1


CSV = """sourceType,source,destination,name,description
ATTRIBUTE,Id,_id,,
EXPRESSION,"concat(a, "","", b)",person.name.fullName,full,Both names
"""


def test_csv_is_read_and_written():
    read = from_csv(CSV)

    assert [mapping.source for mapping in read.mappings] == ["Id", 'concat(a, ",", b)']
    assert to_csv(read) == CSV


@pytest.mark.parametrize(
    "heading",
    [
        "Source type;Source field;Target field",
        "\ufeffType\tSource\tDestination path",
        "type|sourceAttribute|destinationXdmPath",
    ],
)
def test_usual_headings_and_delimiters_are_understood(heading):
    delimiter = next(sign for sign in ";\t|" if sign in heading)
    [mapping] = from_csv(f"{heading}\n{delimiter.join(['EXPRESSION', 'upper(a)', 'b.c'])}\n").mappings

    assert (mapping.source_type.value, mapping.source, mapping.destination) == (
        "EXPRESSION",
        "upper(a)",
        "b.c",
    )


HEADING = "sourceType,source,destination\n"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("\ufeffsourceType,source,destination\r\nEXPRESSION,upper(a),b.c\r\n", 2),
        ("sep=;\nsourceType;source;destination\nEXPRESSION;upper(a);b.c\n", 3),
        (f"\n{HEADING}\n,,\nEXPRESSION,upper(a),b.c,,\n", 5),
        (" sourceType , source , destination \n EXPRESSION , upper(a) , b.c \n", 2),
    ],
)
def test_what_spreadsheets_make_of_a_csv_is_read_and_its_lines_are_counted(text, line):
    read, lines = with_lines(text)

    [mapping] = read.mappings
    assert (mapping.source, mapping.destination, lines) == ("upper(a)", "b.c", [line])


def test_of_two_columns_for_one_thing_the_one_that_is_filled_counts():
    [mapping] = from_csv("source,sourceAttribute,destination,destinationXdmPath\na,,,b\n").mappings

    assert (mapping.source, mapping.destination) == ("a", "b")


def test_blanks_around_a_constant_and_an_empty_constant_are_kept():
    read = from_csv(f"{HEADING}STATIC, x ,a\nSTATIC,,b\n")

    assert [mapping.source for mapping in read.mappings] == [" x ", ""]


@pytest.mark.parametrize(
    ("rows", "complaint"),
    [
        (
            "ATTRIBUTE,a,b\nEXPRESSION,concat(a, b),c\n",
            "line 3: the row has 4 cells, and the heading 3. Put q",
        ),
        ('EXPRESSION,"concat(\na",b\nATTRIBUTE,a,\n', "line 4: A mapping has no destination"),
        ("ATTRIBUTE,a,b\nFORMULA,a,c\n", "line 3: The mapping to c has the unknown source type 'FORMULA'"),
        ('EXPRESSION,"concat(a,b\n', "the CSV cannot be read: unexpected end of data. Look for a quote"),
    ],
)
def test_a_csv_that_is_wrong_tells_the_line_and_the_remedy(rows, complaint):
    with pytest.raises(ConfigurationError, match=re.escape(complaint)):
        from_csv(HEADING + rows)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_file_is_read_in_the_encoding_that_its_mark_says(encoding):
    assert decode("Größe😀".encode(encoding)) == "Größe😀"


def test_a_file_in_another_encoding_is_refused_with_the_line():
    with pytest.raises(ConfigurationError, match=r"line 2: this is no UTF-8 text\. Save the file as UTF-8"):
        decode("source\nGröße".encode("cp1252"))


def test_a_csv_without_a_destination_is_refused():
    with pytest.raises(ConfigurationError, match="columns"):
        from_csv("a,b\n1,2\n")


def test_a_field_that_an_expression_misses_is_pointed_at_once():
    chosen = mapping_set(
        ("EXPRESSION", 'concat(Email,\n  emial, "-", emial)', "personalEmail.address"),
        ("EXPRESSION", 'iif(contains_key("Gone"), 1, 2)', "_acme.rank"),
        ("EXPRESSION", "get_keys(object_to_map(Items, kind))[0]", "loyalty.tier"),
    )

    problems = validate(chosen, properties(_id="text", Email="text", Items="array"), ROOT)

    told = [(each.message, each.line, each.column) for each in problems if each.index is not None]
    assert told == [("the stream has no field emial; did you mean Email?", 2, 3)]
