"""How the loss of a stream is noticed and what is taken for its cause."""

from dataclasses import replace

import pytest

from gstnvr.config.settings import SessionSettings, Tolerance
from gstnvr.media.messages import (
    EndOfStream,
    ErrorDomain,
    PipelineError,
    ResourceCode,
    Role,
    RtcpTimeout,
    StreamCode,
)
from gstnvr.model.faults import Fault, Reason, Severity
from gstnvr.model.ids import Generation
from gstnvr.model.status import SessionPhase
from gstnvr.session import machine
from gstnvr.session.effects import (
    IncidentOpened,
    IncidentUpdated,
    RequestSlot,
    StopSource,
)
from gstnvr.session.inputs import (
    Frames,
    Message,
    SourceStopped,
    Tick,
)
from gstnvr.testing.session_story import READ_ERROR, of_kind, play_storm, streaming
from gstnvr.testing.session_world import STORMS


@pytest.mark.parametrize(
    ("settings", "limit"),
    [
        (SessionSettings(), 2.0),
        (SessionSettings(tolerance=Tolerance.LENIENT), 5.0),
        (SessionSettings(tolerance=Tolerance.UNSTABLE), 10.0),
        (SessionSettings(frame_timeout_s=0.7), 0.7),
    ],
)
def test_a_silent_stall_is_noticed_at_its_limit_and_began_with_the_last_frame(
    settings: SessionSettings, limit: float
) -> None:
    session = streaming(settings, seconds=5)
    last_frame = session.now

    effects = session.tick_when_due()

    assert session.now == last_frame + limit
    [opened] = of_kind(effects, IncidentOpened)
    assert (opened.started, opened.detected) == (last_frame, session.now)
    assert (opened.report.fault, opened.report.reason) == (Fault.RTSP_NETWORK, Reason.VIDEO_STALLED)


def test_a_blip_shorter_than_the_limit_changes_nothing() -> None:
    session = streaming(seconds=40)

    session.now += 1.9
    assert session.give(Tick()) == ()
    assert session.frames() == ()
    session.now += 1.9
    assert session.give(Tick()) == ()
    assert session.is_in(SessionPhase.STREAMING)


def test_an_older_frame_that_is_told_late_does_not_turn_the_stall_clock_back() -> None:
    session = streaming(seconds=5)

    session.give(Frames(session.generation, session.now - 1))

    assert machine.next_deadline(session.state) == session.now + 2


def test_end_of_stream_is_the_camera_closing_the_connection() -> None:
    session = streaming(seconds=5)

    effects = session.say(EndOfStream())

    [opened] = of_kind(effects, IncidentOpened)
    assert opened.report.reason is Reason.CLOSED_BY_CAMERA
    assert opened.started == opened.detected == session.now
    assert effects[0] == StopSource(Generation(1))


@pytest.mark.parametrize("storm", list(STORMS))
@pytest.mark.parametrize("seconds", [1, 40])
def test_a_storm_of_messages_leads_to_one_stop_and_one_reconnect(storm: str, seconds: float) -> None:
    session = streaming(seconds=seconds)

    effects = play_storm(session, storm)
    if session.is_in(SessionPhase.STREAMING):
        effects += session.tick_when_due()
    effects += session.stopped()
    if session.state.phase is SessionPhase.BACKING_OFF:
        effects += session.tick_when_due()

    assert of_kind(effects, StopSource) == [StopSource(Generation(1))]
    assert of_kind(effects, RequestSlot) == [RequestSlot(Generation(2))]
    assert len(of_kind(effects, IncidentOpened)) == 1


@pytest.mark.parametrize(
    ("storm", "reason"),
    [
        ("killed", Reason.CLOSED_BY_CAMERA),
        ("killed over udp", Reason.CLOSED_BY_CAMERA),
        ("hung up over udp", Reason.CLOSED_BY_CAMERA),
        ("reset", Reason.CONNECTION_LOST),
        ("cascade", Reason.CONNECTION_LOST),
    ],
)
def test_the_cause_of_a_storm_is_its_first_message(storm: str, reason: Reason) -> None:
    session = streaming(seconds=5)

    play_storm(session, storm)
    if session.is_in(SessionPhase.STREAMING):
        session.tick_when_due()

    assert session.state.incident is not None
    assert session.state.incident.report.reason is reason
    assert session.state.incident.report.severity is Severity.HIGH


