"""Gaps have exactly one cause, incidents a beginning and an end, and events come in order until acknowledged."""

from dataclasses import replace

import pytest

from gstnvr.ipc.messages import IncidentChanged, OutageChanged, RecorderEvent
from gstnvr.model.clock import NS_PER_S, UtcNs
from gstnvr.model.faults import Fault, GapCause, Reason, Severity
from gstnvr.model.ids import CameraId, StreamId, StreamKind
from gstnvr.model.records import Incident, Outage
from gstnvr.recorder.reports import GapLog, IncidentLog, to_utc
from gstnvr.session.faults import report
from gstnvr.testing.clock import BEGINNING, SimulatedClock

STREAM = StreamId(CameraId("door"), StreamKind.MAIN)
NETWORK = report(Fault.RTSP_NETWORK, Reason.UNREACHABLE)
LOGIN = report(Fault.AUTHENTICATION, Reason.UNAUTHORIZED)


def at(seconds: float) -> UtcNs:
    return UtcNs(BEGINNING + int(seconds * NS_PER_S))


class Told:
    """The index that a supervisor would keep of what was told."""

    def __init__(self) -> None:
        self.events: list[RecorderEvent] = []

    def __call__(self, event: RecorderEvent) -> None:
        self.events.append(event)

    @property
    def gaps(self) -> list[Outage]:
        newest = {event.outage.uid: event.outage for event in self.events if isinstance(event, OutageChanged)}
        return list(newest.values())

    @property
    def incidents(self) -> list[Incident]:
        newest = {
            event.incident.uid: event.incident for event in self.events if isinstance(event, IncidentChanged)
        }
        return list(newest.values())


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def gaps(told: Told) -> GapLog:
    return GapLog(told, STREAM)


# --- gaps ---------------------------------------------------------------------------------------------


def test_a_gap_opens_once_and_keeps_its_first_cause(told: Told, gaps: GapLog) -> None:
    gaps.open(at(1), GapCause.NETWORK, "cable", "incident")
    gaps.open(at(2), GapCause.STORAGE, "disk")
    gaps.close(at(5))
    assert [(gap.start, gap.end, gap.cause, gap.detail, gap.incident) for gap in told.gaps] == [
        (at(1), at(5), GapCause.NETWORK, "cable", "incident")
    ]
    assert not gaps.is_open


def test_a_first_connection_that_fails_gives_its_gap_the_true_cause(told: Told, gaps: GapLog) -> None:
    gaps.take_over((), at(0))
    assert told.gaps[0].cause is GapCause.CONNECTING
    gaps.open(at(1), GapCause.AUTHENTICATION, "wrong password")
    gaps.open(at(2), GapCause.NETWORK)
    assert [(gap.start, gap.end, gap.cause) for gap in told.gaps] == [(at(0), None, GapCause.AUTHENTICATION)]


def test_the_gap_of_the_process_before_ends_where_this_one_begins(told: Told, gaps: GapLog) -> None:
    before = Outage("old", STREAM, at(-9), None, GapCause.PROCESS_DIED)
    gaps.take_over([before], at(0))
    assert [(gap.uid == "old", gap.start, gap.end, gap.cause) for gap in told.gaps] == [
        (True, at(-9), at(0), GapCause.PROCESS_DIED),
        (False, at(0), None, GapCause.CONNECTING),
    ]


def test_a_gap_of_the_future_gets_no_negative_length(told: Told, gaps: GapLog) -> None:
    gaps.take_over([Outage("old", STREAM, at(9), None, GapCause.SHUTDOWN)], at(0))
    assert told.gaps[0].end == at(9)


def test_a_cause_hands_on_to_the_next_without_a_hole(told: Told, gaps: GapLog) -> None:
    gaps.open(at(1), GapCause.NETWORK)
    gaps.hand_on(at(3), GapCause.SHUTDOWN)
    gaps.hand_on(at(4), GapCause.SHUTDOWN)
    assert [(gap.start, gap.end, gap.cause) for gap in told.gaps] == [
        (at(1), at(3), GapCause.NETWORK),
        (at(3), None, GapCause.SHUTDOWN),
    ]


def test_a_gap_moves_when_more_was_saved_than_was_thought(told: Told, gaps: GapLog) -> None:
    gaps.begin_at(at(7))
    assert told.events == []
    gaps.open(at(1), GapCause.STORAGE)
    gaps.begin_at(at(3))
    gaps.close(at(3))
    (gap,) = told.gaps
    assert gap.start == gap.end == at(3), "a gap without length: never was one"


# --- incidents ----------------------------------------------------------------------------------------


def test_an_incident_from_detection_to_recovery(told: Told) -> None:
    log = IncidentLog(told, STREAM)
    uid = log.open(NETWORK, at(1), at(3))
    assert log.uid == uid
    log.update(replace(LOGIN, severity=Severity.CRITICAL), attempts=4)
    log.close(at(9), attempts=5)
    assert log.uid is None
    (incident,) = told.incidents
    assert (incident.uid, incident.camera, incident.stream) == (uid, "door", STREAM)
    assert (incident.started, incident.detected, incident.recovered) == (at(1), at(3), at(9))
    assert (incident.fault, incident.severity) == (Fault.AUTHENTICATION, Severity.CRITICAL)
    assert incident.attempts == 5


def test_an_incident_of_a_volume_has_no_camera(told: Told) -> None:
    log = IncidentLog(told, None)
    log.open(NETWORK, at(1), at(1))
    assert (told.incidents[0].camera, told.incidents[0].stream) == (None, None)


def test_nothing_is_told_of_an_incident_that_is_not_open(told: Told) -> None:
    log = IncidentLog(told, STREAM)
    log.update(NETWORK, 3)
    log.close(at(1), 3)
    assert told.events == []


def test_a_monotonic_moment_on_the_wall_clock() -> None:
    clock = SimulatedClock(monotonic=100.0)
    clock.advance(5)
    assert to_utc(clock, 102.5) == at(2.5)
