"""``target-aep mapping``: what it prints and what it leaves with, offline and against the emulator."""

import io
import json

import pytest

from target_aep import cli
from target_aep.xdm import to_json_schema
from target_aep.xdm.types import Field, XdmType

STRING = Field(XdmType.STRING)
ROOT = Field(
    XdmType.OBJECT,
    fields={
        "_id": STRING,
        "personalEmail": Field(XdmType.OBJECT, fields={"address": STRING}),
        "_acme": Field(XdmType.OBJECT, fields={"rank": Field(XdmType.INT)}),
    },
)
TEXT = {"type": ["string", "null"]}
CATALOG = {
    "streams": [
        {
            "tap_stream_id": "people",
            "stream": "people",
            "key_properties": ["Key"],
            "schema": {
                "type": "object",
                "properties": {
                    "Key": TEXT,
                    "Email": TEXT,
                    "Rank": {"type": ["integer", "null"]},
                    "Hobby": TEXT,
                },
            },
            "metadata": [],
        }
    ]
}
MAPPINGS = """{
  "mappings": [
    {"sourceType": "ATTRIBUTE", "source": "Key", "destination": "_id"},
    {"sourceType": "EXPRESSION",
     "source": "lower(Email)", "destination": "personalEmail.address"},
    {"sourceType": "ATTRIBUTE", "source": "Rank", "destination": "_{TENANT_ID}.rank"}
  ]
}
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A working directory with a schema, a catalog and a mapping set, and no configuration."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "schema.json").write_text(json.dumps(to_json_schema(ROOT)))
    (tmp_path / "catalog.json").write_text(json.dumps(CATALOG))
    (tmp_path / "people.json").write_text(MAPPINGS)
    return tmp_path


def run(capsys, line, stdin="", monkeypatch=None):
    if monkeypatch:
        monkeypatch.setattr("sys.stdin", io.StringIO(stdin))
    code = cli.run(line.split())
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def test_a_catalog_that_a_windows_shell_has_written_is_read(folder, capsys):
    (folder / "catalog.json").write_text(json.dumps(CATALOG), "utf-16")

    code, out, _ = run(capsys, "mapping suggest people --schema schema.json --catalog catalog.json")

    assert code == 0
    assert " 1.00  Email  personalEmail.address\n" in out


def test_a_proposal_is_printed_and_written(folder, capsys):
    code, out, _ = run(capsys, "mapping suggest people --schema schema.json --catalog catalog.json --write")

    assert code == 0
    assert " 1.00  Email  personalEmail.address\n" in out
    assert "_{TENANT_ID}.hobby  (a field of its own)" in out
    written = json.loads((folder / "mappings" / "people.json").read_text())
    assert written["mappings"] == [
        {"sourceType": "ATTRIBUTE", "source": "Key", "destination": "_{TENANT_ID}.key"},
        {"sourceType": "ATTRIBUTE", "source": "Email", "destination": "personalEmail.address"},
        {"sourceType": "ATTRIBUTE", "source": "Rank", "destination": "_{TENANT_ID}.rank"},
        {"sourceType": "ATTRIBUTE", "source": "Hobby", "destination": "_{TENANT_ID}.hobby"},
    ]


def test_schema_messages_come_by_standard_input(folder, capsys, monkeypatch):
    stream = CATALOG["streams"][0]
    message = {"type": "SCHEMA", "stream": "people", "schema": stream["schema"], "key_properties": ["Key"]}
    (folder / "messages").write_text(json.dumps(message) + "\n")
    with (folder / "messages").open() as messages:
        monkeypatch.setattr("sys.stdin", messages)
        code, out, _ = run(capsys, "mapping suggest people --schema schema.json")

    assert code == 0
    assert " 1.00  Email  personalEmail.address\n" in out


def test_a_file_is_not_replaced_unasked(folder, capsys):
    line = "mapping suggest people --schema schema.json --catalog catalog.json --write"
    run(capsys, line)

    code, _, err = run(capsys, line)
    assert code == 2
    assert "--force" in err
    assert run(capsys, f"{line} --force")[0] == 0


def test_a_sound_mapping_set_validates(folder, capsys):
    line = "mapping validate people --schema schema.json --catalog catalog.json --mapping people.json"
    code, out, _ = run(capsys, line)

    assert (code, out) == (0, "people.json: 3 mappings, 0 errors, 0 warnings\n")


def test_problems_have_line_and_column(folder, capsys):
    (folder / "people.json").write_text(MAPPINGS.replace("lower(Email)", "lower(Emial"))
    line = "mapping validate people --schema schema.json --catalog catalog.json --mapping people.json"

    code, out, _ = run(capsys, line)

    assert code == 2
    assert out.startswith("people.json:4: error: personalEmail.address: line 1, column 12: ")
    assert "    lower(Emial\n               ^\n" in out
    code, out, _ = run(capsys, f"{line} --json")
    [problem] = json.loads(out)
    assert (problem["fileLine"], problem["line"], problem["column"], problem["mapping"]) == (4, 1, 12, 2)


def test_a_mapping_in_csv_is_configured_like_one_in_json(configuration, folder, capsys):
    config = json.loads((folder / "config.json").read_text())
    config["streams"]["people"]["mapping"] = "people.csv"
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "people.csv").write_text(
        "Source type,Source field,Target field\nAttribute,Key,_id\n\n"
        'Calculated field,"concat(\nEmail)",personalEmail.address\nAttribute,Rnk,_{TENANT_ID}.rank\n'
    )

    code, out, _ = run(capsys, f"mapping validate people --catalog catalog.json {configuration}")

    assert code == 2
    assert out == (
        "people.csv:6: error: _acme.rank: the stream has no field Rnk; did you mean Rank?\n"
        "people.csv: 3 mappings, 1 errors, 0 warnings\n"
    )


def test_a_proposal_for_attributes_of_an_object_is_written_and_sound(configuration, folder, capsys):
    catalog = json.loads((folder / "catalog.json").read_text())
    contact = {"type": "object", "properties": {"e-mail": TEXT, "Shoe size": TEXT}}
    catalog["streams"][0]["schema"]["properties"] = {"Key": TEXT, "Contact data": contact}
    (folder / "nested.json").write_text(json.dumps(catalog))

    code, _, _ = run(capsys, f"mapping suggest people --catalog nested.json --write --force {configuration}")
    written = json.loads((folder / "people.json").read_text())["mappings"]
    checked, out, _ = run(capsys, f"mapping validate people --catalog nested.json {configuration}")

    assert code == 0
    assert [(each["source"], each["destination"]) for each in written] == [
        ("Key", "_{TENANT_ID}.key"),
        ("Contact data.e-mail", "personalEmail.address"),
        ("Contact data.Shoe size", "_{TENANT_ID}.contactData.shoeSize"),
    ]
    assert checked == 0, out


def test_a_csv_that_cannot_be_read_is_one_line_with_file_line_and_remedy(folder, capsys):
    (folder / "people.csv").write_bytes("source,destination\nGröße,_id\n".encode("cp1252"))

    code, _, err = run(
        capsys, "mapping validate people --schema schema.json --catalog catalog.json --mapping people.csv"
    )

    assert code == 2
    assert "people.csv: line 2: this is no UTF-8 text. Save the file as UTF-8" in err
    assert "Traceback" not in err


def test_a_csv_validates(folder, capsys):
    (folder / "people.csv").write_text("source,destination\nKey,_id\nNothing,personalEmail.address\n")

    code, out, _ = run(
        capsys, "mapping validate people --schema schema.json --catalog catalog.json --mapping people.csv"
    )

    assert code == 2
    assert "people.csv:3: error: personalEmail.address: the stream has no field Nothing" in out


RECORDS = '{"Key": "1", "Email": "A@B.C", "Rank": "first"}\n{"Key": "2", "Email": null, "Rank": 7}\n'


def test_a_preview_has_warnings_beside_what_caused_them(folder, capsys, monkeypatch):
    line = "mapping preview people --schema schema.json --mapping people.json"

    code, out, _ = run(capsys, line, RECORDS, monkeypatch)

    assert code == 0
    assert out == (
        "record 1\n"
        '  _id                    "1"\n'
        '  personalEmail.address  "a@b.c"\n'
        "  _acme.rank             null\n"
        "                         ^ the text 'first' is not an integer  (Rank = \"first\")\n"
        "record 2\n"
        '  _id         "2"\n'
        "  _acme.rank  7\n"
    )


def test_a_preview_reads_the_messages_of_a_tap(folder, capsys, monkeypatch):
    messages = [
        {"type": "STATE", "value": {}},
        {
            "type": "SCHEMA",
            "stream": "people",
            "schema": CATALOG["streams"][0]["schema"],
            "key_properties": [],
        },
        {"type": "RECORD", "stream": "other", "record": {"Key": "no"}},
        *({"type": "RECORD", "stream": "people", "record": {"Key": str(n)}} for n in range(5)),
    ]
    line = "mapping preview people --schema schema.json --mapping people.json --rows 2 --json"

    code, out, _ = run(capsys, line, "\n".join(map(json.dumps, messages)), monkeypatch)

    assert code == 0
    assert json.loads(out) == [{"data": {"_id": "0"}, "errors": None}, {"data": {"_id": "1"}, "errors": None}]


def test_a_preview_reads_an_array_over_many_lines(folder, capsys):
    (folder / "rows.json").write_text(json.dumps([{"Key": "1"}, {"Key": "2"}], indent=2), "utf-8-sig")

    code, out, _ = run(
        capsys, "mapping preview people --offline --mapping people.json --input rows.json --json"
    )

    assert code == 0
    assert [answer["data"]["_id"] for answer in json.loads(out)] == ["1", "2"]


def test_a_preview_works_without_any_schema(folder, capsys):
    (folder / "rows.jsonl").write_text('[{"Key": 1, "Rank": 2}]')

    code, out, _ = run(
        capsys, "mapping preview people --offline --mapping people.json --input rows.jsonl --json"
    )

    assert code == 0
    assert json.loads(out)[0]["data"] == {"_id": "1", "_{TENANT_ID}": {"rank": 2}}


@pytest.mark.parametrize(
    ("line", "code", "words"),
    [
        ("mapping suggest people --schema schema.json", 2, "--catalog FILE"),
        ("mapping suggest nobody --schema schema.json --catalog catalog.json", 2, "known are: people"),
        ("mapping suggest people --schema none.json --catalog catalog.json", 2, "none.json"),
        ("mapping suggest people --schema schema.json --catalog latin.jsonl", 2, "latin.jsonl, line 1: this"),
        ("mapping validate people --schema schema.json --mapping none.json", 2, "none.json"),
        ("mapping validate people --schema schema.json --mapping schema.json", 2, "mappings"),
        ("mapping preview people --offline --mapping people.json --input none", 2, "none"),
        ("mapping preview people --offline --mapping people.json --input people.json", 1, "no JSON object"),
        ("mapping preview people --offline --mapping people.json --input latin.jsonl", 1, "no UTF-8 text"),
    ],
)
def test_what_cannot_be_read_is_said_in_a_line(folder, capsys, line, code, words):
    (folder / "latin.jsonl").write_bytes('{"Key": "Größe"}'.encode("latin-1"))

    got, _, err = run(capsys, line)

    assert got == code
    assert words in err
    assert "Traceback" not in err


@pytest.fixture
def configuration(lake, folder):
    """A configuration file for the emulator."""
    aep = lake.aep
    config = {name: aep[name] for name in ("client_id", "client_secret", "org_id", "sandbox_name")}
    config |= {"ims_url": aep["base_url"], "platform_url": aep["base_url"], "mapping_path": "."}
    config["streams"] = {"people": {"mapping": "people.json"}, "*": {}}
    (folder / "config.json").write_text(json.dumps(config))
    return "--config config.json"


def test_a_new_stream_is_proposed_the_standard_fields(configuration, folder, capsys):
    code, out, _ = run(capsys, f"mapping suggest people --catalog catalog.json {configuration}")

    assert code == 0
    assert " 1.00  Email  personalEmail.address\n" in out
    assert "_{TENANT_ID}.hobby" in out


def test_without_a_catalog_the_remedy_is_discovery(configuration, folder, capsys):
    code, _, err = run(capsys, f"mapping suggest people {configuration}")

    assert code == 2
    assert "nothing says which fields people has: Meltano has kept no catalog of it here." in err
    assert "`meltano invoke TAP --discover > catalog.json`" in err


def test_a_mapping_set_is_checked_against_what_a_run_would_make(configuration, folder, capsys):
    code, out, _ = run(capsys, f"mapping validate people --catalog catalog.json {configuration}")
    assert (code, out) == (0, "people.json: 3 mappings, 0 errors, 0 warnings\n")

    (folder / "people.json").write_text(
        MAPPINGS.replace("personalEmail.address", "personalEmail.adress").replace('"Rank"', '"Rnk"')
    )
    code, out, _ = run(capsys, f"mapping validate people --catalog catalog.json {configuration}")
    assert code == 2
    assert "did you mean personalEmail.address?" in out
    assert "did you mean Rank?" in out


def test_identities_below_the_tenants_namespace_are_covered(configuration, folder, capsys):
    config = json.loads((folder / "config.json").read_text())
    identity = {"path": "_{TENANT_ID}.key", "namespace": "SFMCSubscriberKey", "primary": True}
    config["streams"]["people"]["identities"] = [identity]
    (folder / "config.json").write_text(json.dumps(config))
    line = f"mapping validate people --catalog catalog.json {configuration}"

    code, out, _ = run(capsys, line)
    assert code == 2
    assert "nothing is mapped to the identity _acme.key" in out

    (folder / "people.json").write_text(MAPPINGS.replace("_{TENANT_ID}.rank", "_{TENANT_ID}.key"))
    code, out, _ = run(capsys, line)
    assert (code, out) == (0, "people.json: 3 mappings, 0 errors, 0 warnings\n")


def test_a_preview_shows_what_a_run_would_load(configuration, folder, capsys, monkeypatch):
    line = f"mapping preview people --catalog catalog.json --json {configuration}"

    code, out, _ = run(capsys, line, RECORDS, monkeypatch)

    assert code == 0
    first, second = json.loads(out)
    assert first["data"] == {"_id": "1", "personalEmail": {"address": "a@b.c"}}
    assert [error["columnName"] for error in first["errors"]] == ["Rank"]
    assert second == {"data": {"_id": "2", "_acme": {"rank": 7}}, "errors": None}


@pytest.mark.parametrize("line", ["check", "mapping", "mapping validate", "quarantine"])
def test_each_help_tells_the_exit_codes(capsys, line):
    code, out, _ = run(capsys, f"{line} --help")

    assert code == 0
    assert "75  nothing is wrong: try again later" in out
