"""Values of masked fields are in no file of the quarantine, whatever became of them."""

import json

import pytest

from target_aep.columnar.row_mapper import RejectedRow
from target_aep.dataprep import MappingSet
from target_aep.delivery.masking import MASK, Mask, is_masked
from target_aep.delivery.quarantine import Quarantine
from target_aep.private_folder import PrivateFolder

REASON = {"path": "_acme.age", "rule": "type", "value": "old", "message": "'old' is no number"}


def mapping(*pairs, kind="EXPRESSION"):
    return MappingSet.from_dict(
        {"mappings": [{"sourceType": kind, "source": s, "destination": d} for s, d in pairs]}
    )


def test_without_a_mask_all_is_kept():
    record = {"email": "ann@example.com"}
    assert Mask((), mapping(("email", "_acme.email"))).hide(record, [REASON]) == (record, [REASON])


@pytest.mark.parametrize("glob", ["email", "e*", "contact.email", "contact.*"])
def test_a_field_of_the_source_is_hidden_by_name_or_path(glob):
    record = {"id": 1, "contact": {"email": "ann@example.com"}, "list": [{"x": 1}]}
    kept, _ = Mask([glob]).hide(record, [])
    assert kept == {"id": 1, "contact": {"email": MASK}, "list": [{"x": 1}]}
    assert is_masked(kept)
    assert not is_masked(record)


@pytest.mark.parametrize(
    ("kind", "source", "destination"),
    [
        ("ATTRIBUTE", "email", "_acme.contact.address"),
        ("ATTRIBUTE", "person.email", "_acme.contact.address"),
        ("ATTRIBUTE", "people[*].email", "_acme.contact.address"),
        ("ATTRIBUTE", "person", "_acme.contact"),
        ("EXPRESSION", 'sha256(concat(lower(email), "salt"))', "_acme.contact.address"),
        ("EXPRESSION", 'to_object("address", email)', "_acme.contact"),
        ("EXPRESSION", "to_map(person)", "_acme.contact"),
    ],
)
@pytest.mark.parametrize("globs", [["email", "person.email", "people.email"]])
def test_a_row_in_xdm_hides_what_the_field_went_into(kind, source, destination, globs):
    record = {"_id": "1", "_acme": {"age": 7, "contact": {"address": "ann@example.com"}}}
    kept, reasons = Mask(globs, mapping((source, destination), kind=kind)).hide(record, [REASON])
    assert "ann@example.com" not in json.dumps(kept)
    assert (kept["_id"], kept["_acme"]["age"], reasons) == ("1", 7, [REASON])
    assert is_masked(kept)


def test_elements_of_lists_and_the_map_of_identities_are_hidden():
    record = {
        "_acme": {"emails": [{"address": "ann@example.com", "kind": "work"}]},
        "identityMap": {"Email": [{"id": "ann@example.com", "primary": True}]},
    }
    rules = mapping(("email", "_acme.emails[0].address"), ('to_map("Email", email)', "identityMap"))
    kept, _ = Mask(["email"], rules).hide(record, [])
    assert kept == {"_acme": {"emails": [{"address": MASK, "kind": "work"}]}, "identityMap": MASK}


def test_a_reason_quotes_no_masked_value():
    reason = {"path": "_acme.contact", "rule": "pattern", "value": "ANN", "message": "'ann' does not match"}
    _, (told,) = Mask(["name"]).hide({"name": "ann"}, [reason])
    assert told == {**reason, "value": MASK, "message": f"'{MASK}' does not match"}
    _, (told,) = Mask(["name"]).hide({"name": "Ann"}, [reason])
    assert told["message"] == f"'{MASK}' does not match", "a mapping may have changed its case"
    _, (told,) = Mask(["name"], mapping(("name", "_acme.contact"))).hide({"_acme": {}}, [reason])
    assert told["value"] == MASK


def test_a_line_that_is_no_object_is_hidden_whole():
    reason = {"path": "", "rule": "json", "value": "ann", "message": "'ann' is no object"}
    assert Mask(["name"]).hide("ann", [reason]) == (MASK, [{**reason, "value": MASK, "message": ""}])
    assert is_masked(MASK)


def test_no_file_of_the_quarantine_has_a_masked_value(tmp_path):
    quarantine = Quarantine(PrivateFolder(str(tmp_path)), "run", ["email"])
    file = quarantine.file("people", 1, mapping(("lower(email)", "_acme.address")))
    file.keep([RejectedRow(b'{"email": "ANN@example.com", "id": 1}', ())])
    error = {"code": "1408", "message": "'ann@example.com' is no number", "column": "_acme.address"}
    file.keep_refused([{"_acme": {"address": "ann@example.com"}, "_errors": [error]}], "batch")
    file.sync()
    (path,) = tmp_path.rglob("*.jsonl")
    assert "ann@" not in path.read_text().lower()
    assert file.rows == 2
