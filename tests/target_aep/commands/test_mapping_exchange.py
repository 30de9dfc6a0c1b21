"""Mapping sets to AEP and back, and previews there and here."""

import json
from pathlib import Path

import pytest

from target_aep.dataprep import MappingSet
from tests.target_aep.commands.test_mapping import MAPPINGS, configuration, folder, run

__all__ = ["configuration", "folder"]

SCENARIOS = Path(__file__).parents[3] / "target-aep" / "mappings"
PREVIEW = "/data/foundation/conversion/mappingSets/preview"


@pytest.fixture
def uploaded(configuration, folder, capsys):
    """The id of the mapping set of people in AEP, and how to name the configuration."""
    run(capsys, f"apply --catalog catalog.json --yes {configuration}")
    code, out, err = run(capsys, f"mapping upload people --catalog catalog.json {configuration}")
    assert code == 0, err
    return out.strip()


def test_a_mapping_set_goes_to_aep_and_comes_back(uploaded, configuration, folder, capsys):
    code, out, _ = run(capsys, f"mapping download {uploaded} {configuration}")

    assert code == 0
    written, found = (MappingSet.from_dict(json.loads(text)) for text in (MAPPINGS, out))
    assert found.mappings == written.mappings
    assert found.document["name"] == "people"
    schema_id = found.document["outputSchema"]["schemaRef"]["id"]
    assert schema_id.startswith("https://ns.adobe.com/{TENANT_ID}/schemas/")


@pytest.mark.parametrize("name", ["back.json", "back.csv"])
def test_what_came_back_is_a_stream_s_mapping(uploaded, configuration, folder, capsys, name):
    run(capsys, f"mapping download {uploaded} --write {name} {configuration}")
    again, _, err = run(capsys, f"mapping download {uploaded} --write {name} {configuration}")

    line = f"mapping validate people --catalog catalog.json --mapping {name} {configuration}"
    assert run(capsys, line)[:2] == (0, f"{name}: 3 mappings, 0 errors, 0 warnings\n")
    assert again == 2
    assert "Add --force to replace it." in err


def test_a_mapping_set_with_errors_stays_here(configuration, folder, capsys):
    (folder / "people.json").write_text(MAPPINGS.replace('"Rank"', '"Rnk"'))

    code, out, err = run(capsys, f"mapping upload people --catalog catalog.json {configuration}")

    assert (code, out) == (2, "")
    assert "did you mean Rank?" in err


def test_a_schema_that_is_not_there_yet_is_said(configuration, folder, capsys):
    code, _, err = run(capsys, f"mapping upload people --catalog catalog.json {configuration}")

    assert code == 2
    assert "is not in AEP yet" in err


@pytest.mark.parametrize("name", ["contacts", "campaign_engagement", "web_activity"])
def test_a_preview_there_is_the_preview_here(clients, name):
    """Of attributes and constants: the emulator evaluates no expressions, and says so."""
    document = json.loads((SCENARIOS / f"{name}.json").read_text("utf-8"))
    chosen = MappingSet.from_dict(document).resolved("acme")
    row = {each.source: f"{each.source} {number}" for number, each in enumerate(chosen.mappings)}

    body = {"data": [row], "mappingSet": chosen.for_upload()}
    [there] = clients.gateway.request_json("POST", PREVIEW, json=body, idempotent=True)

    calculated = {each.destination for each in chosen.mappings if each.source_type.value == "EXPRESSION"}
    assert {error["destination"] for error in there["errors"] or ()} == calculated
    plain = [each for each in chosen.mappings if each.destination not in calculated]
    [here] = chosen.with_mappings(plain).preview([row])
    assert here == {"data": there["data"], "errors": None}
