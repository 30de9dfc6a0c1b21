"""The limit of a tap: fetch the same pages and parse their JSON, nothing else."""

from __future__ import annotations

import argparse
from concurrent.futures import ThreadPoolExecutor

import msgspec
import requests

_PAGE_SIZE = 2500


def main() -> None:
    """Download one data extension."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", required=True)
    parser.add_argument("--key", required=True)
    parser.add_argument("--connections", type=int, default=1)
    options = parser.parse_args()
    session = requests.Session()
    session.mount("http://", requests.adapters.HTTPAdapter(pool_maxsize=options.connections))
    root = f"{options.url}/data/v1/customobjectdata"

    def fetch(resource: str, page: int) -> dict[str, object]:
        url = f"{root}/{resource}/rowset?$page={page}&$pageSize={_PAGE_SIZE}"
        with session.get(url, stream=True, timeout=60) as response:
            found: dict[str, object] = msgspec.json.decode(response.raw.read(decode_content=True))
        return found

    def rows(page: int) -> int:
        items = fetch(f"token/{first['requestToken']}", page).get("items", [])
        return len(items)  # type: ignore[arg-type]

    first = fetch(f"key/{options.key}", 1)
    count = int(str(first["count"]))
    with ThreadPoolExecutor(options.connections) as pool:
        found = sum(pool.map(rows, range(2, -(-count // _PAGE_SIZE) + 1)))
    if found + min(count, _PAGE_SIZE) != count:
        message = f"{found} rows of {count}"
        raise SystemExit(message)


if __name__ == "__main__":
    main()
