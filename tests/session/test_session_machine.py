"""Connecting, trying again, stopping and new settings, told as short stories with exact times."""

import pytest

from gstnvr.config.settings import SessionSettings
from gstnvr.media.messages import EndOfStream
from gstnvr.model.choices import Route
from gstnvr.model.faults import Fault, Reason, Severity
from gstnvr.model.ids import Generation
from gstnvr.model.status import SessionPhase
from gstnvr.session import faults, machine
from gstnvr.session.effects import (
    CancelProbe,
    IncidentClosed,
    IncidentOpened,
    IncidentUpdated,
    Probe,
    ReleaseSlot,
    ReportHung,
    RequestSlot,
    StartSource,
    StopSource,
)
from gstnvr.session.inputs import (
    Input,
    Message,
    ProbeFailed,
    ProbeSucceeded,
    SettingsChanged,
    SlotGranted,
    Start,
    StartFailed,
    Stop,
)
from gstnvr.testing.session_story import DENIED, READ_ERROR, REFUSED, Session, of_kind, streaming

# --- connecting ---------------------------------------------------------------------------------------


def test_connecting_goes_from_slot_over_probe_and_source_to_frames() -> None:
    session = Session()

    assert session.give(Start()) == (RequestSlot(Generation(1)),)
    assert session.give(SlotGranted(Generation(1))) == (Probe(Generation(1), 3.0, Route.RTSP),)
    assert session.give(ProbeSucceeded(Generation(1))) == (StartSource(Generation(1), Route.RTSP),)
    assert session.is_in(SessionPhase.CONNECTING)
    assert session.frames() == (ReleaseSlot(Generation(1)),)
    assert session.is_in(SessionPhase.STREAMING)
    assert session.state.reconnects == 0


def test_a_stream_may_wait_for_its_slot_for_ever() -> None:
    session = Session()
    session.give(Start())

    assert machine.next_deadline(session.state) is None


def test_a_failed_probe_opens_an_incident_and_backs_off() -> None:
    session = Session()
    session.give(Start())

    assert session.fail_probe() == (
        ReleaseSlot(Generation(1)),
        IncidentOpened(REFUSED, session.now, session.now),
    )
    assert session.is_in(SessionPhase.BACKING_OFF)
    assert session.state.retry_at == session.now + 2.5


def test_a_probe_that_is_not_answered_is_given_up_a_second_after_its_limit() -> None:
    session = Session()
    session.give(Start())
    session.give(SlotGranted(session.generation))
    begun = session.now

    effects = session.tick_when_due()

    assert session.now == begun + 4
    assert effects[:2] == (CancelProbe(Generation(1)), ReleaseSlot(Generation(1)))
    assert session.state.fault is not None and session.state.fault.reason is Reason.NO_ANSWER
    assert session.give(ProbeSucceeded(Generation(1))) == ()


def test_no_first_frame_is_a_fault_after_its_limit() -> None:
    session = Session()
    session.give(Start())
    session.start_source()
    begun = session.now

    effects = session.tick_when_due()

    assert session.now == begun + 10
    assert effects[:2] == (ReleaseSlot(Generation(1)), StopSource(Generation(1)))
    assert session.state.fault is not None and session.state.fault.reason is Reason.NO_FIRST_FRAME


def test_a_source_that_cannot_be_built_leaves_nothing_to_stop() -> None:
    session = Session()
    session.give(Start())
    session.start_source()
    report = faults.report(Fault.DECODER, Reason.MISSING_ELEMENT)

    effects = session.give(StartFailed(session.generation, report))

    assert effects == (ReleaseSlot(Generation(1)), IncidentOpened(report, session.now, session.now))
    assert session.tick_when_due() == (RequestSlot(Generation(2)),)


# --- trying again -------------------------------------------------------------------------------------


