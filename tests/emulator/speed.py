"""How fast the emulator is, next to a static file server: `python tests/emulator/speed.py`.

It seeds a million events (a minute or two), reads them page by page, reads the same bytes from `http.server`,
and loads a million rows as NDJSON and as Parquet. The server's own processor time is told beside the time
that passed, for machines that do other things too. The README has the figures.
"""

from __future__ import annotations

import http.client
import io
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import numpy as np
import psutil
import pyarrow as pa
import pyarrow.json as pj
import pyarrow.parquet as pq
import requests

from emulator.testing import RunningEmulator

if TYPE_CHECKING:
    from collections.abc import Iterator

ROWS = 1_000_000
PAGE = 2_500
KEY = "campaign-engagement"
FILE_ROWS = 250_000
EVENT = "https://ns.adobe.com/xdm/context/experienceevent"


def main() -> None:
    with tempfile.TemporaryDirectory() as directory:
        folder = Path(directory)
        switches = {"aep.promotion_seconds": 0.0}
        with RunningEmulator(folder / "home", scale=ROWS / 100_000, switches=switches) as emulator:
            pages(emulator, folder)
            loads(emulator)


def pages(emulator: RunningEmulator, folder: Path) -> None:
    sfmc = emulator.sfmc
    credentials = {name: sfmc[name] for name in ("client_id", "client_secret")}
    body = {"grant_type": "client_credentials", **credentials}
    token = requests.post(f"{sfmc['base_url']}/v2/token", json=body, timeout=60).json()["access_token"]
    headers = {"Authorization": f"Bearer {token}"}
    first = requests.get(
        f"{sfmc['base_url']}/data/v1/customobjectdata/key/{KEY}/rowset?$pagesize={PAGE}",
        headers=headers,
        timeout=600,
    ).json()
    base = f"/data/v1/customobjectdata/token/{first['requestToken']}/rowset?$page="
    paths = [f"{base}{number}" for number in range(1, first["count"] // PAGE + 1)]
    for what, readers in (("for the first time, 4", 4), ("again, 1", 1), ("again, 4", 4)):
        with measured(f"emulator, {what} at a time", emulator.home.record("sfmc").pid):
            read_all(sfmc["base_url"], paths, headers, readers)
    # The same bytes from files.
    for number, path in enumerate(paths):
        answer = requests.get(sfmc["base_url"] + path, headers=headers, timeout=600)
        (folder / f"{number}.json").write_bytes(answer.content)
    server = subprocess.Popen(
        [sys.executable, "-m", "http.server", "0", "--bind", "127.0.0.1", "--directory", str(folder)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={"PYTHONUNBUFFERED": "1"},
        text=True,
    )
    try:
        assert server.stdout is not None
        port = int(server.stdout.readline().split()[5])
        url = f"http://127.0.0.1:{port}"
        for readers in (1, 4):
            files = [f"/{number}.json" for number in range(len(paths))]
            with measured(f"http.server, {readers} at a time", server.pid):
                read_all(url, files, {}, readers)
    finally:
        server.terminate()
        server.wait()


def read_all(url: str, paths: list[str], headers: dict[str, str], readers: int) -> None:
    """Read every path; each reader has one connection."""

    def read(part: list[str]) -> None:
        connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=600)
        for path in part:
            connection.request("GET", path, headers=headers)
            answer = connection.getresponse()
            answer.read()
            assert answer.status == 200
        connection.close()

    with ThreadPoolExecutor(readers) as pool:
        list(pool.map(read, [paths[index::readers] for index in range(readers)]))


@contextmanager
def measured(what: str, pid: int) -> Iterator[None]:
    """Tell how long something took with a million rows, and the processor time of the server."""
    process = psutil.Process(pid)
    started, before = time.perf_counter(), process.cpu_times()
    yield
    seconds, after = time.perf_counter() - started, process.cpu_times()
    used = after.user + after.system - before.user - before.system
    print(f"{what}: {ROWS / seconds:,.0f} rows/s ({seconds:.1f} s, {used:.1f} s of a processor)", flush=True)


def loads(emulator: RunningEmulator) -> None:
    aep = emulator.aep
    scopes = "openid,session,AdobeID,read_organizations,additional_info.projectedProductContext"
    form = {name: aep[name] for name in ("client_id", "client_secret")}
    form |= {"grant_type": "client_credentials", "scope": scopes}
    session = requests.Session()
    token = session.post(f"{aep['base_url']}/ims/token/v3", data=form, timeout=60).json()["access_token"]
    headers = {
        "Authorization": f"Bearer {token}",
        "x-api-key": aep["client_id"],
        "x-gw-ims-org-id": aep["org_id"],
        "x-sandbox-name": aep["sandbox_name"],
        "Accept": "application/vnd.adobe.xed+json",
    }
    session.headers.update(headers)
    base = f"{aep['base_url']}/data/foundation"
    fields = {
        "campaign": {"type": "string"},
        "email": {"type": "string", "format": "email"},
        "n": {"type": "integer"},
        "amount": {"type": "number"},
        "open": {"type": "boolean"},
    }
    group = session.post(
        f"{base}/schemaregistry/tenant/fieldgroups",
        json={
            "type": "object",
            "title": "Speed fields",
            "meta:intendedToExtend": [EVENT],
            "definitions": {
                "customFields": {"properties": {"_acme": {"type": "object", "properties": fields}}}
            },
            "allOf": [{"$ref": "#/definitions/customFields"}],
        },
    ).json()
    parts = [{"$ref": EVENT}, {"$ref": group["$id"]}]
    schema = session.post(
        f"{base}/schemaregistry/tenant/schemas", json={"type": "object", "title": "Speed", "allOf": parts}
    ).json()
    reference = {"id": schema["$id"], "contentType": "application/vnd.adobe.xed+json;version=1"}
    dataset = session.post(f"{base}/catalog/dataSets", json={"name": "Speed", "schemaRef": reference}).json()
    for kind in ("json", "parquet"):
        files = [content(kind, start) for start in range(0, ROWS, FILE_ROWS)]
        size = sum(map(len, files)) / 1e6
        with measured(f"{kind}, {size:,.0f} MB sent, validated, stored", emulator.home.record("aep").pid):
            load(session, base, dataset[0].rpartition("/")[2], kind, files)


def load(session: requests.Session, base: str, dataset: str, kind: str, files: list[bytes]) -> None:
    body = {"datasetId": dataset, "inputFormat": {"format": kind}, "enableErrorDiagnostics": True}
    batch = session.post(f"{base}/import/batches", json=body).json()["id"]
    for number, data in enumerate(files):
        url = f"{base}/import/batches/{batch}/datasets/{dataset}/files/{number}.{kind}"
        session.put(url, data=data, headers={"Content-Type": "application/octet-stream"}).raise_for_status()
    session.post(f"{base}/import/batches/{batch}?action=COMPLETE").raise_for_status()
    while (ended := session.get(f"{base}/catalog/batches/{batch}").json()[batch])["status"] not in {
        "success",
        "failed",
    }:
        time.sleep(0.05)
    assert ended["metrics"]["outputRecordCount"] == ROWS, ended


def content(kind: str, start: int) -> bytes:
    numbers = np.arange(start, start + FILE_ROWS)
    lines = "\n".join(
        f'{{"_id":"e{n}","timestamp":"2026-01-01T{n % 24:02}:00:00Z",'
        '"eventType":"directMarketing.emailOpened",'
        f'"_acme":{{"campaign":"Spring {n % 97}","email":"p{n}@example.org","n":{n},"amount":{n / 100},'
        f'"open":{"true" if n % 3 else "false"}}}}}'
        for n in numbers.tolist()
    ).encode()
    if kind == "json":
        return lines
    table = pj.read_json(io.BytesIO(lines))
    moment = pa.timestamp("ms", "UTC")
    table = table.set_column(1, "timestamp", table.column("timestamp").cast(moment))
    buffer = io.BytesIO()
    pq.write_table(table, buffer)
    return buffer.getvalue()


if __name__ == "__main__":
    main()
