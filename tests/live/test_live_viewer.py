"""What waits for a viewer is bounded, and begins with a key frame whatever is left out."""

import asyncio
from collections.abc import Awaitable, Callable

from gstnvr.live.muxer import LivePiece
from gstnvr.live.viewer import LONGEST_WAIT_S, MOST_BYTES, LiveViewer, Shown
from gstnvr.model.live import ShownFormat, ShownVideo, Skipped, Waiting, WaitReason
from gstnvr.testing.fast_loop import run_fast

FORMAT = ShownFormat("video/mp4", ShownVideo("h264", 640, 360), None, None, 0)
BEGINNING = b"beginning"


def played(story: Callable[[LiveViewer], Awaitable[None]]) -> None:
    async def run() -> None:
        await story(LiveViewer())

    run_fast(run(), 15.0)


async def taken(viewer: LiveViewer) -> list[Shown]:
    """All that waits."""
    found = []
    while True:
        try:
            async with asyncio.timeout(0.2):
                found.append(await viewer.next())
        except TimeoutError:
            return found


def show(viewer: LiveViewer, name: str, *, skipped: bool = False) -> None:
    """A piece, a key frame if its name is large."""
    viewer.show(LivePiece(name.encode(), name.isupper()), skipped=skipped)


def test_everything_comes_in_order() -> None:
    async def story(viewer: LiveViewer) -> None:
        viewer.tell_format(FORMAT, BEGINNING)
        viewer.catch_up([LivePiece(b"A", True), LivePiece(b"b", False)])
        show(viewer, "c")
        assert await taken(viewer) == [FORMAT, BEGINNING, b"A", b"b", b"c"]

    played(story)


def test_who_is_too_slow_goes_on_with_a_key_frame() -> None:
    async def story(viewer: LiveViewer) -> None:
        show(viewer, "A")
        await asyncio.sleep(LONGEST_WAIT_S + 0.5)
        for name in ("b", "c", "D", "e"):
            show(viewer, name)
        assert await taken(viewer) == [Skipped(), b"D", b"e"]
        show(viewer, "f")
        assert await taken(viewer) == [b"f"]

    played(story)


def test_a_format_that_was_not_taken_is_told_again() -> None:
    async def story(viewer: LiveViewer) -> None:
        viewer.tell_format(FORMAT, BEGINNING)
        show(viewer, "A")
        await asyncio.sleep(LONGEST_WAIT_S + 0.5)
        show(viewer, "b")
        show(viewer, "C")
        assert await taken(viewer) == [FORMAT, BEGINNING, Skipped(), b"C"]

    played(story)


def test_who_has_the_format_is_not_told_it_again() -> None:
    async def story(viewer: LiveViewer) -> None:
        viewer.tell_format(FORMAT, BEGINNING)
        await taken(viewer)
        show(viewer, "A")
        await asyncio.sleep(LONGEST_WAIT_S + 0.5)
        show(viewer, "B")
        assert await taken(viewer) == [Skipped(), b"B"]

    played(story)


def test_a_format_that_comes_while_pieces_are_dropped_is_told_once() -> None:
    async def story(viewer: LiveViewer) -> None:
        show(viewer, "A")
        await asyncio.sleep(LONGEST_WAIT_S + 0.5)
        show(viewer, "b")
        viewer.tell_format(FORMAT, BEGINNING)
        show(viewer, "C")
        assert await taken(viewer) == [FORMAT, BEGINNING, Skipped(), b"C"]

    played(story)


def test_not_more_than_so_many_bytes_wait() -> None:
    async def story(viewer: LiveViewer) -> None:
        half = bytes(MOST_BYTES // 2 + 1)
        viewer.show(LivePiece(half, True), skipped=False)
        viewer.show(LivePiece(half, False), skipped=False)
        assert await taken(viewer) == []

    played(story)


def test_what_was_skipped_elsewhere_is_told() -> None:
    async def story(viewer: LiveViewer) -> None:
        show(viewer, "A", skipped=True)
        assert await taken(viewer) == [Skipped(), b"A"]

    played(story)


def test_waiting_is_told() -> None:
    async def story(viewer: LiveViewer) -> None:
        waiting = Waiting(WaitReason.NOT_CONNECTED)
        viewer.tell_waiting(waiting)
        assert await taken(viewer) == [waiting]

    played(story)
