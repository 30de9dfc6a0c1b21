"""The SDK's standard tap tests, on every stream and field of the emulator.

The SDK's own way makes them when tests are collected, which would start an emulator for each
collection; here they run in a fixture's time.
"""

import pytest
from singer_sdk.testing import SuiteConfig
from singer_sdk.testing.runners import TapTestRunner
from singer_sdk.testing.suites import tap_stream_attribute_tests, tap_stream_tests, tap_tests

from tap_sfmc.tap import TapSFMC
from tests.tap_sfmc.running import configure

WITHOUT_ROWS = ["empty"]


@pytest.fixture(scope="module", params=["rest", "soap"])
def runner(request, emulator):
    suite = SuiteConfig(ignore_no_records_for_streams=WITHOUT_ROWS)
    made = TapTestRunner(TapSFMC, configure(emulator, extraction=request.param), suite)
    made.sync_all()
    return made


@pytest.mark.parametrize("template", tap_tests.tests, ids=lambda template: template.name)
def test_tap(runner, template):
    template().run(runner.suite_config, None, runner)


@pytest.mark.parametrize("template", tap_stream_tests.tests, ids=lambda template: template.name)
def test_every_stream(runner, template):
    streams = runner.new_tap().streams.values()
    for stream in streams:
        if stream.name not in WITHOUT_ROWS:
            template().run(runner.suite_config, None, runner, stream=stream)
    assert len(streams) > 10


@pytest.mark.parametrize("template", tap_stream_attribute_tests.tests, ids=lambda template: template.name)
def test_every_field(runner, template):
    tried = 0
    for stream in runner.new_tap().streams.values():
        for name, schema in stream.stream_maps[-1].transformed_schema["properties"].items():
            if template.evaluate(stream, name, schema):
                template().run(runner.suite_config, None, runner, stream=stream, attribute_name=name)
                tried += 1
    if not tried:
        pytest.skip("no field is of the kind that this looks at")