def test_messages_of_the_storm_that_come_after_the_next_attempt_began_are_dropped() -> None:
    session = streaming(seconds=40)
    session.say(READ_ERROR)
    session.stopped()
    assert session.generation == 2
    before = session.state

    assert session.give(Message(Generation(1), EndOfStream())) == ()
    assert session.give(Frames(Generation(1), session.now)) == ()
    assert session.give(SourceStopped(Generation(1), clean=False)) == ()
    assert session.state == before


def test_a_warning_alone_is_no_fault() -> None:
    session = streaming(seconds=5)
    udp_blocked = replace(READ_ERROR, text="Could not receive any UDP packets for 3.0000 seconds", fatal=False)

    assert session.say(udp_blocked) == ()
    assert session.say(RtcpTimeout()) == ()
    assert session.is_in(SessionPhase.STREAMING)


def test_a_warning_long_before_the_end_is_not_its_cause() -> None:
    session = streaming(seconds=5)
    session.say(replace(READ_ERROR, text="Could not receive any UDP packets for 3.0000 seconds", fatal=False))
    session.stream_for(2.1)

    session.say(EndOfStream())

    assert session.state.fault is not None and session.state.fault.reason is Reason.CLOSED_BY_CAMERA


def test_a_later_message_that_names_what_was_unknown_corrects_the_incident() -> None:
    session = streaming(seconds=5)
    opened = session.say(PipelineError(ErrorDomain.OTHER, None, Role.SOURCE, "odd"))
    assert of_kind(opened, IncidentOpened)[0].report.fault is Fault.UNKNOWN
    session.now += 1.9

    [updated] = session.say(READ_ERROR)

    assert isinstance(updated, IncidentUpdated)
    assert updated.report.fault is Fault.RTSP_NETWORK
    assert session.state.fault == updated.report


def test_a_later_message_corrects_the_state_but_not_an_incident_that_began_before() -> None:
    session = streaming(seconds=31)
    session.say(EndOfStream())
    session.stopped()
    session.start_source()
    session.say(PipelineError(ErrorDomain.OTHER, None, Role.SOURCE, "odd"))

    assert session.say(READ_ERROR) == ()

    assert session.state.fault is not None and session.state.fault.reason is Reason.CONNECTION_LOST
    assert session.state.incident is not None
    assert session.state.incident.report.reason is Reason.CLOSED_BY_CAMERA


def test_a_better_cause_does_not_make_a_critical_incident_less() -> None:
    session = streaming(SessionSettings(max_reconnect_attempts=1), seconds=5)
    session.say(PipelineError(ErrorDomain.OTHER, None, Role.SOURCE, "odd"))

    [updated] = session.say(READ_ERROR)

    assert isinstance(updated, IncidentUpdated)
    assert (updated.report.fault, updated.report.severity) == (Fault.RTSP_NETWORK, Severity.CRITICAL)


def test_of_several_warnings_the_first_is_the_cause() -> None:
    session = streaming(seconds=5)
    session.say(replace(READ_ERROR, text="The server closed the connection.", fatal=False))
    session.say(RtcpTimeout())

    session.say(READ_ERROR)

    assert session.state.fault is not None and session.state.fault.reason is Reason.CLOSED_BY_CAMERA


def test_a_later_message_corrects_nothing_outside_the_window() -> None:
    session = streaming(seconds=5)
    session.say(PipelineError(ErrorDomain.OTHER, None, Role.SOURCE, "odd"))
    session.now += 2.1

    assert session.say(READ_ERROR) == ()


def test_a_refused_password_that_shows_late_slows_the_next_attempt_down() -> None:
    session = streaming(seconds=40)
    session.say(PipelineError(ErrorDomain.OTHER, None, Role.SOURCE, "odd"))
    session.now += 0.1

    session.say(PipelineError(ErrorDomain.RESOURCE, ResourceCode.NOT_AUTHORIZED, Role.SOURCE, "Unauthorized"))

    assert session.stopped() == ()
    assert session.state.retry_at is not None and session.state.retry_at >= session.now + 60
    assert (session.state.attempts, session.state.quick_until) == (1, None)


@pytest.mark.parametrize("role", [Role.SOURCE, Role.PARSER, Role.TRANSCODER, Role.UNKNOWN])
def test_an_unknown_error_of_the_source_pipeline_leads_to_a_reconnect(role: Role) -> None:
    session = streaming(seconds=40)

    session.say(PipelineError(ErrorDomain.STREAM, StreamCode.TOO_LAZY, role, "odd"))

    assert session.stopped() == (RequestSlot(Generation(2)),)
