"""When a stream is taken over HTTP, and how it comes back to RTSP."""

import pytest

from gstnvr.config.settings import SessionSettings
from gstnvr.media.messages import EndOfStream
from gstnvr.model.choices import Route
from gstnvr.model.faults import Reason, Severity
from gstnvr.model.status import SessionPhase
from gstnvr.session.effects import (
    CancelProbe,
    Effect,
    IncidentClosed,
    IncidentOpened,
    NoticeClosed,
    NoticeOpened,
    Probe,
    RequestSlot,
    StartSource,
    StopSource,
)
from gstnvr.session.inputs import ProbeFailed, ProbeSucceeded, SettingsChanged, SlotGranted, Start, Tick
from gstnvr.session.notices import Notice
from gstnvr.testing.session_story import DENIED, REFUSED, Session, of_kind

BOTH = (Route.RTSP, Route.HTTP)
SETTINGS = SessionSettings(reconnect_jitter=False)


def routes_of_attempts(session: Session, count: int) -> list[Route]:
    """Of so many attempts that fail."""
    found = []
    for _ in range(count):
        if session.is_in(SessionPhase.BACKING_OFF):
            session.tick_when_due()
        [probe] = session.give(SlotGranted(session.generation))
        assert isinstance(probe, Probe)
        found.append(probe.route)
        session.give(ProbeFailed(session.generation, REFUSED))
    return found


def fallen_back(settings: SessionSettings = SETTINGS) -> Session:
    """A session that has just begun to stream over HTTP."""
    session = Session(settings, routes=BOTH)
    session.give(Start())
    routes_of_attempts(session, settings.fallback_after_attempts)
    session.tick_when_due()
    session.give(SlotGranted(session.generation))
    [start] = session.give(ProbeSucceeded(session.generation))
    assert start == StartSource(session.generation, Route.HTTP)
    session.frames()
    return session


def stream_until_asked(session: Session) -> Probe:
    """Let it stream until RTSP is probed."""
    for _ in range(500):
        session.stream_for(1.0)
        for effect in session.give(Tick()):
            assert isinstance(effect, Probe)
            return effect
    raise AssertionError("RTSP is not probed")


def test_without_an_address_for_http_there_is_nothing_to_fall_back_to() -> None:
    session = Session(SETTINGS)
    session.give(Start())
    assert set(routes_of_attempts(session, 20)) == {Route.RTSP}


@pytest.mark.parametrize("after", [1, 3])
def test_after_enough_failures_both_are_tried_by_turns(after: int) -> None:
    session = Session(SETTINGS.model_copy(update={"fallback_after_attempts": after}), routes=BOTH)
    session.give(Start())
    found = routes_of_attempts(session, after + 4)
    assert found == [Route.RTSP] * after + [Route.HTTP, Route.RTSP] * 2


def test_a_refused_password_is_no_reason_to_be_refused_over_http_too() -> None:
    session = Session(SETTINGS, routes=BOTH)
    session.give(Start())
    for _ in range(8):
        if session.is_in(SessionPhase.BACKING_OFF):
            session.tick_when_due()
        assert of_kind(session.give(SlotGranted(session.generation)), Probe)[0].route is Route.RTSP
        session.give(ProbeFailed(session.generation, DENIED))


def test_with_frames_over_http_the_incident_is_over_and_a_notice_says_how_they_come() -> None:
    session = Session(SETTINGS, routes=BOTH)
    session.give(Start())
    routes_of_attempts(session, 3)
    session.tick_when_due()
    session.give(SlotGranted(session.generation))
    session.give(ProbeSucceeded(session.generation))
    effects = session.frames()
    assert of_kind(effects, IncidentClosed) == [IncidentClosed(session.now, recovered=True, attempts=3)]
    [notice] = of_kind(effects, NoticeOpened)
    assert (notice.notice, notice.report.reason) == (Notice.FALLEN_BACK, Reason.FALLEN_BACK)
    assert notice.report.severity is Severity.MEDIUM


