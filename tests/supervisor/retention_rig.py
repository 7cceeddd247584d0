"""A keeper of retention on real files and a real index; how large the disks are is up to the test."""

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from gstnvr.config.settings import Settings
from gstnvr.db.index import Index
from gstnvr.db.mirrors import mirror_changed
from gstnvr.db.protections import Protection, protect
from gstnvr.model.choices import Container
from gstnvr.model.clock import NS_PER_S, Clock, SystemClock, UtcNs
from gstnvr.model.ids import CameraId, StreamId, StreamKind
from gstnvr.model.records import Incident, Segment, SegmentState, TrackInfo, Volume
from gstnvr.storage.holdings import DAY_NS, Space
from gstnvr.storage.overview import StorageOverview
from gstnvr.supervisor.index.ledger import EventLedger
from gstnvr.supervisor.volumes import retention
from gstnvr.supervisor.volumes.retention import RetentionKeeper, Rhythm
from gstnvr.testing.segments import make_segment
from gstnvr.volume.identity import create_identity
from gstnvr.volume.paths import SegmentName, segment_path
from tests.supervisor.rig import until

HOUR = make_segment(frames=1800, frame_ms=2000)
"""A segment of an hour, 100 kB."""
HOUR_NS = 3600 * NS_PER_S
FAST = Rhythm(measure_s=0.02, pass_s=0.2, foresee_s=0.2, rest_s=0.0)
MB = 1_000_000


def stream(camera: str) -> StreamId:
    return StreamId(CameraId(camera), StreamKind.MAIN)


@dataclass
class Disk:
    """A volume on a disk of a size that the test chooses."""

    volume: Volume
    size: int = 20 * MB
    others: int = 0
    """What other programs take."""
    hangs: bool = False

    @property
    def used(self) -> int:
        """Bytes of files; one that is deleted at this moment may count or not."""
        found = 0
        for folder, _, names in os.walk(self.volume.path):
            for name in (name for name in names if name.endswith(".mp4")):
                with contextlib.suppress(FileNotFoundError):
                    found += (Path(folder) / name).stat().st_size
        return found

    @property
    def free(self) -> int:
        return self.size - self.others - self.used


