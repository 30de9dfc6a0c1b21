"""Marketing Cloud's own clients, unmodified, cannot tell.

They are no dependencies of this project: `FUEL_PYTHON` names an interpreter that has a build of the FuelSDK,
`NODE_CLIENTS` a `node_modules` folder that has `sfmc-sdk`.
"""

import json
import os
import subprocess
from pathlib import Path

import pytest

FUEL, NODE = "FUEL_PYTHON", "NODE_CLIENTS"


def _run(command, sfmc, *more, **environment):
    facts = sfmc.emulator.sfmc
    words = [facts[name] for name in ("base_url", "client_id", "client_secret", "account_id")]
    done = subprocess.run(
        [*command, *words, *more],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env={**os.environ, **environment},
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.skipif(FUEL not in os.environ, reason=f"{FUEL} does not name an interpreter with the FuelSDK")
@pytest.mark.parametrize("version", ["v1", "v2"])
def test_a_day_of_a_user_of_the_fuel_sdk(sfmc, tmp_path, version):
    script = Path(__file__).with_name("fuel_session.py")

    seen = _run([os.environ[FUEL], script], sfmc, str(tmp_path / "etframework.wsdl"), version)

    assert {"Contacts", "Campaign Engagement", "Web Activity"} <= set(seen.pop("names"))
    assert (seen.pop("columns"), seen.pop("rows"), seen.pop("read back")) == (18, 200, ["3"])
    assert seen.pop("folders") > 0
    assert all(seen.values()), seen


@pytest.mark.skipif(NODE not in os.environ, reason=f"{NODE} does not name a folder with sfmc-sdk")
def test_a_day_of_a_user_of_the_node_sdk(sfmc):
    script = Path(__file__).with_name("node_session.cjs")

    seen = _run(["node", str(script)], sfmc, NODE_PATH=os.environ[NODE])

    assert seen["rowset"] == 200
    assert seen["extensions"] == len(sfmc.retrieve("DataExtension", ["Name"]).results)
    assert seen["folders"] > 0
    assert [each["Properties"]["Property"]["Value"] for each in seen["rows"]] == ["C0000011"]
    assert seen["described"] == "DataExtensionField"
    assert seen["failed"].startswith("Unable to find a handler for object type: dataextension.")
