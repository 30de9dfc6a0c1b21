"""dlt, given the same records as dictionaries, writing Parquet files. Runs in an environment of its own."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import dlt  # type: ignore[import-not-found]  # only in its own environment

if TYPE_CHECKING:
    from collections.abc import Iterator


def records() -> Iterator[list[dict[str, Any]]]:
    """The records of the messages on standard input, a thousand at a time."""
    page = []
    for line in sys.stdin.buffer:
        if line.startswith(b'{"type":"RECORD"'):
            page.append(json.loads(line)["record"])
            if len(page) == 1000:
                yield page
                page = []
    if page:
        yield page


def main() -> None:
    """Load into the folder given as argument; pipelines keep their state in the second."""
    pipeline = dlt.pipeline(
        pipeline_name="bench",
        dataset_name="bench",
        pipelines_dir=sys.argv[2],
        destination=dlt.destinations.filesystem(bucket_url=sys.argv[1]),
    )
    pipeline.run(dlt.resource(records, name="rows"), loader_file_format="parquet")


if __name__ == "__main__":
    main()
