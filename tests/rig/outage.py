"""Records two cameras over an outage of their volume and draws up the balance."""

import asyncio
import itertools
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from gstnvr.config.settings import RecordingSettings
from gstnvr.ipc.messages import IncidentChanged, SegmentOpened, VolumeSpec
from gstnvr.lab.audit import Audit, RecordedFile, audit
from gstnvr.lab.faulty_volumes import FaultyVolume
from gstnvr.model.ids import CameraId, StreamId, StreamKind
from gstnvr.model.records import Gap, Incident, SegmentState
from gstnvr.model.status import RecordingPhase
from gstnvr.simulator.control import UnitSequence
from tests.rig.recorder_under_test import RecorderUnderTest, stream_spec

FPS = 25
STEADY_WITHIN_S = 40.0


@dataclass(frozen=True, slots=True)
class Camera:
    """One simulated camera and what it plays."""

    name: str
    url: str
    loop: UnitSequence

    @property
    def stream(self) -> StreamId:
        return StreamId(CameraId(self.name), StreamKind.MAIN)


@dataclass(frozen=True, slots=True)
class Balance:
    """Of one stream."""

    audit: Audit
    gaps: tuple[Gap, ...]
    """That have a length."""
    phases: tuple[RecordingPhase, ...]
    resumed_s: float | None
    """From the end of the fault to the next segment; None: there was none."""
    longest_silence_s: float
    """Age of the newest frame at its highest, while the volume failed."""
    frames_missed: int
    """Live, while the volume failed."""
    open_paths: tuple[str, ...]
    """Segments without an end at the end."""


@dataclass(slots=True)
class Outcome:
    """Of one recorder process."""

    kind: str
    streams: dict[str, Balance] = field(default_factory=dict)
    incidents: list[Incident] = field(default_factory=list)
    noticed_s: float | None = None
    """From the beginning of the fault to the incident; None: there was none."""
    stopped_s: float = 0.0
    files_unknown: tuple[str, ...] = ()
    """Segment files of which the ledger knows nothing."""
    files_lost: tuple[str, ...] = ()
    """Segments of the ledger of which there is no file."""
    log: str = ""

    @property
    def missing(self) -> int:
        return sum(balance.audit.missing for balance in self.streams.values())

    @property
    def doubled(self) -> int:
        return sum(balance.audit.doubled for balance in self.streams.values())

    @property
    def altered(self) -> int:
        return sum(balance.audit.altered for balance in self.streams.values())

    @property
    def resumed_s(self) -> float | None:
        """Of the slower stream."""
        times = [balance.resumed_s for balance in self.streams.values() if balance.resumed_s is not None]
        return max(times, default=None)

    def line(self) -> str:
        """For the table."""
        incidents = ", ".join(f"{one.fault}/{one.reason}" for one in self.incidents) or "none"
        noticed = "-" if self.noticed_s is None else f"{self.noticed_s:.2f}"
        resumed = "-" if self.resumed_s is None else f"{self.resumed_s:.2f}"
        figures = f"{self.missing:7} {self.doubled:7} {self.altered:7} {self.stopped_s:6.2f}"
        return f"{self.kind:<24} {noticed:>7} {resumed:>7} {figures}  {incidents}"


TITLE = (
    f"{'fault':<24} {'noticed':>7} {'resumed':>7} {'missing':>7} {'doubled':>7} {'altered':>7}"
    f" {'stop':>6}  incidents"
)


@dataclass(slots=True)
class Outage:
    """A fault that is made and mended while a recorder runs."""

    volume: FaultyVolume
    recorder: RecorderUnderTest
    began: float = 0.0
    """In monotonic seconds."""
    ended: float = 0.0

    async def begin(self) -> None:
        """Break the volume."""
        await asyncio.to_thread(self.volume.fail)
        self.began = self.began or time.monotonic()

    async def end(self) -> None:
        """Mend it."""
        await asyncio.to_thread(self.volume.mend)
        self.ended = time.monotonic()


