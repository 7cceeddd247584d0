"""What a session that streams puts up with, and what it tells of it."""

import pytest

from gstnvr.config.settings import SessionSettings
from gstnvr.media.messages import Buffering, FramesDropped, Role
from gstnvr.model.faults import Reason, Severity
from gstnvr.model.status import SessionPhase
from gstnvr.session import machine
from gstnvr.session.effects import IncidentOpened, NoticeClosed, NoticeOpened
from gstnvr.session.inputs import Frames, Packets, Tick
from gstnvr.session.notices import Notice
from gstnvr.testing.session_story import Session, of_kind, streaming

DROPPED = FramesDropped(Role.SOURCE_SINK)


def packets(session: Session) -> list[NoticeOpened]:
    return of_kind(session.give(Packets(session.generation)), NoticeOpened)


def stalls_after(session: Session) -> float:
    """Seconds from now until the stream counts as stalled if nothing comes; the session is over then."""
    began = session.now
    [opened] = of_kind(session.tick_when_due(), IncidentOpened)
    assert opened.report.reason is Reason.VIDEO_STALLED
    return session.now - began


# --- a slow link --------------------------------------------------------------------------------------


def test_a_camera_of_which_nothing_comes_stalls_after_the_limit() -> None:
    assert stalls_after(streaming(seconds=5)) == pytest.approx(2.0)


def test_packets_are_signs_of_life_for_no_longer_than_the_grace() -> None:
    session = streaming(seconds=5)
    last_frame = session.now
    for _ in range(30):
        session.now += 0.5
        packets(session)
        session.give(Tick())
        if not session.is_in(SessionPhase.STREAMING):
            break
    assert session.now - last_frame == pytest.approx(12.0, abs=0.5)
    assert session.state.fault is not None and session.state.fault.reason is Reason.VIDEO_STALLED


def test_a_camera_that_dies_on_a_slow_link_stalls_after_its_last_packet() -> None:
    session = streaming(seconds=5)
    session.now += 1.5
    packets(session)
    session.now += 1.5
    packets(session)
    assert stalls_after(session) == pytest.approx(2.0)


def test_the_incident_of_a_stall_begins_with_the_last_frame_in_spite_of_packets() -> None:
    session = streaming(seconds=5)
    last_frame = session.now
    session.now += 1.0
    packets(session)
    [opened] = of_kind(session.tick_when_due(), IncidentOpened)
    assert opened.started == last_frame


def test_a_slow_link_is_told_once_and_over_after_half_a_minute_of_steady_frames() -> None:
    session = streaming(seconds=5)
    last_frame = session.now
    told = []
    for _ in range(4):
        for _ in range(3):
            session.now += 1.5
            told += packets(session)
        session.stream_for(3)
    [opened] = told
    assert (opened.notice, opened.report.reason) == (Notice.SLOW_LINK, Reason.SLOW_LINK)
    assert opened.report.severity is Severity.LOW
    assert opened.started == last_frame
    session.stream_for(26)
    assert session.state.watch is not None and session.state.watch.notices == {Notice.SLOW_LINK}
    session.stream_for(2)
    assert session.state.watch is not None and not session.state.watch.notices


def test_a_blip_with_packets_is_not_told() -> None:
    session = streaming(seconds=5)
    session.now += 1.8
    assert packets(session) == []


# --- BUFFERING ----------------------------------------------------------------------------------------


def test_buffering_suspends_the_stall_clock_for_no_longer_than_the_grace() -> None:
    session = streaming(SessionSettings(buffering_grace_s=6), seconds=5)
    session.now += 0.5
    session.say(Buffering(50))
    assert stalls_after(session) == pytest.approx(6 + 1.5)


def test_at_100_percent_the_stall_clock_runs_again_from_where_it_stood() -> None:
    session = streaming(seconds=5)
    session.now += 0.5
    session.say(Buffering(50))
    session.now += 4
    session.say(Buffering(100))
    assert stalls_after(session) == pytest.approx(1.5)


def test_buffering_that_goes_on_is_not_suspended_again() -> None:
    session = streaming(seconds=5)
    session.say(Buffering(50))
    session.now += 8
    session.say(Buffering(40))
    assert stalls_after(session) == pytest.approx(4)


