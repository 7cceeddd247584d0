"""The process that serves WebRTC is there for viewers, and is not needed by anybody else."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from gstnvr.api.live.ports import NoPictureError, NotPlayableError, WebRtcMissingError
from gstnvr.model.ids import CameraId, StreamId, StreamKind
from gstnvr.model.live import TooManyViewersError
from gstnvr.supervisor.pictures.webrtc import WebRtcProcess
from tests.supervisor.rig import until

YARD = StreamId(CameraId("yard"), StreamKind.MAIN)
GATE = StreamId(CameraId("gate"), StreamKind.MAIN)
FAKE = """
import json, os, sys
with open(sys.argv[1], "a") as heard:
    heard.write(json.dumps({"pid": os.getpid()}) + "\\n")
    heard.flush()
    for line in sys.stdin:
        order = json.loads(line)
        heard.write(line)
        heard.flush()
        if order["type"] == "Close":
            continue
        offer = order["offer"]
        if offer == "crash":
            os._exit(3)
        elif offer in ("not_playable", "no_picture", "too_many", "missing"):
            report = {"type": "Refused", "obstacle": offer, "message": "because of " + offer}
        else:
            report = {"type": "Answered", "answer": "answer to " + offer}
        print(json.dumps({"session": order["session"], **report}), flush=True)
        if offer == "short":
            print(json.dumps({"type": "Ended", "session": order["session"]}), flush=True)
    heard.write(json.dumps({"end": True}) + "\\n")
"""


class Rig:
    def __init__(self, folder: Path, idle_s: float) -> None:
        self._heard = folder / "heard"
        self._heard.touch()
        self.recorder: Path | None = folder / "recorder-0.live"
        command = (sys.executable, "-c", FAKE, str(self._heard))
        self.process = WebRtcProcess(lambda _: self.recorder, os.environ, 2, command, idle_s)

    def heard(self, what: str) -> int:
        """How many lines hold this."""
        return self._heard.read_text().count(what)


@asynccontextmanager
async def rig(folder: Path, idle_s: float = 60.0) -> AsyncIterator[Rig]:
    made = Rig(folder, idle_s)
    try:
        yield made
    finally:
        await made.process.end()


def test_nothing_runs_before_the_first_viewer_and_one_serves_all(tmp_path: Path) -> None:
    async def story() -> None:
        async with rig(tmp_path) as made:
            assert made.heard("pid") == 0
            sessions = await asyncio.gather(*(made.process.open(YARD, f"offer {number}") for number in range(3)))
            assert [session.answer for session in sessions] == [f"answer to offer {number}" for number in range(3)]
            assert len({session.name for session in sessions}) == 3
            assert made.heard("pid") == 1
            assert made.heard(str(made.recorder)) == 3

    asyncio.run(story())


@pytest.mark.parametrize(
    ("obstacle", "error"),
    [
        ("not_playable", NotPlayableError),
        ("no_picture", NoPictureError),
        ("too_many", TooManyViewersError),
        ("missing", WebRtcMissingError),
    ],
)
def test_why_there_is_no_session_is_told(tmp_path: Path, obstacle: str, error: type[Exception]) -> None:
    async def story() -> None:
        async with rig(tmp_path) as made:
            with pytest.raises(error, match=f"because of {obstacle}"):
                await made.process.open(YARD, obstacle)

    asyncio.run(story())


def test_without_a_recorder_nothing_is_started(tmp_path: Path) -> None:
    async def story() -> None:
        async with rig(tmp_path) as made:
            made.recorder = None
            with pytest.raises(NoPictureError, match="yard/main"):
                await made.process.open(YARD, "offer")
            assert made.heard("pid") == 0

    asyncio.run(story())


def test_after_a_crash_the_next_viewer_gets_another_one(tmp_path: Path) -> None:
    async def story() -> None:
        async with rig(tmp_path) as made:
            living = await made.process.open(YARD, "offer")
            with pytest.raises(WebRtcMissingError, match="crashed"):
                await made.process.open(YARD, "crash")
            assert not made.process.close(YARD, living.name)
            assert (await made.process.open(YARD, "again")).answer == "answer to again"
            assert made.heard("pid") == 2

    asyncio.run(story())


def test_a_session_is_closed_once_and_by_its_own_camera_only(tmp_path: Path) -> None:
    async def story() -> None:
        async with rig(tmp_path) as made:
            session = await made.process.open(YARD, "offer")
            assert not made.process.close(GATE, session.name)
            assert made.process.close(YARD, session.name)
            assert not made.process.close(YARD, session.name)
            await until(lambda: made.heard('"Close"') == 1, "it is told")

    asyncio.run(story())


def test_a_session_that_ended_by_itself_is_forgotten(tmp_path: Path) -> None:
    async def story() -> None:
        async with rig(tmp_path, idle_s=0.1) as made:
            session = await made.process.open(YARD, "short")
            await until(lambda: made.heard('"end"') == 1, "without viewers it ends")
            assert not made.process.close(YARD, session.name)

    asyncio.run(story())


def test_it_stays_while_anybody_watches(tmp_path: Path) -> None:
    async def story() -> None:
        async with rig(tmp_path, idle_s=0.05) as made:
            staying = await made.process.open(YARD, "offer")
            await made.process.open(YARD, "short")
            going = await made.process.open(YARD, "offer")
            assert made.process.close(YARD, going.name)
            assert made.heard("pid") == 1
            assert made.process.close(YARD, staying.name)
            await until(lambda: made.heard('"end"') == 1, "without viewers it ends")

    asyncio.run(story())


def test_it_ends_with_the_supervisor(tmp_path: Path) -> None:
    async def story() -> None:
        async with rig(tmp_path) as made:
            await made.process.open(YARD, "offer")
        assert made.heard('"end"') == 1

    asyncio.run(story())
