"""The stall limit of cameras that send a frame now and then."""

import pytest

from gstnvr.config.settings import SessionSettings
from gstnvr.model.faults import Reason
from gstnvr.model.status import SessionPhase
from gstnvr.session import machine
from gstnvr.session.effects import IncidentOpened
from gstnvr.session.inputs import Frames, Tick
from gstnvr.testing.session_story import Session, of_kind, streaming


def frames(session: Session, interval_s: float | None) -> None:
    session.give(Frames(session.generation, session.now, interval_s=interval_s))


def stalls_after(session: Session) -> float:
    began = session.now
    [opened] = of_kind(session.tick_when_due(), IncidentOpened)
    assert opened.report.reason is Reason.VIDEO_STALLED
    return session.now - began


@pytest.mark.parametrize(("interval_s", "limit_s"), [(0.0, 2.0), (0.04, 2.0), (0.6, 2.0), (1.0, 3.0), (4.0, 12.0)])
def test_three_frames_may_stay_out(interval_s: float, limit_s: float) -> None:
    session = streaming(seconds=5)
    frames(session, interval_s)
    assert stalls_after(session) == pytest.approx(limit_s)


def test_the_limit_of_the_settings_holds_if_it_is_longer() -> None:
    session = streaming(SessionSettings(frame_timeout_s=20), seconds=5)
    frames(session, 4.0)
    assert stalls_after(session) == pytest.approx(20)


def test_the_second_frame_may_take_as_long_as_the_first() -> None:
    session = streaming(SessionSettings(first_frame_timeout_s=7))
    frames(session, None)
    assert stalls_after(session) == pytest.approx(7)


def test_a_camera_of_half_a_frame_a_second_is_never_connected_anew() -> None:
    session = streaming()
    frames(session, None)
    for _ in range(1000):
        session.now += 1.0
        session.give(Tick())
        session.now += 1.0
        frames(session, 2.0)
    assert session.is_in(SessionPhase.STREAMING)
    assert session.state.reconnects == 0


def test_a_camera_that_becomes_fast_again_is_watched_closely_again() -> None:
    session = streaming(seconds=5)
    frames(session, 4.0)
    frames(session, 0.1)
    assert machine.next_deadline(session.state) == pytest.approx(session.now + 2.0)
