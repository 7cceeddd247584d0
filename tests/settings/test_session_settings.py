"""Each setting of a session changes what the session does, and by how much."""

import asyncio
import contextlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gstnvr.config.settings import SessionSettings
from gstnvr.media.messages import EndOfStream
from gstnvr.model.choices import Route
from gstnvr.model.clock import NS_PER_S
from gstnvr.model.faults import Reason, Severity
from gstnvr.model.ids import Generation
from gstnvr.model.status import SessionPhase
from gstnvr.session.effects import IncidentOpened, IncidentUpdated, Probe
from gstnvr.session.inputs import SlotGranted, Start
from gstnvr.testing.session_story import DENIED, Session, streaming
from tests.rig.engine_rig import QUICK, EngineRig, play


def steady(**changes: Any) -> SessionSettings:
    return SessionSettings(reconnect_jitter=False, **changes)


def delays(settings: SessionSettings, attempts: int, drawn: float = 0.5) -> list[float]:
    """What a camera that is never there is waited for."""
    session = Session(settings, drawn)
    session.give(Start())
    found = []
    for _ in range(attempts):
        session.fail_probe()
        assert session.state.retry_at is not None
        found.append(session.state.retry_at - session.now)
    return found


# --- the machine --------------------------------------------------------------------------------------


@pytest.mark.parametrize("limit", [3, 25])
def test_first_frame_timeout_is_the_wait_for_the_first_frame(limit: float) -> None:
    session = Session(SessionSettings(first_frame_timeout_s=limit))
    session.give(Start())
    session.start_source()
    begun = session.now
    session.tick_when_due()
    assert session.now == begun + limit
    assert session.state.fault is not None and session.state.fault.reason is Reason.NO_FIRST_FRAME


@pytest.mark.parametrize("first", [0.5, 7.0])
def test_reconnect_delay_is_the_first_step_of_the_back_off(first: float) -> None:
    assert delays(steady(reconnect_delay_s=first), 3) == pytest.approx([first, 2 * first, 4 * first])


@pytest.mark.parametrize("longest", [5, 12])
def test_reconnect_max_delay_is_the_last_step(longest: float) -> None:
    assert delays(steady(reconnect_max_delay_s=longest), 4)[-1] == pytest.approx(longest)


def test_reconnect_jitter_draws_the_delay() -> None:
    assert delays(SessionSettings(reconnect_jitter=True), 2, drawn=0.25) == pytest.approx([1.25, 2.5])
    assert delays(SessionSettings(reconnect_jitter=False), 2, drawn=0.25) == pytest.approx([5, 10])


@pytest.mark.parametrize(("seconds", "attempts"), [(0, 0), (3, 6), (10, 20)])
def test_quick_retry_is_how_long_a_healthy_stream_is_tried_quickly(seconds: float, attempts: int) -> None:
    session = streaming(steady(quick_retry_s=seconds), seconds=31)
    session.say(EndOfStream())
    session.stopped()
    lost, quick = session.now, 0
    while session.state.attempts == 0:
        session.fail_probe()
        quick += session.state.attempts == 0
    assert quick == attempts
    assert session.now - lost == pytest.approx(seconds, abs=0.01)


@pytest.mark.parametrize("seconds", [2.0, 50.0])
def test_healthy_after_is_how_long_frames_must_be_steady(seconds: float) -> None:
    session = streaming(SessionSettings(healthy_after_s=seconds), seconds=seconds - 1)
    assert not session.state.healthy
    session.stream_for(1.2)
    assert session.state.healthy


@pytest.mark.parametrize("most", [1, 4])
def test_max_reconnect_attempts_makes_the_incident_critical(most: int) -> None:
    session = Session(SessionSettings(max_reconnect_attempts=most))
    session.give(Start())
    severities = [
        effect.report.severity
        for _ in range(most + 1)
        for effect in session.fail_probe()
        if isinstance(effect, IncidentOpened | IncidentUpdated)
    ]
    assert severities == [Severity.HIGH] * (most - 1) + [Severity.CRITICAL] * 2


