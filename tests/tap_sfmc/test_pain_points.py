"""The 25 known pain points of reading data extensions, and the tests that show each harmless."""

import ast
from pathlib import Path

import pytest

HERE = Path(__file__).parent

PAIN_POINTS = {
    1: (
        "Replication keys are hard-coded; users want their own",
        [
            "test_sync::test_any_date_or_number_can_be_the_replication_key",
            "test_discovery::test_an_odd_field_can_be_the_replication_key",
            "test_given_catalog::test_another_replication_key",
        ],
    ),
    2: ("Out of memory on large data extensions", ["test_memory::test_memory_does_not_grow_with_the_rows"]),
    3: (
        "Long pulls die in mid-stream and nothing is bookmarked",
        [
            "test_sync::test_mid_stream_states_are_each_safe_to_resume_from",
            "test_round_trip::test_an_interruption_at_any_page_loses_no_row",
        ],
    ),
    4: (
        "Errors with blank or hidden text",
        ["test_passing_failures::test_an_error_within_http_200_is_an_error"],
    ),
    5: (
        "API Permission Failed for one data extension kills the whole sync",
        ["test_passing_failures::test_a_data_extension_that_is_refused_does_not_stop_the_others"],
    ),
    6: (
        "Discovery crashes when a field's data extension is missing",
        ["test_discovery::test_fields_without_a_data_extension_and_the_other_way_round_are_no_streams"],
    ),
    7: ("One null in a Number column crashes", ["test_cells::test_an_empty_text_is_null_and_not_counted"]),
    8: (
        "Streams are addressed by name: renames, collisions, special characters",
        [
            "test_sync::test_a_renamed_data_extension_is_no_new_stream",
            "test_discovery::test_two_data_extensions_with_one_name_are_two_streams",
            "test_discovery::test_keys_names_and_fields_may_be_anything",
        ],
    ),
    9: (
        "Cannot be installed on a modern Python",
        ["test_documents::test_the_wheel_runs_in_an_empty_meltano_project"],
    ),
    10: (
        "Six hours' shift: UTC-6 without summer time taken for something else",
        [
            "test_cells::test_dates_are_six_hours_behind_utc_in_winter_and_summer",
            "test_incremental::test_a_date_is_asked_for_as_a_reading_of_the_stored_clock",
        ],
    ),
    11: (
        "Only the first 2,500 rows",
        ["test_unfaithful_server::test_each_row_comes_exactly_once_in_two_runs"],
    ),
    12: (
        "ContinueRequest: other semantics, errors, BatchSize ignored",
        [
            "test_unfaithful_server::test_each_row_comes_exactly_once_in_two_runs",
            "test_unfaithful_server::test_a_place_that_soap_has_lost_is_found_by_reading_again",
            "test_passing_failures::test_an_error_within_http_200_is_an_error",
        ],
    ),
    13: (
        "Columns must be listed, else no rows or an error",
        [
            "test_envelope::test_the_token_is_in_the_header_and_properties_are_listed",
            "test_unfaithful_server::test_soap_that_gives_no_rows_without_an_error_is_noticed",
        ],
    ),
    14: (
        "Null is an absent, empty or nil Value, and shifts columns",
        [
            "test_envelope::test_a_value_that_is_missing_empty_or_nil_shifts_no_other",
            "test_unfaithful_server::test_each_row_comes_exactly_once_in_two_runs",
        ],
    ),
    15: ("Lower-cased names and all values as texts", ["test_sync::test_every_cell_comes_with_its_type"]),
    16: (
        "No items on an empty data extension",
        ["test_sync::test_a_stream_without_rows_has_a_schema_and_no_bookmark"],
    ),
    17: (
        "links.next lacks /data",
        "Links are not followed: pages are asked for by number and request token.",
    ),
    18: (
        "REST lists need a search term, give 25 at a time, and lag",
        "REST lists are not used: the inventory comes by SOAP.",
    ),
    19: (
        "Shared data extensions are invisible or in the wrong business unit",
        [
            "test_discovery::test_what_the_parent_shares_can_be_left_out_and_its_rows_are_read",
            "test_discovery::test_several_business_units_are_read_in_one_run",
        ],
    ),
    20: (
        "Filtering fields by key raises 'String or binary data would be truncated', or 500",
        ["test_unfaithful_server::test_each_row_comes_exactly_once_in_two_runs"],
    ),
    21: (
        "Filters on data extensions are unreliable",
        [
            "test_unfaithful_server::test_an_ignored_filter_does_not_make_an_incremental_run_read_everything",
            "test_unfaithful_server::test_rest_can_be_insisted_on_where_it_ignores_filters",
        ],
    ),
    22: (
        "HTTP 200 with an error inside",
        ["test_passing_failures::test_an_error_within_http_200_is_an_error"],
    ),
    23: (
        "Tokens live 18 minutes, and expire differently by REST and SOAP",
        [
            "test_passing_failures::test_a_failure_that_passes_costs_no_row",
            "test_passing_failures::test_many_threads_that_meet_an_expired_token_renew_it_once",
        ],
    ),
    24: (
        "Throttling as SOAP 500 or as 429 without Retry-After; late pages fail",
        [
            "test_passing_failures::test_a_failure_that_passes_costs_no_row",
            "test_passing_failures::test_retry_after_is_obeyed",
            "test_unfaithful_server::test_pages_that_fail_for_good_make_soap_take_over",
        ],
    ),
    25: (
        "Dates lose sub-seconds; deletes and overwrites are invisible to incremental runs",
        [
            "test_incremental::test_a_row_that_changed_within_the_same_second_is_emitted_again",
            "test_unfaithful_server::test_soap_that_takes_over_knows_rows_again_whose_seconds_it_rounds",
            "test_incremental::test_every_row_is_emitted_exactly_once_if_none_is_later_than_the_overlap",
            "test_deletes::test_what_is_gone_is_emitted_once_with_its_key",
            "test_sync::test_a_full_refresh_is_due_after_so_many_days",
        ],
    ),
}


def test_no_number_is_missing():
    assert sorted(PAIN_POINTS) == list(range(1, 26))


@pytest.mark.parametrize("number", PAIN_POINTS)
def test_each_is_shown_by_tests_that_exist_or_has_a_reason(number):
    _, shown = PAIN_POINTS[number]
    if isinstance(shown, str):
        assert shown.endswith(".")
        return
    assert shown
    for each in shown:
        module, _, name = each.partition("::")
        tree = ast.parse((HERE / f"{module}.py").read_text())
        assert name in {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}, each
