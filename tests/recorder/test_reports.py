"""Incidents have a beginning and an end."""

from dataclasses import replace

import pytest

from gstnvr.ipc.messages import IncidentChanged, RecorderEvent
from gstnvr.model.clock import NS_PER_S, UtcNs
from gstnvr.model.faults import Fault, Reason, Severity
from gstnvr.model.ids import CameraId, StreamId, StreamKind
from gstnvr.model.records import Incident
from gstnvr.recorder.reporting.reports import IncidentLog, to_utc
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
    def incidents(self) -> list[Incident]:
        newest = {
            event.incident.uid: event.incident for event in self.events if isinstance(event, IncidentChanged)
        }
        return list(newest.values())


@pytest.fixture
def told() -> Told:
    return Told()


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