def test_a_healthy_stream_is_probed_at_once_then_twice_a_second_then_backs_off() -> None:
    session = streaming(seconds=31, drawn=0.999)
    session.say(EndOfStream())
    lost = session.now
    begun = []
    assert session.stopped() == (RequestSlot(Generation(2)),)
    for _ in range(24):
        begun.append(session.now - lost)
        session.give(SlotGranted(session.generation))
        session.now += 0.1
        session.give(ProbeFailed(session.generation, REFUSED))
        assert session.tick_when_due() == (RequestSlot(session.generation),)

    assert begun[:21] == pytest.approx([number / 2 for number in range(21)])
    assert begun[21] == pytest.approx(10.1 + 5, abs=0.01)
    assert begun[22] == pytest.approx(begun[21] + 0.1 + 10, abs=0.02)
    assert session.state.attempts == 4


def test_quick_probes_have_a_shorter_limit() -> None:
    session = streaming(seconds=31)
    session.say(EndOfStream())
    session.stopped()

    assert session.give(SlotGranted(session.generation)) == (Probe(Generation(2), 1.5, Route.RTSP),)


def test_a_stream_that_was_not_healthy_backs_off_at_once() -> None:
    session = streaming(seconds=29)

    session.say(EndOfStream())

    assert session.state.retry_at == session.now + 2.5
    assert session.state.attempts == 1


def test_short_streams_do_not_reset_the_back_off() -> None:
    session = Session(SessionSettings(reconnect_jitter=False))
    session.give(Start())
    delays = []
    for _ in range(6):
        session.start_source()
        session.frames()
        session.stream_for(29)
        session.say(EndOfStream())
        session.stopped()
        assert session.state.retry_at is not None
        delays.append(session.state.retry_at - session.now)
        session.tick_when_due()

    assert delays == pytest.approx([5, 10, 20, 40, 60, 60])
    assert session.state.reconnects == 5


def test_thirty_steady_seconds_reset_the_back_off() -> None:
    session = Session()
    session.give(Start())
    for _ in range(4):
        session.fail_probe()
    session.tick_when_due()
    session.start_source()
    session.frames()
    assert session.state.attempts == 4

    session.stream_for(30)

    assert session.state.attempts == 0


def test_a_refused_password_is_tried_slowly_from_the_start_and_also_after_health() -> None:
    for session in (Session(drawn=0.0), streaming(seconds=31, drawn=0.0)):
        session.give(Start())
        session.say(EndOfStream())
        session.stopped()

        session.fail_probe(DENIED)

        assert session.state.fault == DENIED
        assert session.state.retry_at == session.now + 60


def test_attempts_are_unlimited_and_the_tenth_makes_the_incident_critical_once() -> None:
    session = Session()
    session.give(Start())
    severities = []
    for _ in range(200):
        effects = session.fail_probe()
        changes = [each for each in effects if isinstance(each, IncidentOpened | IncidentUpdated)]
        severities += [each.report.severity for each in changes]

    assert severities == [Severity.HIGH] * 9 + [Severity.CRITICAL] * 191
    assert session.state.attempts == 200
    assert session.tick_when_due() == (RequestSlot(Generation(201)),)


# --- incidents ----------------------------------------------------------------------------------------


def test_an_incident_keeps_its_first_cause_while_the_state_shows_the_newest() -> None:
    session = streaming(seconds=31)
    session.say(READ_ERROR)
    session.stopped()

    effects = session.fail_probe(DENIED)

    [updated] = of_kind(effects, IncidentUpdated)
    assert updated.report.fault is Fault.RTSP_NETWORK
    assert updated.attempts == 1
    assert session.state.fault == DENIED


def test_an_incident_ends_with_the_first_frame_and_counts_all_attempts() -> None:
    session = streaming(seconds=31)
    session.say(READ_ERROR)
    session.stopped()
    for _ in range(3):
        session.fail_probe()
    session.tick_when_due()
    session.start_source()

    effects = session.frames()

    assert effects[1:] == (IncidentClosed(session.now, recovered=True, attempts=4),)
    assert session.state.fault is None
    assert session.state.reconnects == 1


# --- stopping -----------------------------------------------------------------------------------------


