"""Thumbnails come from one process at a time, the newest wish first; what fails is contained."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from gstnvr.api.recordings.thumbnail_ports import (
    NoThumbnailError,
    SegmentPlace,
    Thumbnail,
    ThumbnailsBusyError,
    ThumbnailsMissingError,
    ThumbnailWish,
    UnreadableSegmentError,
)
from gstnvr.model.clock import NS_PER_S, UtcNs
from gstnvr.model.ids import CameraId, StreamId, StreamKind
from gstnvr.model.records import Segment, SegmentState, TrackInfo
from gstnvr.supervisor.pictures.thumbnail_process import ThumbnailProcess
from gstnvr.supervisor.pictures.thumbnails import ATTEMPTS, MOST_WAITING, REFUSED_FOR_S, ThumbnailMaker
from gstnvr.testing.clock import SimulatedClock
from tests.rig.waiting import until

YARD = StreamId(CameraId("yard"), StreamKind.MAIN)
MANY_BYTES = 1 << 20
FAKE = """
import base64, json, os, sys, time
folder = sys.argv[1]
def note(word):
    with open(folder + "/heard", "a") as heard:
        heard.write(word + "\\n")
note("start")
for line in sys.stdin:
    order = json.loads(line)
    path, at = order["places"][0]["path"], order["at_ns"]
    note(f"{path}@{at}")
    while os.path.exists(folder + "/hold"):
        time.sleep(0.01)
    if "hangs" in order["places"][0]["folder"]:
        time.sleep(1000)
    if "crashes" in path or ("once" in path and not os.path.exists(folder + "/crashed")):
        open(folder + "/crashed", "w").close()
        os._exit(3)
    if "broken" in path:
        answer = {"type": "NotMade", "obstacle": "no_picture", "message": path + ": broken"}
    else:
        second = at // 10**9
        following = None if second == 9 else (second + 1) * 10**9
        jpeg = base64.b64encode(b"x" * 100 + str(second).encode()).decode()
        answer = {"type": "Made", "time_ns": second * 10**9, "next_ns": following, "jpeg": jpeg}
    print(json.dumps(answer), flush=True)
