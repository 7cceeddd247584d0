"""The process that makes thumbnails, with real decoders and segments as recorders leave them."""

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import psutil
import pytest

from gstnvr.api.recordings.thumbnail_ports import (
    NoThumbnailError,
    SegmentPlace,
    ThumbnailWish,
    UnreadableSegmentError,
)
from gstnvr.config.api import ApiSettings
from gstnvr.model.clock import NS_PER_S, SystemClock, UtcNs
from gstnvr.model.ids import CameraId, StreamId, StreamKind
from gstnvr.model.records import Segment, SegmentState, TrackInfo
from gstnvr.supervisor.pictures.pictures import Pictures
from gstnvr.supervisor.pictures.thumbnail_process import ThumbnailProcess
from gstnvr.supervisor.pictures.thumbnails import ThumbnailMaker
from gstnvr.supervisor.recording.office import Office
from tests.rig.counted_video import FPS, WIDTH
from tests.rig.numbered_segments import number_in, numbered_segment

pytestmark = pytest.mark.gst

YARD = StreamId(CameraId("yard"), StreamKind.MAIN)


def wish(file: Path, second: float, width: int = WIDTH, *mirrors: Path) -> ThumbnailWish:
    tracks = TrackInfo("h264", 160, 90)
    end = UtcNs(100 * NS_PER_S)
    segment = Segment(YARD, "volume", file.name, UtcNs(0), end, SegmentState.CLOSED, 1000, 100, tracks, 1)
    places = [SegmentPlace(one.parent, one.name) for one in (file, *mirrors)]
    return ThumbnailWish(segment, places, int(second * NS_PER_S), width)


def run(story: Callable[[ThumbnailMaker, ThumbnailProcess], Awaitable[None]]) -> None:
    async def within() -> None:
        process = ThumbnailProcess(os.environ, 2)
        process.answer_within_s = 60
        maker = ThumbnailMaker(process, SystemClock(), lambda: 0)
        try:
            await story(maker, process)
        finally:
            await maker.end()

    asyncio.run(within())


@pytest.mark.parametrize(
    ("codec", "suffix", "at_s", "number"),
    [
        ("h264", ".mp4", 2.95, 2 * FPS),
        ("h264", ".mkv", 1.05, 1 * FPS),
        ("h265", ".mp4", 1.05, 1 * FPS),
        ("h265", ".mkv", 2.95, 2 * FPS),
        ("mjpeg", ".mkv", 1.75, 1 * FPS + 7),
    ],
)
def test_the_picture_is_that_of_the_last_key_frame(
    tmp_path: Path, codec: str, suffix: str, at_s: float, number: int
) -> None:
    file = numbered_segment(tmp_path / f"segment{suffix}", 4, codec)

    async def story(maker: ThumbnailMaker, process: ThumbnailProcess) -> None:
        assert number_in((await maker.take(wish(file, 0))).jpeg, tmp_path) == 0
        made = await maker.take(wish(file, at_s))
        assert number_in(made.jpeg, tmp_path) == number
        assert abs(made.time_ns / NS_PER_S - number / FPS) < 0.002
        assert number_in((await maker.take(wish(file, 0))).jpeg, tmp_path) == 0, "as good as the first time"

    run(story)


def test_a_process_that_is_killed_in_the_middle_is_replaced(tmp_path: Path) -> None:
    file = numbered_segment(tmp_path / "segment.mp4")

    async def story(maker: ThumbnailMaker, process: ThumbnailProcess) -> None:
        await maker.take(wish(file, 0))
        first = process.pid
        assert first is not None
        os.kill(first, signal.SIGSTOP)  # so that it has surely not answered yet
        waiting = asyncio.create_task(maker.take(wish(file, 2)))
        await asyncio.sleep(0.1)
        assert not waiting.done()
        os.kill(first, signal.SIGKILL)
        assert number_in((await waiting).jpeg, tmp_path) == 2 * FPS
        assert process.pid != first

    run(story)


def test_segments_that_are_broken_are_named_and_harm_no_others(tmp_path: Path) -> None:
    file = numbered_segment(tmp_path / "segment.mp4")
    zeros = tmp_path / "zeros.mp4"
    content = file.read_bytes()
    start = content.index(b"mdat") + 4
    zeros.write_bytes(content[: start + 4] + bytes(1000) + content[start + 1004 :])
    other = tmp_path / "other.mp4"
    other.write_bytes(b"this is no video")

    async def story(maker: ThumbnailMaker, process: ThumbnailProcess) -> None:
        await maker.take(wish(file, 0))
        pid = process.pid
        with pytest.raises(NoThumbnailError, match=r"zeros\.mp4: .*key frame"):
            await maker.take(wish(zeros, 0))
        with pytest.raises(NoThumbnailError, match=r"other\.mp4: neither MP4 nor Matroska"):
            await maker.take(wish(other, 0))
        with pytest.raises(UnreadableSegmentError, match=r"gone\.mp4: No such file"):
            await maker.take(wish(tmp_path / "gone.mp4", 0))
        assert number_in((await maker.take(wish(file, 1))).jpeg, tmp_path) == FPS
        assert process.pid == pid

    run(story)


def test_a_link_out_of_the_volume_is_not_followed(tmp_path: Path) -> None:
    file = numbered_segment(tmp_path / "segment.mp4")
    volume = tmp_path / "volume"
    volume.mkdir()
    (volume / "segment.mp4").symlink_to(file)

    async def story(maker: ThumbnailMaker, process: ThumbnailProcess) -> None:
        with pytest.raises(NoThumbnailError, match="leads out of its volume"):
            await maker.take(wish(volume / "segment.mp4", 0))

    run(story)


def test_a_second_file_of_the_segment_does_as_well(tmp_path: Path) -> None:
    file = numbered_segment(tmp_path / "segment.mp4")

    async def story(maker: ThumbnailMaker, process: ThumbnailProcess) -> None:
        made = await maker.take(wish(tmp_path / "gone.mp4", 1, WIDTH, file))
        assert number_in(made.jpeg, tmp_path) == FPS

    run(story)


def test_recorders_go_first(tmp_path: Path) -> None:
    file = numbered_segment(tmp_path / "segment.mp4")

    async def story(maker: ThumbnailMaker, process: ThumbnailProcess) -> None:
        await maker.take(wish(file, 0))
        running = psutil.Process(process.pid)
        assert running.nice() >= 15
        assert running.ionice().ioclass == psutil.IOPRIO_CLASS_IDLE
        assert running.rlimit(psutil.RLIMIT_DATA)[1] == 2 << 30

    run(story)


@pytest.mark.parametrize("megabytes", [0, 1])
def test_as_much_is_kept_in_memory_as_the_setting_says(tmp_path: Path, megabytes: int) -> None:
    file = numbered_segment(tmp_path / "segment.mp4")
    settings = SimpleNamespace(api=ApiSettings(thumbnail_cache_mb=megabytes))
    office = SimpleNamespace(environment=os.environ, errors=2, clock=SystemClock(), settings=lambda: settings)

    async def story() -> None:
        pictures = Pictures(cast(Office, office), lambda _: None)
        first = await pictures.thumbnails.take(wish(file, 0))
        file.unlink()
        try:
            if megabytes:
                assert await pictures.thumbnails.take(wish(file, 0)) == first
            else:
                with pytest.raises(UnreadableSegmentError):
                    await pictures.thumbnails.take(wish(file, 0))
        finally:
            await pictures.end()

    asyncio.run(story())
