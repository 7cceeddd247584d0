"""Questions by which a camera learns that somebody watches, and what GStreamer says to them."""

import asyncio
import threading
from collections.abc import Iterator
from typing import Any, cast

import pytest

from gstnvr.gst.keep_alive import KeepAlive
from gstnvr.gst.runtime import Gst, initialise
from tests.rig.waiting import until

pytestmark = pytest.mark.gst

INTERVAL_S = 0.01


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


def waiting_threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name.startswith("keep-alive")]
