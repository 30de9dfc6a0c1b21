"""Runs the tap as a user would, and reads what it wrote."""

from __future__ import annotations

import gzip
import io
import json
import subprocess
import sys
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pyarrow.parquet as pq
from singer_sdk.plugin_base import _ConfigInput

from tap_sfmc.errors import TapError
from tap_sfmc.output.lines import with_texts_for_dates
from tap_sfmc.tap import TapSFMC


@dataclass
class Output:
    """What a run wrote, and how it failed."""

    messages: list[dict[str, Any]] = field(default_factory=list)
    error: TapError | None = None

    def of_type(self, kind: str) -> list[dict[str, Any]]:
        return [message for message in self.messages if message["type"] == kind]

    @property
    def streams(self) -> list[str]:
        return [message["stream"] for message in self.of_type("SCHEMA")]

    @property
    def schemas(self) -> dict[str, dict[str, Any]]:
        return {message["stream"]: message for message in self.of_type("SCHEMA")}

    @property
    def states(self) -> list[dict[str, Any]]:
        return [message["value"] for message in self.of_type("STATE")]

    @property
    def state(self) -> dict[str, Any]:
        return self.states[-1]

    def bookmark(self, stream: str) -> dict[str, Any]:
        return self.state["bookmarks"][stream]

    def rows(self, stream: str) -> list[dict[str, Any]]:
        """The rows of a stream, from its messages or its Parquet files."""
        rows = [message["record"] for message in self.of_type("RECORD") if message["stream"] == stream]
        for message in self.of_type("BATCH"):
            if message["stream"] == stream:
                for url in message["manifest"]:
                    rows += rows_of_file(Path(unquote(urlsplit(url).path)))
        return rows


def rows_of_file(path: Path) -> list[dict[str, Any]]:
    """The rows of a BATCH file, as its RECORD messages would have them."""
    if path.suffix == ".parquet":
        table = pq.read_table(path)
        return [row for batch in table.to_batches() for row in with_texts_for_dates(batch).to_pylist()]
    content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    return [json.loads(line, parse_float=Decimal) for line in content.splitlines()]


def configure(emulator: Any, **settings: Any) -> dict[str, Any]:
    """Settings for an emulator."""
    sfmc = emulator.sfmc
    basic = {
        "base_endpoint": sfmc["base_url"],
        "client_id": sfmc["client_id"],
        "client_secret": sfmc["client_secret"],
        "account_id": sfmc["account_id"],
    }
    return {name: value for name, value in {**basic, **settings}.items() if value is not None}


def sync(
    emulator: Any,
    *,
    state: dict[str, Any] | None = None,
    catalog: dict[str, Any] | None = None,
    **settings: Any,
) -> Output:
    """A whole run, in this process."""
    output = Output()
    text = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    try:
        with redirect_stdout(text):
            TapSFMC.invoke(
                config=_ConfigInput(config=configure(emulator, **settings)),
                state=None if state is None else io.StringIO(json.dumps(state)),
                catalog=None if catalog is None else io.StringIO(json.dumps(catalog)),
            )
    except TapError as error:
        output.error = error
    text.flush()
    output.messages = [
        json.loads(line, parse_float=Decimal) for line in text.buffer.getvalue().splitlines() if line
    ]
    return output


def discover(emulator: Any, **settings: Any) -> dict[str, Any]:
    """The catalog."""
    tap = TapSFMC(config=configure(emulator, **settings))
    try:
        return tap.catalog_dict
    finally:
        tap.close()


def command(
    folder: Path, *arguments: str, config: dict[str, Any] | None = None
) -> subprocess.CompletedProcess[str]:
    """A real process, with its exit code."""
    given = list(arguments)
    if config is not None:
        path = folder / "config.json"
        path.write_text(json.dumps(config))
        given += ["--config", str(path)]
    return subprocess.run(
        [str(Path(sys.executable).with_name("tap-sfmc")), *given],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        cwd=folder,
    )


def select(
    catalog: dict[str, Any], stream: str, *, without: tuple[str, ...] = (), **entries: Any
) -> dict[str, Any]:
    """A catalog in which one stream is selected, but some of its fields are not."""
    for entry in catalog["streams"]:
        chosen = entry["tap_stream_id"] == stream
        if chosen:
            entry.update(entries)
        for item in entry["metadata"]:
            if not item["breadcrumb"]:
                item["metadata"]["selected"] = chosen
            elif item["breadcrumb"][-1] in without:
                item["metadata"]["selected"] = False
    return catalog
