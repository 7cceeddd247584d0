"""A camera is told that somebody watches, as often as the settings say, and the stream does not notice."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from gstnvr.config.settings import RecordingSettings, SessionSettings
from tests.rig.camera_recorder import recording_rig
from tests.rig.recorder_under_test import stream_spec

pytestmark = [pytest.mark.gst, pytest.mark.e2e]

INTERVAL_S = 3.0
BEATS = 3
SOURCES = {"h264": "pattern:360p25", "answers_late": "pattern:180p10"}


@dataclass(slots=True)
class Tap:
    """Stands between recorder and camera, and counts what the recorder asks while it watches."""

    target: int
    port: int = 0
    asked: int = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there_reader, there_writer = await asyncio.open_connection("127.0.0.1", self.target)
        back = asyncio.create_task(self._pass_on(there_reader, writer))
        await self._pass_on(reader, there_writer)
        await back

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            while data := await reader.read(1 << 16):
                self.asked += data.count(b"GET_PARAMETER rtsp://")
                writer.write(data)
                await writer.drain()
        writer.close()


@contextlib.asynccontextmanager
async def tap(target: int) -> AsyncIterator[Tap]:
    between = Tap(target)
    server = await asyncio.start_server(between.serve, "127.0.0.1", 0)
    async with server:
        between.port = server.sockets[0].getsockname()[1]
        yield between


async def watch(place: Path) -> dict[str, Tap]:
    async with contextlib.AsyncExitStack() as stack:
        rig = await stack.enter_async_context(recording_rig(place, SOURCES, "--session-timeout", "60"))
        taps = {name: await stack.enter_async_context(tap(rig.cameras.port)) for name in SOURCES}
        session = SessionSettings(keepalive_timeout_s=INTERVAL_S)
        specs = [stream_spec(name, f"rtsp://127.0.0.1:{taps[name].port}/{name}", session) for name in SOURCES]
        await rig.record(specs, RecordingSettings(segment_s=600))
        rig.cameras.control.do("slow_answer", "answers_late", "600")
        await asyncio.sleep(BEATS * INTERVAL_S + 1)
        await rig.recorder.shutdown()
        for name in SOURCES:
            found = rig.audit(name)
            assert found.flawless
            assert found.video.units > BEATS * INTERVAL_S * 10
            assert rig.incidents(name) == []
        return taps


def test_cameras_are_asked_in_time_and_never_twice_for_one_answer(tmp_path: Path) -> None:
    taps = asyncio.run(watch(tmp_path))
    assert taps["h264"].asked == BEATS
    assert taps["answers_late"].asked == 1
