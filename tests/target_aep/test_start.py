"""A run begins soon: what most runs do not need is imported by those that do."""

import subprocess
import sys

import pytest

SELDOM = ("lark", "regex", "ua_parser", "yaml", "rapidfuzz")


@pytest.fixture(scope="module")
def imported():
    code = "import sys, target_aep.cli; print(*sys.modules)"
    return set(
        subprocess.run(
            [sys.executable, "-c", code], capture_output=True, check=True, text=True
        ).stdout.split()
    )


@pytest.mark.parametrize("name", SELDOM)
def test_a_library_that_few_runs_need_is_not_imported_at_the_start(imported, name):
    assert name not in imported
