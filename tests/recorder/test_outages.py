"""What is told of outages, and what the ledger makes of it."""

import pytest

from gstnvr.db.ledger import Covered, ledger_gaps
from gstnvr.ipc.messages import OutageChanged, RecorderEvent
from gstnvr.model.clock import NS_PER_S, UtcNs
from gstnvr.model.faults import GapCause
from gstnvr.model.ids import CameraId, StreamId, StreamKind
from gstnvr.model.records import Outage
from gstnvr.recorder.reporting.outages import ClockWatch, Origin, OutageLog
from gstnvr.testing.clock import BEGINNING, SimulatedClock

STREAM = StreamId(CameraId("door"), StreamKind.MAIN)
CAMERA, STORAGE = Origin.CAMERA, Origin.STORAGE

Row = tuple[float, float | None, GapCause]


def at(seconds: float) -> UtcNs:
    return UtcNs(BEGINNING + int(seconds * NS_PER_S))


def seconds(moment: UtcNs) -> float:
    return (moment - BEGINNING) / NS_PER_S


class Told:
    """The index that a supervisor would keep of what was told."""

    def __init__(self) -> None:
        self.outages: dict[str, Outage] = {}

    def __call__(self, event: RecorderEvent) -> None:
        assert isinstance(event, OutageChanged)
        self.outages[event.outage.uid] = event.outage

    @property
    def rows(self) -> list[Row]:
        """Start, end and cause, as told; those without length left out."""
        return [
            (seconds(one.start), None if one.end is None else seconds(one.end), one.cause)
            for one in self.outages.values()
            if one.end != one.start
        ]

    def gaps(self, *recorded: tuple[float, float]) -> list[Row]:
        covered = [Covered(at(start), at(end), round((end - start) * 25), False) for start, end in recorded]
        found = ledger_gaps(STREAM, covered, list(self.outages.values()))
        return [(seconds(gap.start), None if gap.end is None else seconds(gap.end), gap.cause) for gap in found]


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def outages(told: Told) -> OutageLog:
    return OutageLog(told, STREAM)


def test_an_outage_opens_once_and_keeps_its_first_cause(told: Told, outages: OutageLog) -> None:
    outages.open(CAMERA, at(1), GapCause.NETWORK, "cable", "incident")
    outages.open(CAMERA, at(2), GapCause.AUTHENTICATION, "password")
    outages.end_all(at(5))
    (outage,) = told.outages.values()
    assert (outage.start, outage.end, outage.cause) == (at(1), at(5), GapCause.NETWORK)
    assert (outage.detail, outage.incident) == ("cable", "incident")
    assert not outages.any_lasts


def test_a_first_connection_that_fails_gives_its_outage_the_true_cause(told: Told, outages: OutageLog) -> None:
    outages.take_over((), at(0))
    assert told.rows == [(0, None, GapCause.CONNECTING)]
    outages.open(CAMERA, at(1), GapCause.AUTHENTICATION, "wrong password")
    outages.open(CAMERA, at(2), GapCause.NETWORK)
    assert told.rows == [(0, None, GapCause.AUTHENTICATION)]


def test_outages_of_the_process_before_end_where_this_one_begins(told: Told, outages: OutageLog) -> None:
    before = Outage("old", STREAM, at(-9), None, GapCause.PROCESS_DIED)
    future = Outage("future", STREAM, at(9), None, GapCause.SHUTDOWN)
    outages.take_over([before, future], at(0))
    assert told.rows == [(-9, 0, GapCause.PROCESS_DIED), (0, None, GapCause.CONNECTING)]
    assert told.outages["future"].end == at(9), "no negative length"


def test_a_stop_on_purpose_ends_what_was_in_the_way(told: Told, outages: OutageLog) -> None:
    outages.open(CAMERA, at(1), GapCause.NETWORK)
    outages.stop(at(3), GapCause.SHUTDOWN)
    assert told.rows == [(1, 3, GapCause.NETWORK), (3, None, GapCause.SHUTDOWN)]
    outages.take_over((), at(8))
    assert told.rows[1:] == [(3, 8, GapCause.SHUTDOWN), (8, None, GapCause.CONNECTING)]


