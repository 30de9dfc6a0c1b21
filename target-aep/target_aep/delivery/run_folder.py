"""Where a run keeps what it needs: below ``run_path``, one folder per pipeline.

    {run_path}/{pipeline_id}/writer.lock
                             ledger/{dataset}/{external id}.json
                             runs/{run_id}/report.json
                             runs/{run_id}/spool/{stream}/{unit}/part-00000.parquet

The spool is always on a local disk. What a run that was killed left there is swept by the next one.
"""

from __future__ import annotations

import secrets
import shutil
import tempfile
import time
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

from target_aep.private_folder import PrivateFolder, file_name

SECONDS_PER_DAY = 86_400


@dataclass(frozen=True)
class RunFolder:
    """The folders of one run of one pipeline.

    Args:
        pipeline: The pipeline's folder.
        run_id: Of this run; sorts by time.
        spool: Where units are spooled.
    """

    pipeline: PrivateFolder
    run_id: str
    spool: Path

    @classmethod
    def of(cls, run_path: str, pipeline_id: str) -> RunFolder:
        """Name the folders of a new run; nothing is made yet."""
        pipeline = PrivateFolder(run_path) / file_name(pipeline_id)
        run_id = f"{datetime.now(timezone.utc):%Y%m%dT%H%M%S}-{secrets.token_hex(3)}"
        if pipeline.local is not None:
            spool = pipeline.local.resolve() / "runs" / run_id / "spool"
        else:
            spool = Path(tempfile.gettempdir()) / f"target-aep-{file_name(pipeline_id)}" / run_id / "spool"
        return cls(pipeline, run_id, spool)

    @property
    def ledger(self) -> PrivateFolder:
        """The ledger of the pipeline."""
        return self.pipeline / "ledger"

    @property
    def run(self) -> PrivateFolder:
        """The folder of this run."""
        return self.pipeline / "runs" / self.run_id

    def unit_spool(self, stream: str, unit: int) -> Path:
        """Folder of a unit's files."""
        return self.spool / file_name(stream) / f"{unit:03}"

    def sweep(self, days: int) -> None:
        """Delete the spools of former runs, and all of those that are older than ``days``.

        Call it while holding the pipeline's lock: then no former run is alive.
        """
        for spool in self.spool.parent.parent.glob("*/spool"):
            if spool != self.spool:
                shutil.rmtree(spool, ignore_errors=True)
        oldest = time.strftime("%Y%m%dT%H%M%S", time.gmtime(time.time() - days * SECONDS_PER_DAY))
        runs = self.pipeline / "runs"
        for name in runs.names():
            if name < oldest:
                runs.delete(name)

    def delete_spool(self) -> None:
        """Delete this run's spool."""
        shutil.rmtree(self.spool, ignore_errors=True)
