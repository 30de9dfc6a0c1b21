"""Generated requests find no server error (schemathesis over Adobe's OpenAPI files)."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from emulator.aep.contract import VARIABLE

SERVICES = {
    "access-control": "/data/foundation/access-control",
    "batch-ingestion": "/data/foundation/import",
    "catalog": "/data/foundation/catalog",
    "data-access": "/data/foundation/export",
    "data-prep": "/data/foundation/conversion",
    "dataset-service": "/data/foundation/dataset",
    "flow-service": "/data/foundation/flowservice",
    "identity-service": "/data/core",
    "observability-insights": "/data/infrastructure/observability/insights",
    "sandbox": "/data/foundation",
    "schema-registry": "/data/foundation/schemaregistry",
}
# The rest of these files is not part of the emulator, and takes minutes to generate for.
ONLY = {"identity-service": "idnamespace", "sandbox": "sandbox-management"}

FOLDER = os.environ.get(VARIABLE)

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(FOLDER is None, reason=f"{VARIABLE} does not name Adobe's OpenAPI files"),
]


@pytest.fixture
def fuzzed(start_emulator, aep, monkeypatch):
    """An emulator of its own: generated requests delete and reset what they find.

    It checks no contract, since what a generator asks for and stores is seldom what the files describe.
    """
    monkeypatch.delenv(VARIABLE)
    running = start_emulator(scale=0.001)
    return type(aep)(running.aep, running)


@pytest.mark.parametrize("service", SERVICES)
def test_generated_requests_find_no_server_error(fuzzed, service):
    headers = [part for name, value in fuzzed.headers().items() for part in ("-H", f"{name}: {value}")]
    only = ["--include-path-regex", ONLY[service]] if service in ONLY else []
    done = subprocess.run(
        [
            str(Path(sys.executable).with_name("schemathesis")),
            *("run", f"{FOLDER}/{service}.yaml", "--url", fuzzed.base + SERVICES[service]),
            *("--checks", "not_a_server_error", "--phases", "examples,fuzzing", "--max-examples", "15"),
            *("--seed", "1", "--generation-database", "none", "--suppress-health-check", "all", "--no-color"),
            *only,
            *headers,
        ],
        check=False,
        capture_output=True,
        text=True,
        timeout=280,
    )

    assert done.returncode == 0, done.stdout[-4000:]
