"""The target's settings: parsed, checked, documented from one declaration."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest

from target_aep import settings
from target_aep.errors import ConfigurationError
from target_aep.stream_settings import StreamRules
from target_aep.target import TargetAEP

NEEDED = {"client_id": "id-1", "client_secret": "hush-1", "org_id": "1@AdobeOrg", "sandbox_name": "dev"}


def parse(**further: Any) -> settings.Settings:
    return settings.parse({**NEEDED, **further})


def refused(**further: Any) -> str:
    with pytest.raises(ConfigurationError) as raised:
        parse(**further)
    return str(raised.value)


def test_four_settings_are_enough() -> None:
    assert parse().provision is True


@pytest.mark.parametrize("name", NEEDED)
def test_each_of_them_is_needed(name: str) -> None:
    assert f"{name} is not set" in refused(**{name: None})


def test_texts_of_the_environment_become_numbers_and_booleans() -> None:
    made = parse(poll_seconds="0.5", dry_run="true", commit_rows="1000")
    assert (made.poll_seconds, made.dry_run, made.commit_rows) == (0.5, True, 1000)


def test_settings_of_the_singer_sdk_are_not_ours_to_judge() -> None:
    parse(stream_maps={"a": {}}, batch_size_rows=10, flattening_enabled=False)


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ({"sandbx_name": "x"}, "Did you mean 'sandbox_name'?"),
        (
            {"streams": {"*c": {"dataste": "x"}}},
            r"streams.*c: unknown setting 'dataste'. Did you mean 'dataset'?",
        ),
        ({"streams": {"c": {"class": "evnt"}}}, "streams.c.class: Invalid enum value 'evnt'"),
        (
            {"streams": {"c": {"identities": [{"path": "x"}]}}},
            "streams.c.identities[0]: namespace is not set",
        ),
        ({"streams": {"c": {"class": "event"}}}, "needs timestamp"),
        ({"streams": {"c": {"timestamp": "x"}}}, "timestamp is for class event"),
        ({"streams": {"c": {"profile": True}}}, "needs a primary identity"),
        ({"streams": {"c": {"class": "adhoc", "profile": True}}}, "cannot be enabled for Profile"),
        ({"streams": {"c": {"load_method": "upsert"}}}, "load_method upsert"),
        ({"streams": {"c": {"error_threshold_percent": 101}}}, "streams.c.error_threshold_percent"),
        (
            {
                "streams": {
                    "c": {"identities": [{"path": "x", "namespace": "A"}, {"path": "x", "namespace": "B"}]}
                }
            },
            "two identities have the same path",
        ),
        ({"streams": {"c": {"schema": "A", "schema_id": "B"}}}, "schema and schema_id both"),
        ({"poll_seconds": -1}, "poll_seconds"),
        ({"on_rewind": "hope"}, "on_rewind"),
        ({"private_key": "x"}, "OAuth Server-to-Server"),
        ({"load_method": "upsert"}, "streams.*: load_method upsert is for class profile"),
        (
            {"load_method": "upsert", "streams": {"c": {"class": "event", "timestamp": "t"}}},
            "streams.c: load",
        ),
    ],
)
def test_a_wrong_setting_is_named_with_what_to_do(config: dict[str, Any], said: str) -> None:
    message = refused(**config)
    assert said in message
    assert "hush-1" not in message


def test_a_load_method_for_all_is_that_of_each_entry_that_has_none() -> None:
    rules = parse(load_method="overwrite", streams={"a": {"load_method": "append-only"}, "*": {}}).rules
    assert [rules.settings_for(stream).load_method for stream in "ab"] == ["append-only", "overwrite"]
    assert parse(load_method="overwrite").rules.settings_for("a").load_method == "overwrite"


def test_every_setting_that_is_offered_is_read_by_us_or_by_the_sdk() -> None:
    offered = copy.deepcopy(TargetAEP.config_jsonschema)
    TargetAEP.append_builtin_config(offered)
    ours = set(settings.Settings.__struct_fields__)
    assert set(offered["properties"]) == ours | settings.SDK_SETTINGS
    assert not set(offered["properties"]) & settings.WITHOUT_EFFECT.keys()
    source = "".join(
        path.read_text()
        for path in Path(settings.__file__).parent.rglob("*.py")
        if path.name != "settings.py"
    )
    read = {name for name in ours if f"ettings.{name}" in source}
    assert ours - read <= {"streams", "load_method"}  # by `rules`
    parse(batch_size_rows=10, batch_config={"encoding": {}})


def test_the_secret_is_not_shown() -> None:
    assert "hush-1" not in repr(parse())


def test_the_first_glob_that_matches_counts() -> None:
    rules = parse(streams={"a*": {"dataset": "A"}, "*": {"dataset": "Rest of {stream}"}}).rules
    assert rules.settings_for("abc").dataset_name("abc") == "A"
    assert rules.settings_for("xyz").dataset_name("xyz") == "Rest of xyz"


def test_without_entries_each_stream_has_a_dataset_of_its_name() -> None:
    assert StreamRules({}).settings_for("orders").dataset_name("orders") == "orders"


def test_a_stream_without_an_entry_and_an_entry_without_a_stream_are_errors() -> None:
    rules = parse(streams={"orders": {}, "*s": {}, "old": {}}).rules
    with pytest.raises(ConfigurationError, match="no entry of streams matches"):
        rules.settings_for("misc-y")
    with pytest.raises(ConfigurationError, match=r"'orders'"):
        rules.require_used(["clicks"])


def test_a_run_of_some_streams_need_not_use_every_entry() -> None:
    rules = parse(streams={"orders": {}, "clicks": {}}).rules
    assert rules.require_used(["orders"]) == ["clicks"]
    assert rules.require_used(["clicks"], known=["orders", "clicks"]) == []


def test_an_entry_that_an_earlier_one_leaves_nothing_to_is_an_error() -> None:
    rules = parse(streams={"*s": {}, "orders": {}}).rules
    with pytest.raises(ConfigurationError, match="'orders'"):
        rules.require_used(["orders"])


def test_about_has_a_title_and_a_sentence_for_each_setting_and_hides_secrets() -> None:
    schema = settings.config_jsonschema()
    assert set(schema["required"]) == set(NEEDED)
    for name, described in schema["properties"].items():
        assert described["title"], name
        assert described["description"].endswith("."), name
        assert "type" in described, name
    secrets = {name for name, described in schema["properties"].items() if described.get("secret")}
    assert secrets == {"client_id", "client_secret", "proxy"}
