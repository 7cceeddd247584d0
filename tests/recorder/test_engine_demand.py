"""A sub stream is connected while somebody watches it, and costs nothing else."""

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

from gstnvr.ipc.live import LIVE_SUFFIX, LiveIdle
from gstnvr.model.ids import CameraId, StreamId, StreamKind
from gstnvr.model.status import RecordingPhase, SessionPhase, StreamStatus
from tests.rig.engine_rig import EngineRig, play
from tests.rig.live_watcher import watch

SUB = StreamId(CameraId("door"), StreamKind.SUB)
LINGER_S = 3.0


def add_sub(rig: EngineRig, linger_s: float = LINGER_S) -> None:
    """Beside ``door``, which is recorded."""
    rig.add()
    rig.add("sub", fps=5)
    rig.specs["sub"] = replace(rig.specs["sub"], stream=SUB, record=False, linger_s=linger_s)


@asynccontextmanager
async def watchable(rig: EngineRig) -> AsyncIterator[Path]:
    with tempfile.TemporaryDirectory(prefix="gstnvr-live-") as folder:
        await rig.engine.live.listen(Path(folder) / "recorder-0.sock")
        await rig.configure()
        await rig.until(rig.is_recording)
        yield (Path(folder) / "recorder-0.sock").with_suffix(LIVE_SUFFIX)
        await rig.engine.live.close()


def sub_status(rig: EngineRig) -> StreamStatus:
    return next(status for status in rig.engine.status() if status.stream == SUB)


def phase(rig: EngineRig) -> SessionPhase:
    return sub_status(rig).session


def test_it_is_connected_while_it_is_watched_and_a_while_longer(tmp_path: Path) -> None:
    async def story(rig: EngineRig) -> None:
        add_sub(rig)
        async with watchable(rig) as socket:
            assert phase(rig) is SessionPhase.IDLE
            watcher = await watch(socket, kind=StreamKind.SUB)
            await rig.until(lambda: len(watcher.units()) > 10)
            assert phase(rig) is SessionPhase.STREAMING
            await watcher.close()
            left = rig.clock.monotonic()
            await rig.until(lambda: phase(rig) is SessionPhase.IDLE)
            assert rig.clock.monotonic() - left >= LINGER_S - 0.5
            again = await watch(socket, kind=StreamKind.SUB)
            await rig.until(lambda: len(again.units()) > 10)
            await again.close()
        assert sub_status(rig).recording is RecordingPhase.OFF

    rig = play(tmp_path, story)
    rig.check_nothing_missing()
    assert not [outage for outage in rig.outages() if outage.stream == SUB]
    assert not rig.incidents()


def test_who_comes_back_soon_finds_it_connected(tmp_path: Path) -> None:
    async def story(rig: EngineRig) -> None:
        add_sub(rig, linger_s=600)
        async with watchable(rig) as socket:
            for _ in range(3):
                watcher = await watch(socket, kind=StreamKind.SUB)
                await rig.until(watcher.units)
                await watcher.close()
                await rig.pause(2)
            assert sub_status(rig).generation == 1

    play(tmp_path, story)


def test_one_that_cannot_be_connected_says_why_and_nothing_is_missing(tmp_path: Path) -> None:
    async def story(rig: EngineRig) -> None:
        add_sub(rig)
        rig.specs["sub"] = replace(rig.specs["sub"], url="rtsp://127.0.0.1:1/nobody")
        async with watchable(rig) as socket:
            watcher = await watch(socket, kind=StreamKind.SUB)
            await rig.until(lambda: sub_status(rig).fault)
            assert any(isinstance(message, LiveIdle) for message in watcher.messages)
            assert rig.is_recording()
            await watcher.close()
            await rig.until(lambda: phase(rig) is SessionPhase.IDLE)
            assert sub_status(rig).fault is None

    rig = play(tmp_path, story)
    assert not [outage for outage in rig.outages() if outage.stream == SUB]
    (incident,) = rig.incidents()
    assert incident.stream == SUB
    assert incident.recovered is not None


def test_what_is_being_handed_over_is_not_connected_again(tmp_path: Path) -> None:
    async def story(rig: EngineRig) -> None:
        add_sub(rig)
        async with watchable(rig) as socket:
            watcher = await watch(socket, kind=StreamKind.SUB)
            await rig.until(watcher.units)
            await asyncio.wait_for(rig.engine.hand_over(SUB, at_once=True), 30)
            await rig.pause(2)
            assert phase(rig) is SessionPhase.IDLE
            rig.engine.take_back(SUB)
            await rig.until(lambda: phase(rig) is SessionPhase.STREAMING)
            await watcher.close()

    play(tmp_path, story)