@pytest.mark.parametrize("seconds", [60, 300])
def test_unauthorized_delay_is_the_least_wait_after_a_refused_password(seconds: float) -> None:
    session = Session(steady(unauthorized_delay_s=seconds))
    session.give(Start())
    session.fail_probe(DENIED)
    assert session.state.retry_at == session.now + seconds


@pytest.mark.parametrize("seconds", [0.5, 8])
def test_probe_timeout_is_handed_to_the_probe(seconds: float) -> None:
    session = Session(SessionSettings(probe_timeout_s=seconds))
    session.give(Start())
    assert session.give(SlotGranted(Generation(1))) == (Probe(Generation(1), seconds, Route.RTSP),)


# --- the recorder around it ---------------------------------------------------------------------------


@pytest.mark.parametrize("seconds", [0.5, 4.0])
def test_a_camera_that_answers_nothing_is_given_up_after_the_probe_timeout(tmp_path: Path, seconds: float) -> None:
    async def say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            await reader.read()
        writer.close()

    async def story(rig: EngineRig) -> None:
        server = await asyncio.start_server(say_nothing, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        rig.add()
        session = QUICK.model_copy(update={"probe_timeout_s": seconds})
        rig.specs["door"] = replace(rig.specs["door"], url=f"rtsp://127.0.0.1:{port}/door", session=session)
        began = rig.clock.monotonic()
        await rig.configure()
        await rig.until(rig.incidents, "an incident")
        assert seconds - 0.3 <= rig.clock.monotonic() - began <= seconds + 2
        await rig.engine.shutdown()
        server.close()

    assert play(tmp_path, story).incidents()[0].reason is Reason.NO_ANSWER


@pytest.mark.parametrize("seconds", [0.5, 5.0])
def test_stop_timeout_is_how_long_a_pipeline_that_hangs_is_waited_for(tmp_path: Path, seconds: float) -> None:
    async def story(rig: EngineRig) -> None:
        camera = rig.add()
        session = QUICK.model_copy(update={"stop_timeout_s": seconds, "reconnect_delay_s": 0.1})
        rig.specs["door"] = replace(rig.specs["door"], session=session)
        await rig.configure()
        await rig.until(rig.is_recording, "the recording")
        camera.hangs = True
        began = rig.clock.monotonic()
        camera.close()
        await rig.until(lambda: rig.status().generation == 2, "the next attempt")
        assert seconds - 0.3 <= rig.clock.monotonic() - began <= seconds + 2.5
        camera.hangs = False

    play(tmp_path, story)


def test_what_the_source_needs_is_handed_to_it_and_a_change_connects_anew(tmp_path: Path) -> None:
    figures = {"latency_ms": 321, "tcp_timeout_ms": 4321, "keepalive_timeout_s": 7.0}

    async def story(rig: EngineRig) -> None:
        rig.add()
        await rig.configure()
        await rig.until(rig.is_recording, "the recording")
        await rig.change("door", session=QUICK.model_copy(update=figures))
        await rig.until(lambda: len(rig.media.sources) == 2, "another source")

    rig = play(tmp_path, story)
    spec = rig.media.sources[-1].spec
    assert (spec.latency_ms, spec.tcp_timeout_ms, spec.keepalive_s) == tuple(figures.values())
    assert rig.incidents() == []


def test_a_stall_limit_that_was_changed_holds_for_the_stream_that_runs(tmp_path: Path) -> None:
    async def story(rig: EngineRig) -> None:
        camera = rig.add()
        await rig.configure(segment_s=60)
        await rig.until(rig.is_recording, "the recording")
        await rig.change("door", session=QUICK.model_copy(update={"frame_timeout_s": 6.0}))
        await rig.until(lambda: (rig.status().statistics.last_frame_age_s or 9.0) < 0.2, "a frame")
        camera.mute = True
        await rig.until(rig.incidents, "the stall being noticed")
        assert len(rig.media.sources) == 1
        assert rig.status().session is not SessionPhase.STREAMING
        camera.mute = False

    (incident,) = play(tmp_path, story).incidents()
    assert incident.reason is Reason.VIDEO_STALLED
    assert (incident.detected - incident.started) / NS_PER_S == pytest.approx(6.0, abs=1.5)
