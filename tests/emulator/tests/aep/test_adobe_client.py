"""Adobe's own Python client, unmodified, cannot tell.

`aepp` brings hundreds of megabytes of other packages, so it is no dependency of this project: the environment
variable `AEPP_PYTHON` names an interpreter that has it.
"""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

VARIABLE = "AEPP_PYTHON"


@pytest.mark.skipif(VARIABLE not in os.environ, reason=f"{VARIABLE} does not name an interpreter with aepp")
def test_a_day_of_a_user_of_aepp(start_emulator):
    emulator = start_emulator(scale=0.001)
    names = ("base_url", "client_id", "client_secret", "org_id", "sandbox_name")
    script = Path(__file__).with_name("adobe_client_session.py")

    done = subprocess.run(
        [os.environ[VARIABLE], str(script), *(emulator.aep[name] for name in names)],
        check=False,
        capture_output=True,
        text=True,
        timeout=120,
    )

    assert done.returncode == 0, done.stderr[-4000:]
    seen = json.loads(done.stdout.splitlines()[-1])
    counts = [
        seen["metrics"][name] for name in ("inputRecordCount", "outputRecordCount", "failedRecordCount")
    ]
    assert counts == [2, 1, 1]
    assert seen["tenant"] == "acme"
    assert seen["paths"] == ["key", "n"]
    assert seen["union version"] == "1.1"
    assert (seen["upload"], seen["complete"], seen["revert"]) == ({}, {}, {})
    assert seen["status"] == "success"
    assert seen["row errors"] == ["conversion_errors_0.json"]
    assert (seen["descriptors"], seen["files"], seen["mappings"], len(seen["datasets"])) == (1, 1, 1, 1)
    assert seen["replay"] is True
    assert seen["target connection"] is True
    assert seen["sandboxes"] == ["dev", "prod"]