def volume_spec(volume: FaultyVolume, check_interval_s: float = 30) -> VolumeSpec:
    """With a limit for free space that suits volumes of some megabytes."""
    return VolumeSpec(volume.uuid, str(volume.path), check_interval_s, 0.5, 2 << 20)


async def record_over_outage(
    kind: str,
    volume: FaultyVolume,
    cameras: Mapping[str, Camera],
    place: Path,
    *,
    outage_s: float = 10,
    before_s: float = 6,
    after_s: float = 7,
    rounds: int = 1,
    recording: RecordingSettings | None = None,
) -> Outcome:
    """Record, break the volume, mend it, record on, stop; what came of it.

    Args:
        rounds: so many outages, ``after_s`` apart.
    """
    settings = recording or RecordingSettings(segment_s=4)
    specs = [stream_spec(camera.name, camera.url) for camera in cameras.values()]
    outcome = Outcome(kind)
    async with RecorderUnderTest(place) as recorder:
        outage = Outage(volume, recorder)
        await recorder.configure(specs, volume_spec(volume), settings)
        await recorder.wait_for_phase(RecordingPhase.RECORDING, STEADY_WITHIN_S)
        await asyncio.sleep(before_s)
        for _ in range(rounds):
            await outage.begin()
            await asyncio.sleep(outage_s)
            await outage.end()
            await asyncio.sleep(after_s)
        outcome.stopped_s = await recorder.shutdown()
        await recorder.exit_code()
        await asyncio.to_thread(draw_up, outcome, outage, cameras)
    return outcome


def draw_up(outcome: Outcome, outage: Outage, cameras: Mapping[str, Camera]) -> None:
    """Enter the balance of all streams; the recorder must be down and the volume well."""
    recorder = outage.recorder
    outcome.log = recorder.log
    outcome.incidents = list(recorder.ledger.incidents.values())
    first = next((one.at for one in recorder.events if isinstance(one.body, IncidentChanged)), None)
    outcome.noticed_s = None if first is None else first - outage.began
    for camera in cameras.values():
        outcome.streams[camera.name] = _balance(outage, camera)
    root = outage.volume.path
    on_disk = {str(path.relative_to(root)) for path in root.rglob("*.m[pk][4v]")}
    known = {path for _, path in recorder.ledger.segments}
    outcome.files_unknown = tuple(sorted(on_disk - known))
    outcome.files_lost = tuple(sorted(known - on_disk))


def _balance(outage: Outage, camera: Camera) -> Balance:
    recorder, root = outage.recorder, outage.volume.path
    segments = recorder.ledger.segments_of(camera.stream)
    files = [RecordedFile(root / one.path, one.start) for one in segments if (root / one.path).exists()]
    opened = recorder.heard(SegmentOpened, camera.stream)
    resumed = next((one.at - outage.ended for one in opened if one.at > outage.ended), None)
    silence, missed = _live(outage, camera.stream)
    return Balance(
        audit=audit(files, camera.loop),
        gaps=tuple(recorder.ledger.gaps_of(camera.stream)),
        phases=tuple(recorder.phases(camera.stream)),
        resumed_s=resumed,
        longest_silence_s=silence,
        frames_missed=missed,
        open_paths=tuple(one.path for one in segments if one.state is SegmentState.OPEN),
    )


def _live(outage: Outage, stream: StreamId) -> tuple[float, int]:
    """Longest silence in seconds, and frames that should have been drained and were not."""
    seen = [one for one in outage.recorder.statuses[stream] if outage.began <= one.at <= outage.ended]
    if len(seen) < 2:
        return float("inf"), 0
    figures = [one.status.statistics for one in seen]
    silence = max(one.last_frame_age_s if one.last_frame_age_s is not None else float("inf") for one in figures)
    between = max(later.at - earlier.at for earlier, later in itertools.pairwise(seen))
    wanted = (seen[-1].at - seen[0].at) * FPS
    return max(silence, between - 1.0), round(wanted - (figures[-1].frames - figures[0].frames))
