"""The pages for people: what stands on them, and that a browser shows it."""

import html
import re
import shutil
import subprocess
import time

import pytest
import requests

from emulator.testing import RunningEmulator

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
PROFILE = "https://ns.adobe.com/xdm/context/profile"


@pytest.fixture(scope="module")
def emulator(tmp_path_factory):
    with RunningEmulator(tmp_path_factory.mktemp("page") / "home", scale=0.001) as running:
        running.define(
            {
                "name": "<b>Bold</b> & Söhne",
                "key": "bold",
                "fields": [{"name": "Id", "is_primary_key": True}, {"name": "Note"}],
                "rows": [{"Id": "1", "Note": "<script>alert(1)</script>"}, {"Id": "2", "Note": None}],
            }
        )
        _load(running)
        yield running


def _load(running):
    """A dataset with a batch that landed and one that failed."""
    aep = running.aep
    token = requests.post(
        f"{aep['base_url']}/ims/token/v3",
        data={
            "grant_type": "client_credentials",
            "client_id": aep["client_id"],
            "client_secret": aep["client_secret"],
            "scope": "openid,session,AdobeID,read_organizations,additional_info.projectedProductContext",
        },
        timeout=30,
    ).json()["access_token"]
    session = requests.Session()
    session.headers.update(
        {
            "Authorization": f"Bearer {token}",
            "x-api-key": aep["client_id"],
            "x-gw-ims-org-id": aep["org_id"],
            "x-sandbox-name": aep["sandbox_name"],
        }
    )
    base = f"{aep['base_url']}/data/foundation"
    schema = {"type": "object", "title": "People <i>", "description": "", "allOf": [{"$ref": PROFILE}]}
    made = session.post(
        f"{base}/schemaregistry/tenant/schemas",
        json=schema,
        headers={"Accept": "application/vnd.adobe.xed+json"},
    ).json()
    reference = {"id": made["$id"], "contentType": "application/vnd.adobe.xed+json;version=1"}
    body = {"name": "People & Co", "schemaRef": reference}
    dataset = session.post(f"{base}/catalog/dataSets", json=body).json()[0].rpartition("/")[2]
    for content in (b'{"_id":"a"}\n{"_id":"b"}\n', b"nonsense\n"):
        batch = session.post(
            f"{base}/import/batches", json={"datasetId": dataset, "inputFormat": {"format": "json"}}
        ).json()["id"]
        session.put(
            f"{base}/import/batches/{batch}/datasets/{dataset}/files/a.json",
            data=content,
            headers={"Content-Type": "application/octet-stream"},
        ).raise_for_status()
        session.post(f"{base}/import/batches/{batch}?action=COMPLETE")
        deadline = time.monotonic() + 60
        while session.get(f"{base}/catalog/batches/{batch}").json()[batch]["status"] not in {
            "success",
            "failed",
        }:
            assert time.monotonic() < deadline
            time.sleep(0.1)
    session.close()


def _words(text):
    """The visible text of a page."""
    text = re.sub(r"<style>.*?</style>", "", text, flags=re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", text)).split())


def _page(url):
    answer = requests.get(url, timeout=30)
    assert answer.headers["content-type"].startswith("text/html")
    return answer


def test_data_extensions_are_listed_with_their_rows_and_open_to_a_preview(emulator):
    base = emulator.sfmc["base_url"]
    overview = _page(f"{base}/").text

    assert "<b>" not in overview
    assert "<b>Bold</b> & Söhne bold dataextension" in _words(overview)
    address = re.search(r'href="([^"]+)">&lt;b&gt;Bold', overview).group(1)
    preview = _page(base + address).text
    assert "<script" not in preview
    assert "The first 2 of 2 rows Id Note 1 <script>alert(1)</script> 2 –" in _words(preview)


def test_datasets_schemas_and_batches_are_listed_with_states_counts_and_errors(emulator):
    base = emulator.aep["base_url"]
    overview = _page(f"{base}/").text
    words = _words(overview)

    assert "Sandbox dev (development): datasets" in words
    assert "people_co People <i> no 2" in words
    assert re.search(r"People & Co success \S+ \S+ 1 2 2 0 –", words)
    assert re.search(r"People & Co failed .* INGEST-12\d\d-400: Encountered", words)
    address = re.search(r'href="([^"]+)">People', overview).group(1)
    assert "The first 2 live rows _id" in _words(_page(base + address).text)


@pytest.mark.parametrize("cloud", ["sfmc", "aep"])
def test_a_page_needs_nothing_from_elsewhere_and_meets_no_fault(emulator, cloud):
    url = getattr(emulator, cloud)["base_url"]
    emulator.clear_requests()
    emulator.faults([{"cloud": cloud, "fault": {"status": 503}}])
    try:
        answer = _page(f"{url}/")
    finally:
        emulator.clear_faults()

    assert answer.status_code == 200
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert not re.search(r'(?:src|href)="(?:https?:)?//', answer.text)
    assert emulator.requests(cloud) == []


@pytest.mark.parametrize(
    "path", ["/_emulator/page/data-extensions/none", "/_emulator/page/dev/datasets/none"]
)
def test_what_is_not_there_is_said_so(emulator, path):
    cloud = emulator.sfmc if "data-extensions" in path else emulator.aep

    assert _page(cloud["base_url"] + path).status_code == 404


@pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium here (Debian's package of that name)")
def test_a_browser_shows_both_pages(emulator, tmp_path):
    for cloud, words in (("sfmc", "Web Activity"), ("aep", "People & Co")):
        picture = tmp_path / f"{cloud}.png"
        done = subprocess.run(
            [
                CHROMIUM,
                *("--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"),
                *("--hide-scrollbars", "--window-size=1400,1000", f"--user-data-dir={tmp_path / cloud}"),
                *("--dump-dom", f"--screenshot={picture}", f"{getattr(emulator, cloud)['base_url']}/"),
            ],
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

        assert done.returncode == 0, done.stderr[-2000:]
        assert words in _words(done.stdout)
        assert picture.stat().st_size > 20_000
