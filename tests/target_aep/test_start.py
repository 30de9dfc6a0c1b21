"""A run begins soon: what most runs do not need is imported by those that do."""

import os
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


@pytest.mark.skipif(sys.platform != "linux", reason="jemalloc is not everywhere")
def test_all_of_arrow_takes_its_memory_from_one_allocator():
    # What the reader and writer of Parquet take is not told by pyarrow, but follows from the environment.
    code = (
        "import target_aep.__main__, os, pyarrow;"
        "print(pyarrow.default_memory_pool().backend_name, os.environ['ARROW_DEFAULT_MEMORY_POOL'])"
    )
    environment = {name: value for name, value in os.environ.items() if name != "ARROW_DEFAULT_MEMORY_POOL"}
    told = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, check=True, text=True, env=environment
    )
    assert told.stdout.split() == ["jemalloc", "jemalloc"]
