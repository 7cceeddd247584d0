"""A whole recorder process but for GStreamer and the process: fake cameras in, real files out, sped up."""

import asyncio
import os
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from gstnvr.config.settings import RecorderSettings, RecordingSettings, SessionSettings
from gstnvr.container.facts import TrackKind
from gstnvr.container.scan import iter_samples, scan_file
from gstnvr.db.ledger import Covered, ledger_gaps
from gstnvr.ipc.messages import (
    Configure,
    IncidentChanged,
    MirrorChanged,
    OutageChanged,
    RecorderEvent,
    SegmentAbandoned,
    SegmentClosed,
    SegmentDiscarded,
    SegmentGrown,
    SegmentOpened,
    SegmentTakenOver,
    StreamSpec,
    VolumeSpec,
)
from gstnvr.media.units import AudioFormat
from gstnvr.model.choices import G711, Audio, Transport, VolumePolicy
from gstnvr.model.clock import SystemClock
from gstnvr.model.ids import CameraId, StreamId, StreamKind
from gstnvr.model.records import Gap, Incident, Outage, Segment, SegmentState
from gstnvr.model.status import RecordingPhase, StreamStatus
from gstnvr.recorder.engine import Engine
from gstnvr.testing.fast_loop import LoopClock, run_fast
from gstnvr.testing.media import FakeCamera, FakeMedia, fake_video, number_in
from gstnvr.volume.identity import create_identity
from tests.rig.describing_camera import DescribingCameras
from tests.rig.waiting import until

SPEED = 15.0
WITHIN_S = 30.0
"""On the fast loop."""
QUICK = SessionSettings(reconnect_delay_s=1.0, reconnect_jitter=False, quick_retry_s=0.0)

Story = Callable[["EngineRig"], Awaitable[None]]


