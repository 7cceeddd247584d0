"""Pauses as they are told: neither sound nor a camera whose clock jumps makes one."""

import pytest

from gstnvr.ipc.messages import OutageChanged, RecorderEvent
from gstnvr.media.units import AccessUnit, Track, VideoCodec, VideoFormat
from gstnvr.model.clock import NS_PER_MS, NS_PER_S, UtcNs
from gstnvr.model.faults import GapCause
from gstnvr.model.ids import CameraId, StreamId, StreamKind
from gstnvr.recorder.reporting.outages import OutageLog
from gstnvr.recorder.segments.timeline import MediaTimeline
from gstnvr.recorder.sessions.pauses import PauseWatch
from gstnvr.testing.clock import BEGINNING, SimulatedClock

STREAM = StreamId(CameraId("door"), StreamKind.MAIN)
H264 = VideoFormat(VideoCodec.H264, 1920, 1080, b"")
FRAME_MS = 40


class Watched:
    """A camera of 25 pictures a second whose clock may jump."""

    def __init__(self) -> None:
        self.clock = SimulatedClock()
        self.told: list[RecorderEvent] = []
        self.watch = PauseWatch(self.clock, OutageLog(self.told.append, STREAM))
        self.timeline = MediaTimeline(0, UtcNs(BEGINNING), 0)
        self.pts_ms = 0

    def play(self, ms: int, *, tell: bool = True, track: Track = Track.VIDEO) -> None:
        for _ in range(0, ms, FRAME_MS):
            unit = AccessUnit(track, self.pts_ms * NS_PER_MS, 0, 1, False, None, H264)
            self.watch.see([unit], self.timeline, tell=tell)
            self.wait(FRAME_MS)

    def wait(self, ms: int) -> None:
        self.clock.advance(ms / 1000)
        self.pts_ms += ms

    @property
    def pauses(self) -> list[tuple[float, float]]:
        """Start and end in seconds."""
        outages = [event.outage for event in self.told if isinstance(event, OutageChanged)]
        assert {outage.cause for outage in outages} <= {GapCause.NO_PICTURES}
        ends = [(outage.start, outage.end or 0) for outage in outages]
        return [((start - BEGINNING) / NS_PER_S, (end - BEGINNING) / NS_PER_S) for start, end in ends]


@pytest.fixture
def camera() -> Watched:
    return Watched()


def test_a_camera_that_waits_has_paused(camera: Watched) -> None:
    camera.play(2000)
    camera.wait(1000)
    camera.play(2000)
    assert camera.pauses == [(2.0, 3.0)]


def test_a_camera_whose_clock_jumps_has_not_paused(camera: Watched) -> None:
    camera.play(2000)
    for jump_ms in (700, 60_000, -10_000, 3_600_000):
        camera.pts_ms += jump_ms
        camera.play(2000)
    assert camera.pauses == []


def test_sound_that_goes_on_is_no_picture(camera: Watched) -> None:
    camera.play(2000)
    camera.play(1000, track=Track.AUDIO)
    camera.play(1000)
    assert camera.pauses == [(2.0, 3.0)]


def test_a_pause_of_what_is_not_recorded_is_not_told(camera: Watched) -> None:
    camera.play(2000)
    camera.wait(1000)
    camera.play(1000, tell=False)
    assert camera.pauses == []
