"""What a run is made of, put together from the settings."""

from __future__ import annotations

import socket
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from target_aep.connection import connect
from target_aep.delivery.commit import Committer
from target_aep.delivery.composed_state import ComposedState
from target_aep.delivery.decision import OnRewind
from target_aep.delivery.landing import Landing
from target_aep.delivery.ledger import Ledger
from target_aep.delivery.lock import PipelineLock
from target_aep.delivery.opening import Opening
from target_aep.delivery.polling import Polling
from target_aep.delivery.quarantine import Quarantine
from target_aep.delivery.recovery import Recovery
from target_aep.delivery.sealing import Sealing
from target_aep.private_folder import PrivateFolder, file_name

if TYPE_CHECKING:
    from collections.abc import Callable

    from target_aep.aep import Clients
    from target_aep.delivery.run_folder import RunFolder
    from target_aep.settings import Settings


@dataclass(frozen=True)
class Parts:
    """The parts of a run that do not change.

    Args:
        clients: API clients.
        pipeline_lock: Keeps other runs of the pipeline out.
        polling: How to wait; its event ends all waiting.
        quarantine: Where rejected rows go.
        state: The composed state, guarded by ``lock``.
        lock: Guards what the reading thread and the queues share.
        opening: Opens streams.
        landing: Lands units.
    """

    clients: Clients
    pipeline_lock: PipelineLock
    polling: Polling
    quarantine: Quarantine
    state: ComposedState
    lock: threading.RLock
    opening: Opening
    landing: Landing


def assemble(settings: Settings, folder: RunFolder, emit: Callable[[dict[str, Any]], None]) -> Parts:
    """Put a run together; nothing is sent or written yet.

    Raises:
        ConfigurationError: A setting has a value that cannot be used.
    """
    host = socket.gethostname()
    pipeline_id, run_id = settings.pipeline_id, folder.run_id
    state, lock = ComposedState(), threading.RLock()
    polling = Polling(
        first_seconds=settings.poll_seconds,
        longest_seconds=settings.poll_max_seconds,
        timeout_seconds=settings.batch_timeout_minutes * 60,
    )
    clients, ledger = connect(settings, polling.stop.wait), Ledger(folder.ledger)
    recovery = Recovery(
        clients=clients,
        ledger=ledger,
        polling=polling,
        pipeline_id=pipeline_id,
        host=host,
        takeover_minutes=settings.takeover_minutes,
        on_rewind=OnRewind(settings.on_rewind),
    )
    return Parts(
        clients=clients,
        pipeline_lock=PipelineLock(
            folder.pipeline,
            pipeline_id=pipeline_id,
            run_id=run_id,
            host=host,
            takeover_minutes=settings.takeover_minutes,
        ),
        polling=polling,
        quarantine=Quarantine(quarantine_folder(settings), run_id, settings.quarantine_mask),
        state=state,
        lock=lock,
        opening=Opening(clients, settings, recovery, state, lock),
        landing=Landing(
            sealing=Sealing(pipeline_id, run_id, host),
            committer=Committer(clients, ledger, polling, recovery, settings.upload_concurrency),
            ledger=ledger,
            state=state,
            lock=lock,
            emit=None if settings.dry_run else emit,
        ),
    )


def quarantine_folder(settings: Settings) -> PrivateFolder:
    """Where rejected rows of a pipeline are kept."""
    root = PrivateFolder(settings.quarantine_root or settings.run_path)
    pipeline = root / file_name(settings.pipeline_id)
    return pipeline if settings.quarantine_root else pipeline / "quarantine"
