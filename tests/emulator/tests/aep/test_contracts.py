"""Answers and requests against Adobe's OpenAPI files.

Every test that uses an emulator, those of target-aep among them, runs under the check when
`EMULATOR_OPENAPI_DIR` names the folder of those files: stopping the emulator fails on a deviation that is not
a reviewed one.
"""

from __future__ import annotations

import os

import pytest

from emulator.aep.contract import DEVIATIONS, VARIABLE, Contracts

needs_files = pytest.mark.skipif(
    VARIABLE not in os.environ, reason=f"{VARIABLE} does not name Adobe's OpenAPI files"
)


@needs_files
def test_every_answer_so_far_is_one_that_adobes_files_have(aep, people, running):
    aep.load_rows(people, {"key": "a"})

    log = running.path / "aep" / "contract.jsonl"

    assert not log.exists(), log.read_text()


SPEC = """
servers: [{url: "//{environment}.adobe.io/data/things"}]
paths:
  /items/{id}:
    put:
      requestBody: {content: {application/json: {schema: {$ref: "#/components/schemas/Item"}}}}
      responses: {"200": {content: {application/json: {schema: {$ref: "#/components/schemas/Item"}}}}}
components:
  schemas:
    Item: {type: object, required: [name], properties: {name: {type: string, required: true, nullable: true}}}
"""


@pytest.mark.parametrize(
    ("request_body", "status", "answer", "problems"),
    [
        ({"name": "a"}, 200, {"name": None}, []),
        ({"name": 1}, 200, {"name": "a"}, ["request /name: 1 is not of type 'string', 'null'"]),
        ({"name": 1}, 400, None, ["status 400 is not among 200"]),
        ({"name": "a"}, 200, {}, ["answer /: 'name' is a required property"]),
    ],
)
def test_a_deviation_is_found(tmp_path, request_body, status, answer, problems):
    (tmp_path / "things.yaml").write_text(SPEC)
    contracts = Contracts(tmp_path)

    operation = contracts.find("PUT", "/data/things/items/7")

    assert operation is not None
    assert list(contracts.problems(operation, request_body, status, answer)) == problems
    assert contracts.find("GET", "/data/things/items/7") is None


@pytest.mark.parametrize("deviation", DEVIATIONS, ids=[pattern for _, pattern, _ in DEVIATIONS])
def test_every_reviewed_deviation_has_a_reason(deviation):
    _service, _pattern, reason = deviation

    assert len(reason) > 10
