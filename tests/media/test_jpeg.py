"""JPEG pictures are taken apart rightly, and what cannot be is refused."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gstnvr.media.clips import access_unit_digest
from gstnvr.media.jpeg import JpegError, coded_scan, take_apart
from gstnvr.media.units import VideoCodec

pytestmark = pytest.mark.gst

Pictures = Callable[[str], bytes]


@pytest.fixture(scope="module")
def picture(tmp_path_factory: pytest.TempPathFactory) -> Pictures:
    """A picture of 48x32, of the colour format that is asked for."""
    folder = tmp_path_factory.mktemp("pictures")

    def make(form: str) -> bytes:
        path: Path = folder / form
        if not path.exists():
            pipeline = (
                f"videotestsrc num-buffers=1 ! video/x-raw,format={form},width=48,height=32 ! "
                f"jpegenc ! filesink location={path}"
            )
            subprocess.run(["gst-launch-1.0", "-q", *pipeline.split()], check=True, timeout=60)
        return path.read_bytes()

    return make


def segment(jpeg: bytes, marker: int) -> tuple[int, int]:
    """Where the first segment of a kind begins and ends."""
    start = jpeg.index(bytes((0xFF, marker)))
    return start, start + 2 + int.from_bytes(jpeg[start + 2 : start + 4], "big")


@pytest.mark.parametrize(("form", "half_height"), [("I420", True), ("Y42B", False)])
def test_size_sampling_and_tables_are_found(picture: Pictures, form: str, half_height: bool) -> None:
    jpeg = picture(form)
    found = take_apart(jpeg)
    assert (found.width, found.height, found.half_height, found.restart_interval) == (48, 32, half_height, 0)
    first, second = (jpeg[start + 5 : start + 69] for start, _ in tables(jpeg))
    assert found.quantization == first + second
    assert jpeg.endswith(found.scan + b"\xff\xd9")


def tables(jpeg: bytes) -> list[tuple[int, int]]:
    first = segment(jpeg, 0xDB)
    start, end = segment(jpeg[first[1] :], 0xDB)
    return [first, (first[1] + start, first[1] + end)]


def test_restart_intervals_and_fill_bytes_are_understood(picture: Pictures) -> None:
    jpeg = picture("I420")
    start, _ = segment(jpeg, 0xC0)
    marked = jpeg[:start] + b"\xff\xff\xff\xdd\x00\x04\x00\x07" + jpeg[start:]
    assert take_apart(marked).restart_interval == 7


def test_the_digest_is_of_the_coded_picture_alone(picture: Pictures) -> None:
    jpeg = picture("I420")
    comment = b"\xff\xfe\x00\x06abcd"
    same = jpeg[:2] + comment + jpeg[2:] + b"\0\0\0"
    other = bytearray(jpeg)
    other[-10] ^= 1
    digest = access_unit_digest(VideoCodec.MJPEG, [jpeg])
    assert access_unit_digest(VideoCodec.MJPEG, [same]) == digest
    assert access_unit_digest(VideoCodec.MJPEG, [bytes(other)]) != digest
    assert access_unit_digest(VideoCodec.MJPEG, [jpeg[:100]]) != digest


@pytest.mark.parametrize("form", ["Y444", "GRAY8"])
def test_colours_that_rtp_does_not_know_are_refused(picture: Pictures, form: str) -> None:
    with pytest.raises(JpegError, match="4:2:0"):
        take_apart(picture(form))


def test_tables_of_its_own_are_refused(picture: Pictures) -> None:
    jpeg = bytearray(picture("I420"))
    _, end = segment(bytes(jpeg), 0xC4)
    jpeg[end - 1] ^= 1
    with pytest.raises(JpegError, match="Huffman"):
        take_apart(bytes(jpeg))


def test_progressive_pictures_are_refused(picture: Pictures) -> None:
    jpeg = bytearray(picture("I420"))
    jpeg[segment(bytes(jpeg), 0xC0)[0] + 1] = 0xC2
    with pytest.raises(JpegError, match="baseline"):
        take_apart(bytes(jpeg))


def test_whatever_is_missing_is_an_error_of_ours(picture: Pictures) -> None:
    jpeg = picture("I420")
    for size in range(len(jpeg)):
        with pytest.raises(JpegError):
            take_apart(jpeg[:size])
    for start, end in [*tables(jpeg), segment(jpeg, 0xC0)]:
        with pytest.raises(JpegError):
            take_apart(jpeg[:start] + jpeg[end:])


@given(st.binary(max_size=300))
def test_bytes_of_any_kind_are_no_picture(junk: bytes) -> None:
    for read in (take_apart, coded_scan):
        with pytest.raises(JpegError):
            read(b"\xff\xd8" + junk)
