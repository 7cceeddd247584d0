"""What every writer promises, whoever implements it."""

import asyncio
import contextlib
import fcntl
import hashlib
import os
import time
from collections.abc import Iterable, Iterator
from itertools import product
from pathlib import Path

import pytest

from gstnvr.container.facts import FileScan, TrackKind
from gstnvr.container.scan import iter_samples, scan
from gstnvr.media.messages import MediaMessage, PipelineError, ResourceCode, Role
from gstnvr.media.pipelines import Writer, WriterSpec
from gstnvr.media.units import AccessUnit, AudioFormat, Track, VideoFormat
from gstnvr.model.choices import Container
from tests.rig.media_kits import FPS, HEIGHT, WIDTH, MediaKit
from tests.rig.waiting import until

SECONDS = 2.5
FRAGMENT_MS = 500
WITHIN_S = 5.0
CONTAINERS = [Container.MP4, Container.MKV]

Recorded = dict[type[MediaKit], dict[str, list[AccessUnit]]]


@pytest.fixture(scope="module")
def recorded() -> Recorded:
    return {}


def units_of(kit: MediaKit, mount: str, recorded: Recorded) -> list[AccessUnit]:
    """The same for all tests: writers do not change what they are given."""
    if type(kit) not in recorded:
        recorded[type(kit)] = kit.record(SECONDS)
    return recorded[type(kit)][mount]


@pytest.fixture
def units(kit: MediaKit, recorded: Recorded) -> list[AccessUnit]:
    return units_of(kit, "h264", recorded)


@pytest.fixture
def fd(tmp_path: Path) -> Iterator[int]:
    opened = os.open(tmp_path / "segment", os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC)
    yield opened
    os.close(opened)


def of(units: Iterable[AccessUnit], track: Track) -> list[AccessUnit]:
    return [unit for unit in units if unit.track is track]


def spec_for(
    fd: int, units: list[AccessUnit], container: Container = Container.MP4, *, audio: bool = True
) -> WriterSpec:
    video = of(units, Track.VIDEO)[0].format
    heard = of(units, Track.AUDIO) if audio else []
    sound = heard[0].format if heard else None
    assert isinstance(video, VideoFormat)
    assert sound is None or isinstance(sound, AudioFormat)
    return WriterSpec(fd, container, FRAGMENT_MS, video, sound)


class Watched:
    """A writer, and all that it said."""

    def __init__(self, kit: MediaKit, spec: WriterSpec) -> None:
        self.heard: list[MediaMessage] = []
        self.writer: Writer = kit.media.writer(spec)
        self.writer.start(self.heard.append)

    @property
    def errors(self) -> list[PipelineError]:
        return [message for message in self.heard if isinstance(message, PipelineError) and message.fatal]


def digests(blobs: Iterable[bytes]) -> list[str]:
    return [hashlib.blake2b(blob, digest_size=8).hexdigest() for blob in blobs]


def check_content(kit: MediaKit, fd: int, units: list[AccessUnit]) -> FileScan:
    """Every access unit is in the file once, in order, unchanged, and the key frames are told."""
    for track, kind in ((Track.VIDEO, TrackKind.VIDEO), (Track.AUDIO, TrackKind.AUDIO)):
        pushed = of(units, track)
        samples = list(iter_samples(fd, kind))
        assert digests(sample.data for sample in samples) == digests(kit.payload(unit) for unit in pushed)
        if track is Track.VIDEO:
            assert [sample.key for sample in samples] == [unit.key for unit in pushed]
    return scan(fd)