@pytest.mark.parametrize("interval", [20, 60])
def test_rtsp_is_probed_at_the_interval_of_the_setting(interval: float) -> None:
    session = fallen_back(SETTINGS.model_copy(update={"fallback_return_s": interval}))
    begun = session.now
    for number in range(1, 4):
        probe = stream_until_asked(session)
        assert probe == Probe(session.generation, 3.0, Route.RTSP)
        assert session.now - begun == pytest.approx(interval * number, abs=1.5 * number)
        assert session.give(ProbeFailed(session.generation, REFUSED)) == ()
        assert session.is_in(SessionPhase.STREAMING)


def test_a_probe_of_rtsp_that_is_not_answered_is_given_up() -> None:
    session = fallen_back()
    stream_until_asked(session)
    asked = session.now
    effects: tuple[Effect, ...] = ()
    for _ in range(20):
        session.stream_for(0.5)
        effects = effects or session.give(Tick())
    assert effects == (CancelProbe(session.generation),)
    assert session.state.return_at == pytest.approx(asked + 4 + 60, abs=1)
    assert session.is_in(SessionPhase.STREAMING)


def test_when_rtsp_works_again_the_return_is_planned_and_no_fault() -> None:
    session = fallen_back()
    stream_until_asked(session)
    effects = session.give(ProbeSucceeded(session.generation))
    assert effects == (NoticeClosed(Notice.FALLEN_BACK, session.now), StopSource(session.generation))
    assert (session.state.fault, session.state.incident) == (None, None)
    assert of_kind(session.stopped(), RequestSlot)
    [probe] = session.give(SlotGranted(session.generation))
    assert isinstance(probe, Probe) and probe.route is Route.RTSP
    session.give(ProbeSucceeded(session.generation))
    assert of_kind(session.frames(), NoticeOpened) == []
    session.stream_for(31)
    assert (session.state.route, session.state.missed) == (Route.RTSP, 0)


def fail_to_return(session: Session) -> None:
    stream_until_asked(session)
    session.give(ProbeSucceeded(session.generation))
    session.stopped()
    session.give(SlotGranted(session.generation))
    assert of_kind(session.give(ProbeFailed(session.generation, REFUSED)), IncidentOpened)


def test_a_return_that_fails_leads_back_to_http_at_once_and_the_next_waits_longer() -> None:
    session = fallen_back()
    for interval in (60, 120, 240):
        begun = session.now
        fail_to_return(session)
        assert session.now - begun == pytest.approx(interval, abs=2)
        assert session.state.retry_at == session.now
        session.tick_when_due()
        [probe] = session.give(SlotGranted(session.generation))
        assert isinstance(probe, Probe) and probe.route is Route.HTTP
        session.give(ProbeSucceeded(session.generation))
        session.frames()


def test_a_stream_that_is_lost_over_http_is_tried_over_both() -> None:
    session = fallen_back()
    session.stream_for(31)
    session.say(EndOfStream())
    session.stopped()
    assert routes_of_attempts(session, 4) == [Route.RTSP, Route.HTTP, Route.RTSP, Route.HTTP]


def test_rtsp_that_was_healthy_is_given_all_its_attempts() -> None:
    session = Session(SETTINGS, routes=BOTH)
    session.give(Start())
    session.start_source()
    session.frames()
    session.stream_for(31)
    session.say(EndOfStream())
    session.stopped()
    assert routes_of_attempts(session, 4) == [Route.RTSP] * 3 + [Route.HTTP]


def test_rtsp_that_dies_soon_after_each_start_counts_as_failing() -> None:
    session = Session(SETTINGS, routes=BOTH)
    session.give(Start())
    found = []
    for _ in range(5):
        if session.is_in(SessionPhase.BACKING_OFF):
            session.tick_when_due()
        found.append(session.state.route)
        session.start_source()
        session.frames()
        session.stream_for(1)
        session.say(EndOfStream())
        session.stopped()
    assert found[:4] == [Route.RTSP] * 3 + [Route.HTTP]


def test_another_address_begins_with_rtsp() -> None:
    session = fallen_back()
    session.give(SettingsChanged(SETTINGS, reconnect=True, routes=BOTH))
    session.stopped()
    assert session.state.route is Route.RTSP
    assert session.state.missed == 0
