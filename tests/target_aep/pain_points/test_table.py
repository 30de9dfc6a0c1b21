"""The 31 known pain points of loading AEP: what shows each impossible or harmless, or why nothing need.

Tests are named by their place below ``tests/target_aep``; ``with`` is the emulator's switch or fault that
makes the point real there.
"""

from __future__ import annotations

import ast
from pathlib import Path
from typing import NamedTuple

import pytest

from emulator.faults import Rule
from emulator.switches import SWITCHES

HERE = Path(__file__).parents[1]
RUNS = "pain_points/test_over_the_emulator.py::"
BAD, RECOVERY = "delivery/test_bad_input.py::", "delivery/test_recovery_runs.py::"
FAULTS = "delivery/test_faults.py::"
LOOKS = "delivery/test_recovery.py::"
PREPARE, CHECK = "provision/test_prepare.py::", "provision/test_plan.py::"
REUSE, EVOLUTION = "provision/test_reuse.py::", "provision/test_evolution.py::"
BEFORE = "provision/test_before_anything_is_made.py::"
LIMITS, SANDBOXES = "pain_points/test_limits.py::", "aep/test_sandboxes.py::"


class Point(NamedTuple):
    """A pain point."""

    what: str
    tests: tuple[str, ...] = ()
    why_not: str = ""
    switches: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()