# --- content ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mount", "container"),
    [
        *product(["h264", "h265", "h264_aac", "h264_pcma"], CONTAINERS),
        ("mjpeg", Container.MKV),
        ("mjpeg_http", Container.MKV),
    ],
)
def test_what_is_pushed_is_in_the_file(
    kit: MediaKit, recorded: Recorded, fd: int, mount: str, container: Container
) -> None:
    units = units_of(kit, mount, recorded)

    async def write() -> None:
        watched = Watched(kit, spec_for(fd, units, container))
        for begin in range(0, len(units), 7):
            watched.writer.push(units[begin : begin + 7])
        assert await watched.writer.finish(WITHIN_S)
        assert watched.writer.backlog_bytes() == 0
        assert watched.errors == []

    asyncio.run(write())
    found = check_content(kit, fd, units)
    assert found.container is container
    assert found.finished
    assert found.whole
    info = found.track_info
    assert info is not None
    video, audio = of(units, Track.VIDEO)[0].format, of(units, Track.AUDIO)[:1]
    assert (info.video_codec, info.width, info.height) == (video.codec, WIDTH, HEIGHT)
    assert info.audio_codec == (audio[0].format.codec if audio else None)
    assert abs(found.duration_ns - len(of(units, Track.VIDEO)) * 1_000_000_000 // FPS) < 150_000_000


@pytest.mark.parametrize("container", CONTAINERS)
def test_a_file_can_be_read_while_it_grows(
    kit: MediaKit, units: list[AccessUnit], fd: int, container: Container
) -> None:
    async def write() -> None:
        watched = Watched(kit, spec_for(fd, units, container))
        half = len(units) // 2
        watched.writer.push(units[:half])
        await until(lambda: scan(fd).video_units >= half - FPS, WITHIN_S, "all but the last fragment")
        first = scan(fd)
        assert not first.finished
        watched.writer.push(units[half:])
        await until(lambda: scan(fd).video_units > half, WITHIN_S, "more fragments")
        assert scan(fd).complete_bytes > first.complete_bytes
        assert await watched.writer.finish(WITHIN_S)

    asyncio.run(write())
    assert check_content(kit, fd, units).finished


@pytest.mark.parametrize("container", CONTAINERS)
def test_after_a_discard_the_file_holds_whole_fragments_and_no_end(
    kit: MediaKit, units: list[AccessUnit], fd: int, container: Container
) -> None:
    async def write() -> None:
        watched = Watched(kit, spec_for(fd, units, container))
        watched.writer.push(units)
        await until(lambda: scan(fd).video_units > FPS, WITHIN_S, "some fragments")
        assert await watched.writer.discard(WITHIN_S)

    asyncio.run(write())
    found = scan(fd)
    assert not found.finished
    stored = [sample.data for sample in iter_samples(fd, TrackKind.VIDEO)]
    assert len(stored) == found.video_units
    assert stored == [kit.payload(unit) for unit in units[: len(stored)]]


# --- audio --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("container", CONTAINERS)
def test_a_file_whose_audio_ends_goes_on_with_video_alone(
    kit: MediaKit, recorded: Recorded, fd: int, container: Container
) -> None:
    units = units_of(kit, "h264_aac", recorded)
    middle = (units[0].pts + of(units, Track.VIDEO)[-1].pts) // 2
    heard = [unit for unit in units if unit.track is Track.VIDEO or unit.pts < middle]

    async def write() -> None:
        watched = Watched(kit, spec_for(fd, units, container))
        watched.writer.push(heard)
        await until(lambda: scan(fd).video_units, WITHIN_S, "what came before the audio ended")
        written = scan(fd).video_units
        assert written < len(of(units, Track.VIDEO)), "the muxer waits, for audio might come before the rest"
        watched.writer.end_audio()
        await until(lambda: watched.writer.backlog_bytes() == 0, WITHIN_S, "video after the audio")
        await until(lambda: scan(fd).video_units > written, WITHIN_S, "video after the audio in the file")
        assert await watched.writer.finish(WITHIN_S)

    asyncio.run(write())
    assert check_content(kit, fd, heard).finished


def test_announced_audio_that_never_comes(kit: MediaKit, recorded: Recorded, fd: int) -> None:
    units = units_of(kit, "h264_aac", recorded)
    video = of(units, Track.VIDEO)

    async def write() -> None:
        watched = Watched(kit, spec_for(fd, units))
        watched.writer.push(video)
        watched.writer.end_audio()
        assert await watched.writer.finish(WITHIN_S)

    asyncio.run(write())
    assert check_content(kit, fd, video).finished


def test_audio_that_was_not_wanted_is_left_out(kit: MediaKit, recorded: Recorded, fd: int) -> None:
    units = units_of(kit, "h264_aac", recorded)

    async def write() -> None:
        watched = Watched(kit, spec_for(fd, units, audio=False))
        watched.writer.push(units)
        assert await watched.writer.finish(WITHIN_S)

    asyncio.run(write())
    found = check_content(kit, fd, of(units, Track.VIDEO))
    assert found.track_info is not None
    assert found.track_info.audio_codec is None


# --- disks that do not take it ------------------------------------------------------------------------


@contextlib.contextmanager
def unwritable(kind: str, folder: Path) -> Iterator[int]:
    """A descriptor that takes nothing."""
    if kind == "full":
        fd = os.open("/dev/full", os.O_RDWR)
    elif kind == "read-only":
        (folder / "segment").touch()
        fd = os.open(folder / "segment", os.O_RDONLY)
    else:
        reading, fd = os.pipe()
        os.close(reading)
    yield fd
    os.close(fd)


@pytest.mark.parametrize("kind", ["full", "read-only", "broken pipe"])
@pytest.mark.parametrize("container", CONTAINERS)
def test_a_write_that_fails_is_told_and_ends_the_file_improperly(
    kit: MediaKit, units: list[AccessUnit], tmp_path: Path, kind: str, container: Container
) -> None:
    async def write(fd: int) -> None:
        watched = Watched(kit, spec_for(fd, units, container))
        watched.writer.push(units)
        await until(lambda: watched.errors, WITHIN_S, "an error")
        first = watched.errors[0]
        assert first.role is Role.FILE_SINK
        if kind == "full":
            assert first.code is ResourceCode.NO_SPACE_LEFT
        assert not await watched.writer.finish(1.0)
        told = len(watched.heard)
        assert await watched.writer.discard(WITHIN_S)
        assert len(watched.heard) == told

    with unwritable(kind, tmp_path) as fd:
        asyncio.run(write(fd))


@contextlib.contextmanager
def clogged_pipe(room: int) -> Iterator[tuple[int, int]]:
    """Reading and writing end of a pipe with so many pages of room, whose writer is made to wait."""
    reading, writing = os.pipe()
    fcntl.fcntl(writing, fcntl.F_SETPIPE_SZ, room * 4096)
    try:
        yield reading, writing
    finally:
        os.close(reading)
        os.close(writing)


async def emptied(reading: int, done: asyncio.Future[bool]) -> None:
    """Read until the writer has let go."""
    os.set_blocking(reading, False)
    while not done.done():
        with contextlib.suppress(BlockingIOError):
            os.read(reading, 1 << 16)
        await asyncio.sleep(0.01)


def test_what_the_disk_does_not_take_is_the_backlog(kit: MediaKit, units: list[AccessUnit]) -> None:
    async def write(reading: int, writing: int) -> None:
        watched = Watched(kit, spec_for(writing, units))
        for unit in units:
            watched.writer.push([unit])
        total = sum(unit.size for unit in units)
        await until(lambda: watched.writer.backlog_bytes() < total, WITHIN_S, "the first fragment being taken")
        backlog = watched.writer.backlog_bytes()
        assert backlog > 0
        began = time.monotonic()
        watched.writer.push(units[-1:])
        assert time.monotonic() - began < 0.2
        assert watched.writer.backlog_bytes() >= units[-1].size
        ending = asyncio.ensure_future(watched.writer.finish(WITHIN_S))
        await emptied(reading, ending)
        assert watched.writer.backlog_bytes() == 0
        await watched.writer.discard(WITHIN_S)

    with clogged_pipe(2) as (reading, writing):
        asyncio.run(write(reading, writing))


async def read_into_first_fragment(reading: int) -> None:
    """Stop reading where more than the pipe's one page is being written: that write hangs in the kernel."""
    os.set_blocking(reading, False)
    stream = b""

    def in_media_data() -> bool:
        nonlocal stream
        with contextlib.suppress(BlockingIOError):
            stream += os.read(reading, 4096)
        return b"mdat" in stream

    await until(in_media_data, WITHIN_S, "media data")


def test_a_writer_that_hangs_is_let_go_of_in_time(kit: MediaKit, units: list[AccessUnit]) -> None:
    async def write(reading: int, writing: int) -> None:
        watched = Watched(kit, spec_for(writing, units))
        watched.writer.push(units)
        await read_into_first_fragment(reading)
        began = time.monotonic()
        assert not await watched.writer.finish(0.5)
        assert not await watched.writer.discard(0.5)
        assert time.monotonic() - began < 1.5
        await emptied(reading, asyncio.ensure_future(asyncio.sleep(0.5, result=True)))
        assert watched.heard == []

    with clogged_pipe(1) as (reading, writing):
        asyncio.run(write(reading, writing))


def test_an_empty_file_can_be_discarded(kit: MediaKit, units: list[AccessUnit], fd: int) -> None:
    async def write() -> None:
        watched = Watched(kit, spec_for(fd, units))
        assert await watched.writer.discard(WITHIN_S)
        assert watched.heard == []

    asyncio.run(write())
    assert not scan(fd).usable
