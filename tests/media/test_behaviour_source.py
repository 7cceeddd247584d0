"""What every source promises, whoever implements it."""

import asyncio
import itertools
import time

import pytest

from gstnvr.media.messages import EndOfStream, MediaMessage, PipelineError, Role
from gstnvr.media.pipelines import Source
from gstnvr.media.units import AccessUnit, AudioCodec, AudioFormat, Track, VideoCodec, VideoFormat
from tests.rig.media_kits import FPS, HEIGHT, WIDTH, MediaKit
from tests.rig.waiting import until

FIRST_UNITS_WITHIN_S = 3.0
LONGEST_PULL_S = 0.2
STOP_WITHIN_S = 5.0


class Watched:
    """A source, and all that came of it."""

    def __init__(self, kit: MediaKit, mount: str) -> None:
        self.heard: list[MediaMessage] = []
        self.units: list[AccessUnit] = []
        self.longest_pull_s = 0.0
        self.source: Source = kit.media.source(kit.spec(mount))
        self.source.start(self.heard.append)

    def pull(self) -> list[AccessUnit]:
        began = time.monotonic()
        units = self.source.pull()
        self.longest_pull_s = max(self.longest_pull_s, time.monotonic() - began)
        self.units += units
        return units

    def count(self, track: Track) -> int:
        self.pull()
        return len(self.of(track))

    def of(self, track: Track) -> list[AccessUnit]:
        return [unit for unit in self.units if unit.track is track]


@pytest.mark.parametrize(
    ("mount", "codec", "key_every"),
    [
        ("h264", VideoCodec.H264, FPS),
        ("h265", VideoCodec.H265, FPS),
        ("h264_aac", VideoCodec.H264, FPS),
        ("mjpeg", VideoCodec.MJPEG, 1),
        ("mjpeg_http", VideoCodec.MJPEG, 1),
    ],
)
def test_video_comes_soon_in_order_and_with_its_facts(
    kit: MediaKit, mount: str, codec: VideoCodec, key_every: int
) -> None:
    async def watch() -> None:
        watched = Watched(kit, mount)
        await until(watched.pull, FIRST_UNITS_WITHIN_S, "first units")
        await until(lambda: watched.count(Track.VIDEO) > FPS + 2, 5, "more than a second of video")
        assert await watched.source.stop(STOP_WITHIN_S)
        video = watched.of(Track.VIDEO)
        assert all(before.pts < after.pts for before, after in itertools.pairwise(video))
        keys = [number for number, unit in enumerate(video) if unit.key]
        assert keys
        assert all(after - before == key_every for before, after in itertools.pairwise(keys)), "regular key frames"
        assert all(isinstance(unit.payload, object) and unit.size > 0 for unit in video)
        for unit in video:
            assert isinstance(unit.format, VideoFormat)
            assert (unit.format.codec, unit.format.width, unit.format.height) == (codec, WIDTH, HEIGHT)
        assert len({id(unit.format) for unit in video}) == 1, "one object as long as the format is the same"
        assert not any(isinstance(message, PipelineError) for message in watched.heard)

    asyncio.run(watch())


@pytest.mark.parametrize(("mount", "codec"), [("h264_aac", AudioCodec.AAC), ("h264_pcma", AudioCodec.OPUS)])
def test_audio_comes_beside_the_video_on_the_same_time_line(kit: MediaKit, mount: str, codec: AudioCodec) -> None:
    async def watch() -> None:
        watched = Watched(kit, mount)
        await until(lambda: watched.count(Track.AUDIO) and watched.count(Track.VIDEO) > FPS + 2, 8, "both tracks")
        assert await watched.source.stop(STOP_WITHIN_S)
        video, audio = watched.of(Track.VIDEO), watched.of(Track.AUDIO)
        assert all(unit.key for unit in audio)
        assert all(before.pts < after.pts for before, after in itertools.pairwise(audio))
        for unit in audio:
            assert isinstance(unit.format, AudioFormat)
            assert unit.format.codec is codec
            assert unit.format.sample_rate > 0
        assert abs(audio[-1].pts - video[-1].pts) < 1_000_000_000

    asyncio.run(watch())


def test_pull_never_blocks(kit: MediaKit) -> None:
    async def watch() -> None:
        watched = Watched(kit, "h264")
        watched.pull()  # before there is anything
        await until(watched.pull, FIRST_UNITS_WITHIN_S, "first units")
        kit.silence("h264")
        await until(lambda: not watched.pull() and not watched.pull(), 5, "silence")
        assert watched.pull() == []
        assert await watched.source.stop(STOP_WITHIN_S)
        assert watched.longest_pull_s < LONGEST_PULL_S

    asyncio.run(watch())


@pytest.mark.parametrize("mount", ["h264", "mjpeg_http"])
def test_a_camera_that_closes_the_connection_is_the_end_of_the_stream(kit: MediaKit, mount: str) -> None:
    async def watch() -> None:
        watched = Watched(kit, mount)
        await until(watched.pull, FIRST_UNITS_WITHIN_S, "first units")
        kit.disconnect(mount)
        await until(lambda: EndOfStream() in watched.heard, 2, "end of stream")
        assert await watched.source.stop(STOP_WITHIN_S)

    asyncio.run(watch())


@pytest.mark.parametrize("mount", ["h264", "mjpeg_http"])
def test_a_camera_that_lets_nobody_in_is_an_error_of_the_source(kit: MediaKit, mount: str) -> None:
    async def watch() -> None:
        kit.refuse(mount)
        watched = Watched(kit, mount)
        await until(lambda: watched.heard, 5, "an error")
        error = watched.heard[0]
        assert isinstance(error, PipelineError)
        assert error.fatal
        assert error.role is Role.SOURCE
        assert watched.pull() == []
        assert await watched.source.stop(STOP_WITHIN_S)

    asyncio.run(watch())


def test_nothing_is_heard_of_a_source_that_was_stopped(kit: MediaKit) -> None:
    async def watch() -> None:
        stopped, other = Watched(kit, "h264"), Watched(kit, "h264")
        await until(stopped.pull, FIRST_UNITS_WITHIN_S, "first units")
        await until(other.pull, FIRST_UNITS_WITHIN_S, "first units")
        assert await stopped.source.stop(STOP_WITHIN_S)
        heard = len(stopped.heard)
        kit.disconnect("h264")
        await until(lambda: EndOfStream() in other.heard, 2, "the camera ending its sessions")
        assert len(stopped.heard) == heard
        assert await other.source.stop(STOP_WITHIN_S)

    asyncio.run(watch())


@pytest.mark.parametrize("mount", ["h264", "mjpeg_http"])
def test_a_source_stops_before_it_is_connected(kit: MediaKit, mount: str) -> None:
    async def watch() -> None:
        kit.silence(mount)
        watched = Watched(kit, mount)
        began = time.monotonic()
        await watched.source.stop(1.0)
        assert time.monotonic() - began < 1.5
        assert watched.heard == []

    asyncio.run(watch())


@pytest.mark.parametrize("mount", ["h264", "mjpeg_http"])
def test_a_source_stops_in_time_when_the_camera_is_frozen(kit: MediaKit, mount: str) -> None:
    async def watch() -> None:
        watched = Watched(kit, mount)
        await until(watched.pull, FIRST_UNITS_WITHIN_S, "first units")
        kit.silence(mount)
        began = time.monotonic()
        assert await watched.source.stop(STOP_WITHIN_S)
        assert time.monotonic() - began < STOP_WITHIN_S

    asyncio.run(watch())