class EngineRig:
    """Made by ``play``; all times are those of the fast loop."""

    def __init__(self, roots: Sequence[Path], describing: DescribingCameras, clock: LoopClock) -> None:
        self.root = roots[0]
        """Of the first volume."""
        self.clock = clock
        self.media = FakeMedia()
        self.engine = Engine(self.media, clock)
        self.describing = describing
        self.specs: dict[str, StreamSpec] = {}
        self.tick_ms = 100
        self.running = True
        self.recording = RecordingSettings(segment_s=2, fragment_ms=500, sync_interval_s=1, ring_s=2)
        self.volumes = [_volume(root) for root in roots]
        self.volume = self.volumes[0]
        self.policy = VolumePolicy.FILL
        self._roots = {spec.uuid: Path(spec.path) for spec in self.volumes}

    def add(self, name: str = "door", audio: AudioFormat | None = None, **facts: Any) -> FakeCamera:
        """Announce a camera; it is recorded from the next ``configure`` on."""
        camera = FakeCamera(self.clock, facts.pop("video", fake_video()), audio, **facts)
        url = self.describing.announce(name, camera.video.codec, audio.codec if audio else None)
        self.media.cameras[url] = camera
        self.specs[name] = StreamSpec(
            stream=StreamId(CameraId(name), StreamKind.MAIN),
            url=url,
            username=None,
            password=None,
            transport=Transport.TCP,
            record=True,
            audio=Audio.RECORD,
            g711=G711.OPUS,
            session=QUICK,
        )
        return camera

    async def configure(self, **changes: Any) -> None:
        """Tell the engine what is wanted, with other recording settings if any are given."""
        self.recording = self.recording.model_copy(update=changes)
        specs = list(self.specs.values())
        recorder = RecorderSettings(tick_ms=self.tick_ms)
        await self.engine.configure(Configure(specs, self.recording, recorder, self.volumes, "info", self.policy))

    async def change(self, name: str, **changes: Any) -> None:
        """Configure one camera differently."""
        self.specs[name] = replace(self.specs[name], **changes)
        await self.configure()

    async def until(self, condition: Callable[[], object], what: str = "", within_s: float = WITHIN_S) -> None:
        """Wait on the fast loop."""
        await until(condition, within_s, what)

    async def pause(self, seconds: float) -> None:
        """Let so much fast time pass."""
        end = self.clock.monotonic() + seconds
        await self.until(lambda: self.clock.monotonic() >= end, "time")

    async def until_closed(self, count: int, name: str = "door") -> None:
        """Wait for so many finished segments."""
        await self.until(lambda: len(self.closed(name)) >= count, f"{count} closed segments")

    # --- what it says -----------------------------------------------------------------------------------

    def events(self) -> list[RecorderEvent]:
        """All that was told so far."""
        return [event.body for event in self.engine.outbox.since(0)]

    def segments(self, name: str = "door") -> list[Segment]:
        """The index that a supervisor would have, in order of time."""
        index: dict[tuple[str, str], Segment] = {}
        for event in self.events():
            match event:
                case SegmentOpened(segment) | SegmentGrown(segment) | SegmentClosed(segment):
                    index[segment.volume, segment.path] = segment
                case SegmentTakenOver(segment, broken):
                    index.pop((broken, segment.path), None)
                    index[segment.volume, segment.path] = segment
                case SegmentDiscarded(_, volume, path) | SegmentAbandoned(_, volume, path):
                    index.pop((volume, path), None)
        return sorted((s for s in index.values() if s.stream.camera == name), key=lambda segment: segment.start)

    def mirrors(self, name: str = "door") -> list[Segment]:
        """Second files that the index would have, in order of time."""
        index: dict[tuple[str, str], Segment] = {}
        for event in self.events():
            match event:
                case MirrorChanged(segment):
                    index[segment.volume, segment.path] = segment
                case SegmentTakenOver(segment, broken):
                    index.pop((segment.volume, segment.path), None)
                    index[broken, segment.path] = replace(segment, volume=broken, state=SegmentState.DELETING)
                case SegmentDiscarded(_, volume, path):
                    index.pop((volume, path), None)
        return sorted((s for s in index.values() if s.stream.camera == name), key=lambda segment: segment.start)

    def closed(self, name: str = "door") -> list[Segment]:
        """Segments with a proper end."""
        return [segment for segment in self.segments(name) if segment.state is SegmentState.CLOSED]

    def gaps(self, name: str = "door") -> list[Gap]:
        """What a supervisor's index would compute, in order of time."""
        covered = [
            Covered(one.start, one.end, one.frames, one.state is SegmentState.OPEN) for one in self.segments(name)
        ]
        return ledger_gaps(StreamId(CameraId(name), StreamKind.MAIN), covered, self.outages(name))

    def outages(self, name: str = "door") -> list[Outage]:
        """What was told, in order of time."""
        newest = {event.outage.uid: event.outage for event in self.events() if isinstance(event, OutageChanged)}
        mine = (outage for outage in newest.values() if outage.stream.camera == name)
        return sorted(mine, key=lambda outage: outage.start)

    def incidents(self) -> list[Incident]:
        """In order of their beginning."""
        newest = {
            event.incident.uid: event.incident for event in self.events() if isinstance(event, IncidentChanged)
        }
        return list(newest.values())

    def status(self, name: str = "door") -> StreamStatus:
        """Of one camera."""
        return next(status for status in self.engine.status() if status.stream.camera == name)

    def is_recording(self, name: str = "door") -> bool:
        """Whether a file grows."""
        return self.status(name).recording is RecordingPhase.RECORDING

    # --- what is on the disk ----------------------------------------------------------------------------

    def files(self, name: str = "door", root: Path | None = None) -> list[Path]:
        """All segment files of a camera on a volume, in order of their names, which are their times."""
        return sorted(((root or self.root) / name).rglob("*.m*"))

    def path_of(self, segment: Segment) -> Path:
        """Where the file of a segment is."""
        return self._roots[segment.volume] / segment.path

    def numbers(self, name: str = "door", kind: TrackKind = TrackKind.VIDEO) -> list[int]:
        """The numbers that the access units of all indexed files carry, in order of the index."""
        return [number for segment in self.segments(name) for number in self.numbers_in(segment, kind)]

    def numbers_in(self, segment: Segment, kind: TrackKind = TrackKind.VIDEO) -> list[int]:
        """The numbers that the access units of one file carry."""
        try:
            fd = os.open(self.path_of(segment), os.O_RDONLY)
        except FileNotFoundError:
            if self.running:  # deleted to be written anew, and the event is on its way
                return []
            raise
        try:
            return [number_in(sample.data) for sample in iter_samples(fd, kind)]
        finally:
            os.close(fd)

    def check_closed_files(self, name: str = "door") -> None:
        """Index and disk say the same of every closed segment, and it begins with a key frame."""
        for segment in self.closed(name):
            found = scan_file(self.path_of(segment))
            assert found.whole, segment.path
            assert (found.video_units, found.size) == (segment.frames, segment.size), segment.path
            assert found.track_info == segment.tracks, segment.path
            assert found.fragments[0].units(TrackKind.AUDIO) or found.fragments[0].runs[0].starts_with_key

    def check_nothing_missing(self, name: str = "door") -> None:
        """The files hold an unbroken sequence of pictures, each once."""
        found = self.numbers(name)
        assert found == list(range(found[0], found[0] + len(found)))


def _volume(root: Path) -> VolumeSpec:
    uuid = create_identity(root, SystemClock()).uuid
    return VolumeSpec(uuid, str(root), check_interval_s=2, retry_interval_s=0.5, min_free_bytes=1 << 20)


def play(roots: Path | Sequence[Path], story: Story, speed: float = SPEED) -> EngineRig:
    """Run a story, stop the engine properly, and return the rig for a look at what is left.

    Args:
        roots: of its volumes.
    """

    async def run() -> EngineRig:
        async with DescribingCameras() as describing:
            rig = EngineRig(
                [roots] if isinstance(roots, Path) else roots, describing, LoopClock(asyncio.get_running_loop())
            )
            try:
                await story(rig)
            finally:
                rig.media.faults.errno = None
                rig.media.faults.free.set()
                await rig.engine.shutdown()
                rig.running = False
        return rig

    return run_fast(run(), speed)