def test_stop_waits_for_the_source_and_then_is_idle() -> None:
    session = streaming(seconds=5)

    assert session.give(Stop()) == (StopSource(Generation(1)),)
    assert session.is_in(SessionPhase.STOPPING)
    assert session.frames() == ()
    assert session.say(EndOfStream()) == ()
    assert session.stopped() == ()
    assert session.is_in(SessionPhase.IDLE)
    assert machine.next_deadline(session.state) is None


def test_stop_closes_the_incident_as_not_recovered() -> None:
    session = Session()
    session.give(Start())
    session.fail_probe()

    assert session.give(Stop()) == (IncidentClosed(session.now, recovered=False, attempts=0),)
    assert session.is_in(SessionPhase.IDLE)


def test_a_source_that_hangs_is_reported_and_left_behind() -> None:
    session = streaming(seconds=31)
    session.say(READ_ERROR)

    assert session.stopped(clean=False) == (ReportHung(Generation(1)), RequestSlot(Generation(2)))


@pytest.mark.parametrize("event", [Stop(), Message(Generation(1), EndOfStream())])
def test_a_stop_that_is_never_answered_ends_a_second_after_its_limit(event: Input) -> None:
    session = streaming(seconds=31)
    session.give(event)
    begun = session.now

    effects = session.tick_when_due()

    assert session.now == begun + 6
    assert effects[0] == ReportHung(Generation(1))
    assert session.state.phase in (SessionPhase.IDLE, SessionPhase.CONNECTING)


def test_start_while_stopping_connects_again_once_the_source_is_gone() -> None:
    session = streaming(seconds=5)
    session.give(Stop())

    assert session.give(Start()) == ()
    assert session.stopped() == (RequestSlot(Generation(2)),)


def test_the_last_of_stop_and_start_counts() -> None:
    session = streaming(seconds=5)
    for event in (Stop(), Start(), Stop()):
        session.give(event)

    assert session.stopped() == ()
    assert session.is_in(SessionPhase.IDLE)


def test_a_slot_that_comes_too_late_is_given_back() -> None:
    session = Session()
    session.give(Start())
    session.give(Stop())

    assert session.give(SlotGranted(Generation(1))) == (ReleaseSlot(Generation(1)),)

    session.give(Start())
    assert session.give(SlotGranted(Generation(1))) == (ReleaseSlot(Generation(1)),)
    assert session.give(SlotGranted(Generation(2))) == (Probe(Generation(2), 3.0, Route.RTSP),)


# --- settings -----------------------------------------------------------------------------------------


def test_new_settings_hold_at_once_without_touching_the_stream() -> None:
    session = streaming(seconds=5)

    assert session.give(SettingsChanged(SessionSettings(frame_timeout_s=7), reconnect=False)) == ()
    assert machine.next_deadline(session.state) == session.now + 7


def test_a_new_address_reconnects_at_once_without_an_incident() -> None:
    session = streaming(seconds=5)

    assert session.give(SettingsChanged(SessionSettings(), reconnect=True)) == (StopSource(Generation(1)),)
    assert session.stopped() == (RequestSlot(Generation(2)),)


def test_a_new_password_ends_the_long_wait_and_the_incident_stays_open() -> None:
    session = Session()
    session.give(Start())
    session.fail_probe(DENIED)

    assert session.give(SettingsChanged(SessionSettings(), reconnect=True)) == (RequestSlot(Generation(2)),)
    assert session.state.attempts == 0
    session.start_source()
    assert of_kind(session.frames(), IncidentClosed) == [IncidentClosed(session.now, recovered=True, attempts=1)]


def test_settings_of_an_idle_session_start_nothing() -> None:
    session = Session()

    assert session.give(SettingsChanged(SessionSettings(frame_timeout_s=7), reconnect=True)) == ()
    assert session.is_in(SessionPhase.IDLE)


# --- purity -------------------------------------------------------------------------------------------


def test_the_same_arguments_give_the_same_result() -> None:
    session = streaming(seconds=5)
    event = Message(session.generation, EndOfStream())

    results = [machine.step(session.state, event, session.now, lambda: 0.25) for _ in range(2)]

    assert results[0] == results[1]