def test_the_disk_is_full_when_the_camera_comes_back(told: Told, outages: OutageLog) -> None:
    outages.open(CAMERA, at(60), GapCause.NETWORK)
    outages.open(STORAGE, at(70), GapCause.DISK_FULL)
    outages.relent(CAMERA, at(80))
    outages.end_all(at(100))
    assert told.gaps((0, 60), (100, 160)) == [(60, 80, GapCause.NETWORK), (80, 100, GapCause.DISK_FULL)]


def test_the_camera_is_away_when_the_disk_comes_back(told: Told, outages: OutageLog) -> None:
    outages.open(STORAGE, at(60), GapCause.STORAGE)
    outages.open(CAMERA, at(70), GapCause.NETWORK)
    outages.relent(STORAGE, at(80))
    outages.relent(CAMERA, at(99))
    outages.end_all(at(100))
    assert told.gaps((0, 60), (100, 160)) == [(60, 80, GapCause.STORAGE), (80, 100, GapCause.NETWORK)]


def test_the_disk_fails_while_the_first_key_frame_is_awaited(told: Told, outages: OutageLog) -> None:
    outages.open(CAMERA, at(60), GapCause.NETWORK)
    outages.relent(CAMERA, at(80))
    outages.open(STORAGE, at(85), GapCause.STORAGE)
    outages.end_all(at(100))
    assert told.gaps((0, 60), (100, 160)) == [(60, 85, GapCause.NETWORK), (85, 100, GapCause.STORAGE)]


def test_the_wait_for_a_key_frame_belongs_to_what_made_it_necessary(told: Told, outages: OutageLog) -> None:
    outages.open(CAMERA, at(60), GapCause.NETWORK)
    outages.relent(CAMERA, at(65))
    outages.open(CAMERA, at(75), GapCause.AUTHENTICATION)
    outages.relent(CAMERA, at(80))
    outages.end_all(at(110))
    assert told.gaps((0, 60), (110, 160)) == [(60, 110, GapCause.NETWORK)]


def test_a_clock_that_is_set_forward_during_an_outage_is_told_apart(told: Told, outages: OutageLog) -> None:
    outages.open(CAMERA, at(60), GapCause.NETWORK)
    outages.note_jump(at(70), at(3670))
    outages.end_all(at(3680))
    assert told.gaps((0, 60), (3680, 3700)) == [
        (60, 70, GapCause.NETWORK),
        (70, 3670, GapCause.CLOCK_JUMP),
        (3670, 3680, GapCause.NETWORK),
    ]


def test_a_clock_that_is_set_back_during_an_outage_divides_it(told: Told, outages: OutageLog) -> None:
    outages.open(CAMERA, at(3600), GapCause.NETWORK, "cable", "incident")
    outages.note_jump(at(3670), at(70))
    outages.end_all(at(80))
    assert told.rows == [
        (3600, 3670, GapCause.NETWORK),
        (3670, 70, GapCause.CLOCK_JUMP),
        (70, 80, GapCause.NETWORK),
    ]
    assert [one.incident for one in told.outages.values()] == ["incident", None, "incident"]


# --- the wall clock -----------------------------------------------------------------------------------


@pytest.mark.parametrize("shift_s", [-7200, -1, 1, 86_400])
def test_a_wall_clock_that_is_set_is_noticed_once(shift_s: int) -> None:
    clock = SimulatedClock()
    watch = ClockWatch(clock)
    clock.advance(100)
    assert watch.jump() is None
    before = clock.utc_ns()
    clock.set_utc(UtcNs(before + shift_s * NS_PER_S))
    assert watch.jump() == (before, before + shift_s * NS_PER_S)
    clock.advance(100)
    assert watch.jump() is None


def test_small_steps_add_up_to_a_jump() -> None:
    clock = SimulatedClock()
    watch = ClockWatch(clock)
    jumps = []
    for _ in range(4):
        clock.set_utc(UtcNs(clock.utc_ns() + NS_PER_S // 2))
        jumps.append(watch.jump())
    assert [jump is not None for jump in jumps] == [False, True, False, True]


class TornClock(SimulatedClock):
    """Reading the wall clock takes seconds, as if the process were stopped in between."""

    def utc_ns(self) -> UtcNs:
        self.advance(5)
        return super().utc_ns()


def test_a_process_that_was_stopped_while_it_looked_sees_no_jump() -> None:
    watch = ClockWatch(TornClock())
    assert watch.jump() is None
    assert watch.jump() is None