@dataclass
class KeeperRig:
    """Retention of up to two volumes; the first is there from the beginning."""

    folder: Path
    index: Index
    clock: Clock = field(default_factory=SystemClock)
    disks: list[Disk] = field(default_factory=list)
    volumes_asked: Callable[[], None] = lambda: None

    notes: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.ledger = EventLedger(self.index)
        self.add_disk()
        self.settings = self.configure()

    def add_disk(self) -> Disk:
        root = self.folder / f"volume{len(list(self.folder.glob('volume*')))}"
        root.mkdir()
        volume = Volume(create_identity(root, self.clock).uuid, str(root))
        with self.index.writing() as writer:
            writer.ensure_volume(volume)
        self.disks.append(Disk(volume))
        return self.disks[-1]

    def configure(
        self,
        general: dict[str, Any] | None = None,
        volume: dict[str, Any] | None = None,
        policy: str = "fill",
        **cameras: dict[str, Any],
    ) -> Settings:
        """The settings from now on; floor 2 MB, resume 3 MB unless they are given.

        Args:
            general: of ``storage.retention``.
            volume: of the first volume.
            policy: of all volumes.
            cameras: what each has for itself.
        """
        paths = [disk.volume.path for disk in self.disks]
        self.settings = Settings.model_validate(
            {
                "storage": {
                    "volumes": [{"path": paths[0]} | (volume or {}), *({"path": path} for path in paths[1:])],
                    "min_free_mb": 1,
                    "policy": policy,
                    "retention": {"floor": "2 MB", "resume": "3 MB"} | (general or {}),
                },
                "cameras": [
                    {"id": name, "main": {"url": "rtsp://127.0.0.1/x"}} | own for name, own in cameras.items()
                ],
            }
        )
        return self.settings

    def record(
        self, camera: str, hours: int, disk: int = 0, *, ended_days_ago: float = 0, second: int | None = None
    ) -> list[Segment]:
        """So many hours without a hole, up to now or that long ago, by start; or on two disks."""
        end = self.clock.utc_ns() - round(ended_days_ago * DAY_NS)
        made = []
        with self.index.writing() as writer:
            for number in range(hours, 0, -1):
                start = UtcNs(end - number * HOUR_NS)
                path = segment_path(SegmentName(stream(camera), start, Container.MP4))
                volume = self.disks[disk].volume
                HOUR.write(Path(volume.path) / path)
                size = len(HOUR.content)
                tracks = TrackInfo("h264", 1920, 1080)
                segment = Segment(
                    stream(camera),
                    volume.uuid,
                    path,
                    start,
                    UtcNs(start + HOUR_NS),
                    SegmentState.CLOSED,
                    size,
                    HOUR.frames,
                    tracks,
                )
                writer.segment_closed(segment)
                made.append(segment)
                if second is not None:
                    other = self.disks[second].volume
                    HOUR.write(Path(other.path) / path)
                    mirror_changed(writer, replace(segment, volume=other.uuid))
        return made

    def protect(self, camera: str) -> None:
        """All of it."""
        now = self.clock.utc_ns()
        with self.index.writing() as writer:
            protect(writer, Protection(f"p-{camera}", stream(camera), UtcNs(0), now, "theft", "anna", now))

    def kept(self, camera: str) -> list[str]:
        return [segment.path for segment in self.index.segments(stream(camera))]

    def hours_kept(self, camera: str) -> int:
        return len(self.kept(camera))

    def incident(self, code: str) -> Incident | None:
        """The newest whose code begins so."""
        return next((one for one in self.index.incidents() if one.code.startswith(code)), None)

    def is_open(self, code: str) -> bool:
        return any(one.code.startswith(code) for one in self.index.incidents(open_only=True))

    def measure(self, volume: Volume) -> Space:
        disk = next(disk for disk in self.disks if disk.volume == volume)
        if disk.hangs:
            os.read(self.never, 1)
        return Space(volume, disk.size, disk.free)

    @contextlib.asynccontextmanager
    async def running(self, index: Index | None = None, rhythm: Rhythm = FAST) -> AsyncIterator[RetentionKeeper]:
        """Retention at work, through another access to the index if one is given."""
        self.never, tells = os.pipe()
        keeper = RetentionKeeper(
            self.index if index is None else index,
            self.ledger,
            self.clock,
            settings=lambda: self.settings,
            volumes=self._volumes,
            note=self._note,
            rhythm=rhythm,
        )
        tasks = [asyncio.create_task(self.ledger.run()), asyncio.create_task(keeper.run())]
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(retention, "measure", self.measure)
            patch.setattr(retention, "_MEASURE_TIMEOUT_S", 0.2)
            try:
                yield keeper
                for task in tasks:
                    assert not task.done(), task.result()
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)
                os.close(tells)

    def _note(self, name: str, problem: str | None, *, healthy: bool = False) -> None:
        self.notes.pop(name, None)
        if problem is not None:
            self.notes[name] = problem

    def _volumes(self) -> list[Volume]:
        self.volumes_asked()
        return self.index.volumes()


class LeapingClock(SystemClock):
    """A wall clock that somebody sets ahead."""

    ahead_ns = 0

    def utc_ns(self) -> UtcNs:
        return UtcNs(super().utc_ns() + self.ahead_ns)


async def settled(keeper: RetentionKeeper, passes: int = 2) -> None:
    """Until so many more whole passes are over."""
    for _ in range(passes):
        await until(partial(_is_newer, keeper, keeper.overview()), "a pass of retention")


def _is_newer(keeper: RetentionKeeper, than: StorageOverview | None) -> bool:
    return keeper.overview() is not than
