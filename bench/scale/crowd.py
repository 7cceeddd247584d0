"""Many files deleted on the file system that cameras are being recorded to."""

import asyncio
import os
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.errors import BenchError
from bench.scale.archive import Shape
from bench.scale.filling import all_segments, fill
from gstnvr.config.settings import RecordingSettings
from gstnvr.db.index import Index
from gstnvr.lab.audit import Audit
from gstnvr.lab.faulty_volumes import LoopVolume, prepared
from gstnvr.model.clock import NS_PER_S, SystemClock, UtcNs
from gstnvr.model.faults import GapCause
from gstnvr.model.ids import StreamId
from gstnvr.model.records import Volume
from gstnvr.storage.deletion import LARGEST_BATCH, delete_segments
from gstnvr.supervisor.volumes.retention import Rhythm
from tests.rig.camera_recorder import recording_rig
from tests.rig.recorder_under_test import Seen, stream_spec

CAMERAS = 8
FILE_BYTES = 16 << 10
_IMAGE_BYTES = 6 << 30
_SOURCE = "pattern:360p10"
_QUIET_S = 30.0
"""Of recording alone, to compare with; and once more after the deletion, until all is on the disk."""
_PROBE_BYTES = 64 << 10
_PROBE_INTERVAL_S = 0.1
_AT_THE_ENDS = (GapCause.CONNECTING, GapCause.SHUTDOWN)
_SETTINGS = RecordingSettings(segment_s=10)


@dataclass(frozen=True, slots=True)
class Stretch:
    """How the file system did for a while."""

    seconds: float
    longest_sync_s: float
    """Of a small file that was written and synced ten times a second."""
    most_waiting_s: float
    """Media that a recorder kept in memory, at the most, because it was not written yet."""


@dataclass(frozen=True, slots=True)
class Crowd:
    """What came of it."""

    files: int
    alone: Stretch
    deleting: Stretch
    longest_batch_s: float
    recorded: int
    """Units of video and audio."""
    flawed: int
    """Of them missing, doubled or altered."""
    gaps: int
    """In the recordings that were made meanwhile, between their first and their last picture."""


class _Probe:
    """Writes and syncs a small file again and again, on a thread."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._ending = threading.Event()
        self._waits: list[tuple[float, float]] = []
        self._thread = threading.Thread(target=self._run, name="probe")

    def __enter__(self) -> "_Probe":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ending.set()
        self._thread.join()

    def longest(self, since: float) -> float:
        return max(wait for at, wait in self._waits if at >= since)

    def _run(self) -> None:
        content = os.urandom(_PROBE_BYTES)
        with self._path.open("wb", buffering=0) as file:
            while not self._ending.wait(_PROBE_INTERVAL_S):
                began = time.monotonic()
                file.write(content)
                os.fdatasync(file.fileno())
                self._waits.append((began, time.monotonic() - began))


def delete_beside_recording(folder: Path, files: int) -> Crowd:
    """Delete so many small files on an ext4 of their own while cameras are recorded there.

    Raises:
        BenchError: some could not be deleted.
    """
    place = folder / "loop"
    place.mkdir()
    with prepared(LoopVolume(place, _IMAGE_BYTES)) as loop:
        archive = Volume(loop.uuid, str(loop.path))
        shape = Shape(segments=files, days=90)
        end = UtcNs((SystemClock().utc_ns() // NS_PER_S - 3600) * NS_PER_S)
        with Index.open(folder / "index.sqlite3") as index:
            fill(index, shape, [archive], end)
            paths = _write_files(shape, archive, end)
            return asyncio.run(_record_and_delete(index, archive, paths))


def _write_files(shape: Shape, volume: Volume, end: UtcNs) -> list[str]:
    content = os.urandom(FILE_BYTES)
    paths = []
    for segment in all_segments(shape, [volume], end):
        path = Path(volume.path) / segment.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        paths.append(segment.path)
    os.sync()
    return paths


async def _record_and_delete(index: Index, archive: Volume, paths: Sequence[str]) -> Crowd:
    names = [f"live{number}" for number in range(CAMERAS)]
    place = Path(archive.path)
    async with recording_rig(place, dict.fromkeys(names, _SOURCE)) as rig:
        streams = [stream_spec(name, rig.cameras.url(name)) for name in names]
        await rig.record(streams, _SETTINGS)
        with _Probe(place / "probe") as probe:
            began = time.monotonic()
            await asyncio.sleep(_QUIET_S)
            alone = _stretch(rig.recorder.statuses, probe, began)
            began = time.monotonic()
            deleted, longest = await asyncio.to_thread(_delete, index, archive, paths)
            await asyncio.sleep(_QUIET_S)
            deleting = _stretch(rig.recorder.statuses, probe, began)
        await rig.recorder.shutdown()
        audits = [await asyncio.to_thread(rig.audit, name) for name in names]
        gaps = sum(gap.cause not in _AT_THE_ENDS for name in names for gap in rig.gaps(name))
        return Crowd(deleted, alone, deleting, longest, _units(audits), _flaws(audits), gaps)


def _stretch(statuses: Mapping[StreamId, Sequence[Seen]], probe: _Probe, began: float) -> Stretch:
    waiting = [seen.status.buffered_s for found in statuses.values() for seen in found if seen.at >= began]
    return Stretch(time.monotonic() - began, probe.longest(began), max(waiting))


def _delete(index: Index, volume: Volume, paths: Sequence[str]) -> tuple[int, float]:
    """As retention does when nothing is urgent: in batches, with a rest after each.

    Returns:
        How many, without those that are protected, and the seconds of the longest batch.
    """
    count, longest = 0, 0.0
    for first in range(0, len(paths), LARGEST_BATCH):
        began = time.monotonic()
        batch = paths[first : first + LARGEST_BATCH]
        done = delete_segments(index, volume, batch, now=SystemClock().utc_ns())
        longest = max(longest, time.monotonic() - began)
        count += len(done.deleted)
        if done.left:
            raise BenchError(f"{len(done.left)} files could not be deleted: {done.problem}")
        time.sleep(Rhythm().rest_s)
    return count, longest


def _units(audits: Sequence[Audit]) -> int:
    return sum(found.video.units + found.audio.units for found in audits)


def _flaws(audits: Sequence[Audit]) -> int:
    return sum(found.missing + found.doubled + found.altered for found in audits)