note("end")
"""


class Made:
    """A maker over a process that a test makes up."""

    def __init__(self, folder: Path, *, idle_s: float, cache_bytes: int) -> None:
        self.folder = folder
        self.clock = SimulatedClock()
        command = (sys.executable, "-c", FAKE, str(folder))
        self.process = ThumbnailProcess(os.environ, 2, command, idle_s)
        self.maker = ThumbnailMaker(self.process, self.clock, lambda: cache_bytes)

    def heard(self) -> list[str]:
        file = self.folder / "heard"
        return file.read_text().split() if file.exists() else []

    def hold(self) -> None:
        """Nothing is answered until ``go``."""
        (self.folder / "hold").touch()

    def go(self) -> None:
        (self.folder / "hold").unlink()

    async def take(self, second: float, path: str = "a.mp4", **changes: Any) -> Thumbnail:
        return await self.maker.take(wish(second, path, **changes))


def wish(
    second: float,
    path: str = "a.mp4",
    *,
    folders: tuple[str, ...] = ("/video",),
    state: SegmentState = SegmentState.CLOSED,
    width: int = 240,
) -> ThumbnailWish:
    tracks = TrackInfo("h264", 160, 90)
    segment = Segment(YARD, "volume", path, UtcNs(0), UtcNs(10 * NS_PER_S), state, 1000, 100, tracks, 1)
    places = [SegmentPlace(Path(folder), path) for folder in folders]
    return ThumbnailWish(segment, places, int(second * NS_PER_S), width)


@asynccontextmanager
async def made_in(folder: Path, *, idle_s: float = 60, cache_bytes: int = MANY_BYTES) -> AsyncIterator[Made]:
    made = Made(folder, idle_s=idle_s, cache_bytes=cache_bytes)
    try:
        yield made
    finally:
        await made.maker.end()
    assert made.process.pid is None


def test_one_process_makes_all_and_what_is_known_is_not_made_again(tmp_path: Path) -> None:
    async def story() -> None:
        async with made_in(tmp_path) as made:
            assert made.heard() == []
            taken = [await made.take(second) for second in (3.2, 3.9, 3.0, 9.5, 9.9, 4.0)]
            assert [one.time_ns // NS_PER_S for one in taken] == [3, 3, 3, 9, 9, 4]
            assert made.heard() == ["start", "a.mp4@3200000000", "a.mp4@9500000000", "a.mp4@4000000000"]
            await made.take(3.2, width=320)
            assert made.heard()[-1] == "a.mp4@3200000000"
        assert made.heard()[-1] == "end"

    asyncio.run(story())


def test_the_newest_wish_comes_first_and_the_oldest_gives_way(tmp_path: Path) -> None:
    async def story() -> None:
        async with made_in(tmp_path) as made:
            made.hold()
            paths = [f"{number:02d}.mp4" for number in range(MOST_WAITING + 3)]
            tasks = [asyncio.create_task(made.take(1, paths[0]))]
            await until(lambda: len(made.heard()) == 2)
            for path in paths[1:]:
                tasks.append(asyncio.create_task(made.take(1, path)))
                await asyncio.sleep(0)
            done = await asyncio.wait_for(asyncio.gather(*tasks[1:3], return_exceptions=True), 60)
            assert [type(one) for one in done] == [ThumbnailsBusyError, ThumbnailsBusyError]
            made.go()
            await asyncio.gather(*tasks[3:], tasks[0])
            order = [line.partition("@")[0] for line in made.heard()[1:]]
            assert order == [paths[0], *reversed(paths[3:])]

    asyncio.run(story())


def test_what_nobody_waits_for_any_more_is_not_made(tmp_path: Path) -> None:
    async def story() -> None:
        async with made_in(tmp_path) as made:
            made.hold()
            first = asyncio.create_task(made.take(1, "first"))
            await until(lambda: len(made.heard()) == 2)
            stays, one, other = (asyncio.create_task(made.take(1, name)) for name in ("stays", "goes", "goes"))
            await asyncio.sleep(0)
            one.cancel()
            other.cancel()
            await asyncio.gather(one, other, return_exceptions=True)
            made.go()
            await asyncio.gather(first, stays)
            assert made.heard()[1:] == ["first@1000000000", "stays@1000000000"]

    asyncio.run(story())


def test_who_wants_the_same_waits_for_the_same(tmp_path: Path) -> None:
    async def story() -> None:
        async with made_in(tmp_path) as made:
            await asyncio.gather(*(made.take(1) for _ in range(5)))
            assert made.heard() == ["start", "a.mp4@1000000000"]

    asyncio.run(story())


def test_memory_holds_what_was_used_last_and_no_more(tmp_path: Path) -> None:
    async def story() -> None:
        async with made_in(tmp_path, cache_bytes=3 * 401) as made:
            for second in (1, 2, 3, 1, 4):
                await made.take(second)
            before = len(made.heard())
            for second in (1, 3, 4):
                await made.take(second)
            assert len(made.heard()) == before
            await made.take(2)
            assert len(made.heard()) == before + 1

    asyncio.run(story())


def test_the_end_that_grows_is_looked_at_anew(tmp_path: Path) -> None:
    async def story() -> None:
        async with made_in(tmp_path) as made:
            assert (await made.take(3, state=SegmentState.OPEN)).settled
            assert not (await made.take(9, state=SegmentState.OPEN)).settled
            before = len(made.heard())
            await made.take(3, state=SegmentState.OPEN)
            assert len(made.heard()) == before
            assert (await made.take(9)).settled
            assert len(made.heard()) == before + 1

    asyncio.run(story())


def test_a_process_that_dies_is_replaced_and_its_order_is_tried_again(tmp_path: Path) -> None:
    async def story() -> None:
        async with made_in(tmp_path) as made:
            assert (await made.take(2, "once.mp4")).time_ns == 2 * NS_PER_S
            assert made.heard().count("start") == 2

    asyncio.run(story())


def test_a_segment_on_which_it_dies_is_refused_for_a_while_and_others_are_made(tmp_path: Path) -> None:
    async def story() -> None:
        async with made_in(tmp_path) as made:
            with pytest.raises(NoThumbnailError, match=r"crashes\.mp4 cannot be decoded"):
                await made.take(1, "crashes.mp4")
            assert made.heard().count("start") == ATTEMPTS
            with pytest.raises(NoThumbnailError, match=r"crashes\.mp4 cannot be decoded"):
                await made.take(5, "crashes.mp4")
            assert made.heard().count("start") == ATTEMPTS
            await made.take(1, "well.mp4")
            made.clock.advance(REFUSED_FOR_S)
            with pytest.raises(NoThumbnailError):
                await made.take(1, "crashes.mp4")
            assert made.heard().count("start") > ATTEMPTS + 1

    asyncio.run(story())


def test_a_segment_that_is_broken_costs_no_process(tmp_path: Path) -> None:
    async def story() -> None:
        async with made_in(tmp_path) as made:
            with pytest.raises(NoThumbnailError, match=r"broken\.mp4: broken"):
                await made.take(1, "broken.mp4")
            await made.take(1)
            assert made.heard().count("start") == 1

    asyncio.run(story())


def test_a_volume_that_hangs_is_left_alone_for_a_while(tmp_path: Path) -> None:
    async def story() -> None:
        async with made_in(tmp_path) as made:
            made.process.answer_within_s = 1
            with pytest.raises(UnreadableSegmentError, match="does not respond"):
                await made.take(1, folders=("/hangs",))
            made.process.answer_within_s = 60
            before = len(made.heard())
            with pytest.raises(UnreadableSegmentError, match="does not respond"):
                await made.take(2, "other.mp4", folders=("/hangs",))
            assert len(made.heard()) == before
            assert (await made.take(2, "other.mp4", folders=("/hangs", "/video"))).time_ns == 2 * NS_PER_S

    asyncio.run(story())


def test_it_ends_when_nobody_asks_and_begins_again(tmp_path: Path) -> None:
    async def story() -> None:
        async with made_in(tmp_path, idle_s=0.05) as made:
            await made.take(1)
            await until(lambda: "end" in made.heard())
            await made.take(2)
            assert made.heard().count("start") == 2

    asyncio.run(story())


def test_what_cannot_be_started_is_said(tmp_path: Path) -> None:
    async def story() -> None:
        process = ThumbnailProcess(os.environ, 2, (str(tmp_path / "nothing"),))
        maker = ThumbnailMaker(process, SimulatedClock(), lambda: MANY_BYTES)
        with pytest.raises(ThumbnailsMissingError, match="cannot be started: No such file"):
            await maker.take(wish(1))
        await maker.end()

    asyncio.run(story())


def test_who_waits_when_it_ends_is_told(tmp_path: Path) -> None:
    async def story() -> None:
        made = Made(tmp_path, idle_s=60, cache_bytes=0)
        made.hold()
        waiting = [asyncio.create_task(made.take(1, path)) for path in ("a", "b")]
        await until(lambda: len(made.heard()) == 2)
        await made.maker.end()
        ends = await asyncio.gather(*waiting, return_exceptions=True)
        assert [type(end) for end in ends] == [ThumbnailsMissingError] * 2
        made.go()

    asyncio.run(story())