PAIN_POINTS = {
    1: Point(
        "A few bad rows fail the whole batch, and the codes say little",
        (
            BAD + "test_rows_that_do_not_match_their_schema_are_refused",
            BAD + "test_within_the_threshold_the_others_land_and_the_state_moves",
            RUNS + "test_rows_that_only_aep_refuses_are_in_the_quarantine_and_the_rest_lands",
            RUNS + "test_codes_are_told_in_words",
        ),
    ),
    2: Point(
        "A null is a violation, or clears data",
        (
            RUNS + "test_nulls_are_no_violation_and_clear_nothing",
            RUNS + "test_nulls_within_objects_are_sent_when_asked",
        ),
    ),
    3: Point(
        "A value of another type fails the batch",
        (
            BAD + "test_rows_that_do_not_match_their_schema_are_refused",
            "delivery/test_other_taps.py::test_nested_values_and_values_of_several_types",
        ),
    ),
    4: Point("Dates must be RFC 3339", (RUNS + "test_times_of_any_zone_land_in_utc",)),
    5: Point(
        "JSON lines are taken for an array, or the other way round",
        why_not="Files are Parquet; the client sends isMultiLineJson: false with every JSON batch.",
    ),
    6: Point(
        "200 on COMPLETE is taken for loaded; without COMPLETE nothing lands",
        (
            RECOVERY + "test_a_batch_in_flight_is_waited_for",
            RECOVERY + "test_a_batch_that_fails_leaves_state_and_lake_as_they_were",
            RECOVERY + "test_a_stalled_batch_stops_the_stream",
        ),
        switches=("aep.promotion_seconds",),
        faults=("batch_state",),
    ),
    7: Point(
        "What is sent again is there twice",
        (
            "delivery/test_kill.py::test_one_commit",
            RECOVERY + "test_rows_that_landed_without_their_state_are_replaced",
            RECOVERY + "test_a_lost_answer_to_create_is_looked_for",
            "provision/test_expressions.py::test_event_ids_differ_by_dataset_unit_and_key",
        ),
        switches=("aep.catalog_lag_seconds",),
        faults=("reset", "delay_s"),
    ),
    8: Point(
        "Of several versions of a profile in one batch, any may win",
        (
            "delivery/test_load_methods.py::test_of_records_for_profile_only_the_last_version_is_sent",
            "delivery/test_load_methods.py::test_history_keeps_all_versions",
        ),
    ),
    9: Point(
        "Error 140, batch already ingested, alarms people",
        (
            RUNS + "test_codes_are_told_in_words",
            RUNS + "test_a_batch_that_aep_had_already_ingested_is_loaded_if_its_rows_are_counted",
            LOOKS + "test_a_batch_that_aep_had_already_ingested_is_in_the_lake_where_it_counts_rows",
        ),
    ),
    10: Point(
        "Deleting a batch does not delete what is in Profile",
        (
            "delivery/test_load_methods.py::test_overwriting_does_not_reach_profile_and_is_refused",
            "delivery/test_load_methods.py::test_unless_that_is_wanted",
        ),
    ),
    11: Point(
        "Rows in the lake become no profile, for want of a primary identity",
        (
            RUNS + "test_a_record_without_its_primary_identity_is_rejected",
            RUNS + "test_identities_take_their_normal_form_and_rows_without_are_counted",
            REUSE + "test_the_primary_identity_that_a_schema_describes_counts_as_one_that_is_configured",
            PREPARE + "test_what_profile_needs_is_required_of_each_row",
            PREPARE + "test_identities_can_be_kept_in_an_identity_map",
        ),
    ),
    12: Point(
        "Invalid identities are skipped without a word",
        (
            PREPARE + "test_an_ecid_must_be_one",
            RUNS + "test_a_record_whose_primary_identity_is_none_for_identity_service_is_rejected",
            RUNS + "test_identities_take_their_normal_form_and_rows_without_are_counted",
            "provision/test_expressions.py::test_an_identity_takes_its_normal_form",
        ),
    ),
    13: Point(
        "Letter case splits a profile",
        (
            RUNS + "test_identities_take_their_normal_form_and_rows_without_are_counted",
            PREPARE + "test_how_identities_are_normalised_is_noted",
        ),
    ),
    14: Point(
        "A null does not clear a field in Profile",
        (
            RUNS + "test_a_null_that_is_sent_is_said_to_clear_nothing",
            RUNS + "test_nulls_are_no_violation_and_clear_nothing",
        ),
    ),
    15: Point(
        "A dataset is enabled for Profile but not for Identity",
        (
            PREPARE + "test_a_profile_dataset_is_made_with_schema_identities_and_tags",
            REUSE + "test_profile_is_enabled_later_when_asked_and_upsert_after_that",
            REUSE + "test_a_dataset_that_feeds_profile_by_halves_is_told",
        ),
    ),
    16: Point(
        "Upsert works in one combination only",
        (
            REUSE + "test_profile_is_enabled_later_when_asked_and_upsert_after_that",
            "test_settings.py::test_a_wrong_setting_is_named_with_what_to_do",
        ),
    ),
    17: Point(
        "How files in a batch are to be named is unclear",
        (RUNS + "test_files_are_small_and_named_by_their_number",),
    ),
    18: Point(
        "A listing of schemas from start=0 is empty",
        (
            "aep/test_registry_paging.py::test_the_next_page_begins_where_the_last_one_says",
            "aep/test_registry_paging.py::test_a_title_on_a_later_page_is_found",
            BEFORE + "test_listings_of_the_registry_are_never_begun_at_zero",
        ),
    ),
    19: Point(
        "Errors of single records within a 207 are overlooked",
        why_not="Nothing is streamed: rows go by batch, and each batch is counted.",
    ),
    20: Point(
        "A client uploads something else than the file and reports success",
        (
            RUNS + "test_an_upload_that_is_cut_off_is_never_taken_for_loaded",
            "aep/test_against_emulator.py::test_an_upload_survives_resets_slow_downs_and_a_revoked_token",
        ),
        faults=("truncate_request", "revoke_token"),
    ),
    21: Point(
        "CSV is flat, not converted and not validated",
        why_not="CSV is not offered; files are Parquet.",
    ),
    22: Point(
        "A schema can only grow, and a wrong type is for ever",
        (
            BAD + "test_a_breaking_change_in_one_of_three_streams",
            EVOLUTION + "test_a_breaking_change_stops_the_stream_with_the_ways_out",
            PREPARE + "test_types_are_wide_and_what_the_source_promises_is_in_the_description",
            EVOLUTION + "test_profile_has_one_type_for_each_field",
            EVOLUTION + "test_a_column_of_a_like_name_does_not_take_the_field_of_another",
        ),
    ),
    23: Point(
        "Limits are found in production",
        (
            LIMITS + "test_a_batch_that_is_too_large_is_not_sent",
            LIMITS + "test_what_adobe_advises_against_is_a_warning",
            LIMITS + "test_every_limit_is_kept_to_somewhere",
            LIMITS + "test_too_many_profile_batches_within_a_day_are_told",
            CHECK + "test_a_plan_says_what_would_be_made",
            BEFORE + "test_more_fields_than_a_row_may_have_are_refused_before_anything_is_made",
            RUNS + "test_a_record_that_profile_would_drop_is_rejected",
            RUNS + "test_an_event_that_profile_would_drop_is_rejected_only_where_profile_is_on",
            CHECK + "test_every_guardrail_says_where_it_is_from",
            "aep/test_gateway.py::test_retry_after_is_honoured_up_to_the_longest_wait",
            "aep/test_gateway.py::test_a_request_that_was_refused_for_its_rate_is_repeated_even_when_not_idempotent",
        ),
    ),
    24: Point(
        "Files of 256 MB, gateway time-outs, chunks that overlap",
        (
            RUNS + "test_files_are_small_and_named_by_their_number",
            LIMITS + "test_a_batch_that_is_too_large_is_not_sent",
            "delivery/test_faults.py::test_one_fault_of_the_network_is_survived",
        ),
        faults=("status", "delay_s"),
    ),
    25: Point(
        "A valid credential without a role sees empty lists, 401 here and 403 there",
        (
            CHECK + "test_a_check_names_each_permission_that_is_missing",
            CHECK + "test_a_check_names_the_permission_that_is_missing",
            SANDBOXES + "test_a_credential_without_any_sandbox_is_sent_to_an_administrator",
            SANDBOXES + "test_no_right_to_administrate_sandboxes_is_needed",
            "aep/test_gateway.py::test_a_missing_permission_says_whom_to_ask",
        ),
        switches=("aep.missing_permissions",),
        faults=("status",),
    ),
    26: Point(
        "Without a sandbox everything goes to prod",
        (
            "aep/test_gateway.py::test_each_request_names_key_organisation_and_sandbox",
            "test_settings.py::test_each_of_them_is_needed",
            CHECK + "test_a_check_refuses_a_production_sandbox_that_is_not_allowed",
            SANDBOXES + "test_a_wrong_name_is_told_with_those_there_are",
            SANDBOXES + "test_only_a_sandbox_that_is_said_to_be_for_development_is_not_production",
        ),
    ),
    27: Point(
        "Titles must be unique, names below the tenant, Accept headers exact",
        (
            REUSE + "test_a_title_that_belongs_to_another_kind_of_resource_is_told",
            PREPARE + "test_a_profile_dataset_is_made_with_schema_identities_and_tags",
            "provision/test_interrupted.py::test_answers_lost_at_any_write_leave_everything_once",
        ),
    ),
    28: Point(
        "Diagnostics are off, or gone after 30 days",
        (
            RUNS + "test_rows_that_only_aep_refuses_are_in_the_quarantine_and_the_rest_lands",
            RUNS + "test_above_the_threshold_nothing_of_the_batch_lands",
        ),
    ),
    29: Point(
        "Identities appear late, and that is taken for loss",
        (RUNS + "test_the_report_speaks_of_the_data_lake_only",),
    ),
    30: Point(
        "Old samples use JWT credentials",
        ("test_settings.py::test_a_wrong_setting_is_named_with_what_to_do",),
    ),
    31: Point(
        "There is no ready connector",
        why_not="This project is one; tests/end_to_end loads a lake with it.",
    ),
}


def test_no_number_is_missing() -> None:
    assert sorted(PAIN_POINTS) == list(range(1, 32))


@pytest.mark.parametrize("number", PAIN_POINTS)
def test_each_is_shown_by_tests_that_exist_or_has_a_reason(number: int) -> None:
    point = PAIN_POINTS[number]
    assert bool(point.tests) != bool(point.why_not)
    for test in point.tests:
        path, _, name = test.partition("::")
        assert name in _functions(HERE / path), test


@pytest.mark.parametrize("number", PAIN_POINTS)
def test_switches_and_faults_are_those_of_the_emulator(number: int) -> None:
    point = PAIN_POINTS[number]
    assert set(point.switches) <= set(SWITCHES)
    values = {"status": 500, "delay_s": 1, "truncate_request": 0.5, "batch_state": "stalled"}
    for fault in point.faults:
        Rule({"cloud": "aep", "fault": {fault: values.get(fault, True)}}, 0)


def _functions(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