def test_frames_in_spite_of_buffering_start_the_stall_clock_anew() -> None:
    session = streaming(seconds=5)
    session.say(Buffering(50))
    session.stream_for(30)
    assert stalls_after(session) == pytest.approx(2)


def test_buffering_that_is_over_before_it_began_changes_nothing() -> None:
    session = streaming(seconds=5)
    session.say(Buffering(100))
    assert stalls_after(session) == pytest.approx(2)


@pytest.mark.parametrize(("percent", "told"), [(19, 1), (20, 0)])
def test_a_buffer_that_runs_dry_is_told_once(percent: int, told: int) -> None:
    session = streaming(seconds=5)
    notices = [notice for _ in range(50) for notice in of_kind(session.say(Buffering(percent)), NoticeOpened)]
    assert len(notices) == told


def test_buffering_while_connecting_means_nothing() -> None:
    session = Session()
    before = session.state
    assert session.say(Buffering(10)) == ()
    assert session.state == before


# --- sound --------------------------------------------------------------------------------------------


def play(session: Session, seconds: float, audio_at: float | None) -> list[NoticeOpened | NoticeClosed]:
    """Video for so long, sound as told: None for as it comes."""
    found: list[NoticeOpened | NoticeClosed] = []
    for _ in range(round(seconds / 0.2)):
        session.now += 0.2
        heard = session.now if audio_at is None else audio_at
        effects = session.give(Frames(session.generation, session.now, heard))
        found += of_kind(effects, NoticeOpened) + of_kind(effects, NoticeClosed)
    return found


def test_sound_that_dies_is_told_and_the_video_goes_on() -> None:
    session = streaming()
    assert play(session, 5, None) == []
    lost = session.now
    assert play(session, 9.5, lost) == []
    [opened] = play(session, 20, lost)
    assert isinstance(opened, NoticeOpened)
    assert (opened.notice, opened.report.reason) == (Notice.AUDIO_STALLED, Reason.AUDIO_STALLED)
    assert opened.report.severity is Severity.LOW
    assert opened.started == lost
    assert opened.detected == pytest.approx(lost + 10, abs=0.25)
    back = session.now + 0.2
    [closed] = play(session, 5, None)
    assert isinstance(closed, NoticeClosed)
    assert closed.notice is Notice.AUDIO_STALLED
    assert closed.at == pytest.approx(back)
    assert session.is_in(SessionPhase.STREAMING)


def test_sound_that_never_came_is_not_missed() -> None:
    session = streaming(seconds=60)
    assert session.state.watch is not None and not session.state.watch.notices


# --- dropped frames -----------------------------------------------------------------------------------


def test_more_than_ten_dropped_frames_within_a_minute_are_told_and_counted_anew() -> None:
    session = streaming()
    told = []
    for number in range(30):
        session.stream_for(1)
        told += [(number, notice.report.severity) for notice in of_kind(session.say(DROPPED), NoticeOpened)]
    assert told == [(10, Severity.LOW)]
    session.stream_for(62)
    assert session.state.watch is not None and not session.state.watch.notices
    assert len([one for _ in range(11) for one in of_kind(session.say(DROPPED), NoticeOpened)]) == 1


def test_ten_a_minute_are_not_told() -> None:
    session = streaming()
    for _ in range(5):
        assert not [notice for _ in range(10) for notice in of_kind(session.say(DROPPED), NoticeOpened)]
        session.stream_for(60.5)


# --- the end ------------------------------------------------------------------------------------------


def test_with_the_session_ends_all_that_was_wrong_with_it() -> None:
    session = streaming(seconds=5)
    session.say(Buffering(1))
    for _ in range(11):
        session.say(DROPPED)
    session.say(Buffering(100))
    effects = session.tick_when_due()
    assert {effect.notice for effect in of_kind(effects, NoticeClosed)} == {
        Notice.SLOW_LINK,
        Notice.FRAMES_DROPPED,
    }
    assert session.state.watch is None
    assert machine.next_deadline(session.state) is not None
