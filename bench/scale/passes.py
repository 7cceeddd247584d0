"""How long one pass of retention takes over a large archive."""

import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from bench.errors import BenchError
from bench.scale.archive import DAY_NS, Shape
from gstnvr.config.settings import Settings
from gstnvr.db.index import Index
from gstnvr.db.stored import HOUR_NS, stored
from gstnvr.model.clock import SystemClock
from gstnvr.model.records import Volume
from gstnvr.storage.deletion import LARGEST_BATCH, delete_segments
from gstnvr.storage.holdings import gather, measure, usable
from gstnvr.storage.retention import plan

DELETED = 1000
"""So many of those that are too old, at the most."""
_TOO_OLD_NS = 3 * HOUR_NS
_NOTHING = {"url": "rtsp://127.0.0.1/nothing"}


@dataclass(frozen=True, slots=True)
class Pass:
    """Seconds; without the rests between batches."""

    planned_s: float
    """Facts gathered from the index, and decided."""
    deleted_s: float
    """Marked, unlinked, entered in the gap ledger."""
    deleted: int
    longest_batch_s: float
    """What recorders tell waits for no longer than that."""


def retention_pass(index: Index, shape: Shape, volumes: Sequence[Volume]) -> Pass:
    """Plan over all cameras and delete what is too old, as the supervisor does.

    Raises:
        BenchError: nothing was deleted.
    """
    settings = _settings(index, shape, volumes)
    began = time.perf_counter()
    rooms = usable([measure(volume) for volume in volumes], settings, ())
    facts = gather(index, settings, rooms, SystemClock().utc_ns(), LARGEST_BATCH)
    decided = plan(facts, 10 * LARGEST_BATCH)
    planned_s = time.perf_counter() - began
    batches = []
    count = 0
    for volume in volumes:
        paths = [decision.piece.path for decision in decided.decisions if decision.piece.volume == volume.uuid]
        paths = paths[: DELETED // len(volumes)]
        for first in range(0, len(paths), LARGEST_BATCH):
            began = time.perf_counter()
            batch = paths[first : first + LARGEST_BATCH]
            done = delete_segments(index, volume, batch, now=SystemClock().utc_ns())
            batches.append(time.perf_counter() - began)
            count += len(done.deleted)
    if not count:
        raise BenchError("retention found nothing to delete")
    return Pass(planned_s, sum(batches), count, max(batches))


def _settings(index: Index, shape: Shape, volumes: Sequence[Volume]) -> Settings:
    """With days so few that the oldest of every camera is too old."""
    oldest: defaultdict[str, int] = defaultdict(lambda: 1 << 62)
    with index.reading() as connection:
        for held in stored(connection):
            oldest[held.stream.camera] = min(oldest[held.stream.camera], held.first)
    kept_ns = SystemClock().utc_ns() - max(oldest.values())
    days = (kept_ns - _TOO_OLD_NS) / DAY_NS
    return Settings.model_validate(
        {
            "storage": {
                "volumes": [{"path": volume.path} for volume in volumes],
                "min_free_mb": 1,
                "retention": {"days": days, "floor": "10 MB", "resume": "20 MB"},
            },
            "cameras": [{"id": stream.camera, "main": _NOTHING} for stream in shape.streams],
        }
    )
