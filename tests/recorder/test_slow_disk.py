"""A disk that is slower than the cameras is told of before anything is lost."""

from pathlib import Path

from gstnvr.model.faults import Reason, Severity
from gstnvr.model.ids import CameraId, StreamId, StreamKind
from gstnvr.recorder.storage.slow_disk import BEHIND_S, SLOW_AFTER_S, WELL_AFTER_S, Flow, SlowDisk
from gstnvr.testing.clock import SimulatedClock
from tests.rig.engine_rig import EngineRig, play

DOOR = StreamId(CameraId("door"), StreamKind.MAIN)
YARD = StreamId(CameraId("yard"), StreamKind.MAIN)
SENT = 500_000
"""Bytes a second: 4 Mbit/s."""


def watch(clock: SimulatedClock) -> SlowDisk:
    return SlowDisk("/srv/video", lambda _: None, clock)


def test_the_notice_names_what_is_sent_and_what_is_taken() -> None:
    clock = SimulatedClock()
    disk = watch(clock)
    for second in range(20):
        disk.note(DOOR, Flow(second * SENT, second * SENT // 2, second / 2))
        disk.note(YARD, Flow(second * SENT, second * SENT, 0.1))
        clock.advance(1)
    assert disk.notice is not None
    assert (disk.notice.reason, disk.notice.severity) == (Reason.SLOW_DISK, Severity.MEDIUM)
    assert "takes 6.0 Mbit/s of the 8.0 that 2 streams send there" in disk.notice.message


def test_what_is_written_late_after_an_outage_is_no_slow_disk() -> None:
    clock = SimulatedClock()
    disk = watch(clock)
    for second in range(20):
        behind = max(0.0, 12.0 - 4 * second)
        disk.note(DOOR, Flow(second * SENT, second * SENT, behind))
        clock.advance(1)
        assert disk.notice is None


def test_a_new_file_does_not_end_the_notice_but_ten_good_seconds_do() -> None:
    clock = SimulatedClock()
    disk = watch(clock)
    for second in range(int(SLOW_AFTER_S) + 3):
        disk.note(DOOR, Flow(10 * SENT + second * SENT, second * SENT, BEHIND_S + 1))
        clock.advance(1)
    assert disk.notice is not None
    for second in range(int(WELL_AFTER_S)):
        disk.note(DOOR, Flow(second * SENT, second * SENT, 0.0))
        assert disk.notice is not None
        clock.advance(1)
    clock.advance(1)
    disk.note(DOOR, Flow(20 * SENT, 20 * SENT, 0.0))
    assert disk.notice is None


def test_a_disk_that_takes_nothing_hangs_and_is_not_slow() -> None:
    clock = SimulatedClock()
    disk = watch(clock)
    for second in range(20):
        disk.note(DOOR, Flow(second * SENT, 0, float(second)))
        clock.advance(1)
        assert disk.notice is None


def test_two_moments_of_lateness_with_an_outage_between_them_are_no_slow_disk() -> None:
    clock = SimulatedClock()
    disk = watch(clock)
    disk.note(DOOR, Flow(10 * SENT, SENT, BEHIND_S + 5))
    clock.advance(20)
    disk.note(DOOR, Flow(SENT, 0, BEHIND_S + 5))
    clock.advance(1)
    disk.note(DOOR, Flow(2 * SENT, SENT, BEHIND_S + 1))
    assert disk.notice is None


def test_a_stream_that_is_written_elsewhere_now_counts_no_more() -> None:
    clock = SimulatedClock()
    disk = watch(clock)
    disk.note(DOOR, Flow(10 * SENT, SENT, BEHIND_S + 5))
    for second in range(20):
        clock.advance(1)
        disk.note(YARD, Flow(second * SENT, second * SENT, 0.0))
    assert disk.notice is None


def test_a_slow_disk_is_told_of_and_nothing_is_lost(tmp_path: Path) -> None:
    async def story(rig: EngineRig) -> None:
        rig.add()
        await rig.configure(segment_s=60)
        await rig.until(rig.is_recording, "the recording")
        rig.media.faults.slow_s = 0.1
        await rig.until(lambda: rig.engine.volumes()[0].notice is not None, "the notice")
        assert rig.engine.volumes()[0].fault is None
        rig.media.faults.slow_s = 0
        await rig.until(lambda: rig.engine.volumes()[0].notice is None, "the end of the notice")

    rig = play(tmp_path, story)
    rig.check_nothing_missing()
    (incident,) = rig.incidents()
    assert (incident.reason, incident.severity) == (Reason.SLOW_DISK, Severity.MEDIUM)
    assert incident.recovered is not None
