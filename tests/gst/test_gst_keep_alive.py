"""Questions by which a camera learns that somebody watches, and what GStreamer says to them."""

import asyncio
import threading
from collections.abc import Iterator
from typing import Any, cast

import pytest

from gstnvr.gst.keep_alive import KeepAlive
from gstnvr.gst.runtime import Gst, initialise
from gstnvr.gst.source import RtspSource
from gstnvr.lab.simulated_cameras import SimulatedCameras
from gstnvr.media.messages import EndOfStream, MediaMessage
from gstnvr.model.choices import Transport
from tests.rig.source_specs import source_spec
from tests.rig.waiting import until

pytestmark = pytest.mark.gst

INTERVAL_S = 0.01
ASKED_EVERY_S = 0.2
AT_ONCE_S = 1.2
"""Sooner than by the pictures that do not come."""


class Asked:
    """What an rtspsrc is to a question."""

    def __init__(self, *, takes: bool = True) -> None:
        self.takes = takes
        self.owed: list[Gst.Promise] = []

    def emit(self, _signal: str, _names: list[str], _content_type: None, promise: Gst.Promise) -> bool:
        self.owed.append(promise)
        return self.takes

    def answer(self) -> None:
        self.owed[-1].reply(Gst.Structure.new_empty("answer"))


@pytest.fixture(autouse=True)
def _no_complaint_of_gstreamer(capfd: pytest.CaptureFixture[str]) -> Iterator[None]:
    initialise()
    yield
    assert "GStreamer" not in capfd.readouterr().err


def beating(asked: Asked) -> KeepAlive:
    keep_alive = KeepAlive(cast(Any, asked), INTERVAL_S)
    keep_alive.start()
    return keep_alive


def test_a_camera_that_owes_an_answer_is_not_asked_again_until_it_gives_it() -> None:
    async def scenario() -> None:
        asked = Asked()
        keep_alive = beating(asked)
        await until(lambda: asked.owed, 5, what="a question")
        await asyncio.sleep(10 * INTERVAL_S)
        assert len(asked.owed) == 1
        asked.answer()
        await until(lambda: len(asked.owed) == 2, 5, what="the next question")
        keep_alive.stop()
        asked.answer()
        await asyncio.sleep(3 * INTERVAL_S)
        assert len(asked.owed) == 2

    asyncio.run(scenario())


def test_what_cannot_be_asked_now_is_asked_later() -> None:
    async def scenario() -> None:
        asked = Asked(takes=False)
        keep_alive = beating(asked)
        await until(lambda: len(asked.owed) >= 3, 5, what="three attempts")
        keep_alive.stop()

    asyncio.run(scenario())


def test_a_question_that_is_never_answered_leaves_no_thread_behind() -> None:
    async def scenario() -> None:
        asked = Asked()
        keep_alive = beating(asked)
        await until(lambda: asked.owed, 5, what="a question")
        assert waiting_threads()
        keep_alive.stop()
        assert not waiting_threads()

    asyncio.run(scenario())


@pytest.mark.e2e
@pytest.mark.parametrize("transport", [Transport.TCP, Transport.UDP])
def test_a_camera_that_hangs_up_on_a_question_is_noticed_at_once(transport: Transport) -> None:
    async def scenario(cameras: SimulatedCameras) -> None:
        said: list[MediaMessage] = []
        source = RtspSource(source_spec(cameras.url("door"), transport=transport, keepalive_s=ASKED_EVERY_S))
        source.start(said.append)
        try:
            await until(source.pull, 30, what="a picture")
            cameras.control.do("deaf", "door")
            await asyncio.sleep(3 * ASKED_EVERY_S)
            assert waiting_threads(), "it owes an answer"
            said.clear()
            cameras.control.do("disconnect", "door", "fin")
            await until(lambda: EndOfStream() in said, AT_ONCE_S, what="the end")
        finally:
            await source.stop(5)

    with SimulatedCameras({"door": "pattern:180p10"}) as cameras:
        asyncio.run(scenario(cameras))


def waiting_threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name.startswith("keep-alive")]
