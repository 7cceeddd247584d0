"""Scanning what GStreamer's muxers write, whole and cut off at every byte."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from gstnvr.container.facts import FileScan, TrackKind, cut_points
from gstnvr.container.scan import iter_samples, scan, scan_file
from gstnvr.model.choices import Container
from gstnvr.model.records import TrackInfo

pytestmark = pytest.mark.gst

Example = Callable[[str], Path]

FRAMES = 40
MILLISECOND = 1_000_000
DURATION = FRAMES * 40 * MILLISECOND
FRAGMENTED = ["h264.mp4", "reordered.mp4", "h265.mp4", "h264_aac.mp4", "h264_opus.mp4"]
MATROSKA = ["h264.mkv", "h265.mkv", "h264_pcma.mkv", "h264_pcmu.mkv", "h264_aac.mkv", "h264_opus.mkv"]
MOTION_JPEG = ["mjpeg.mkv", "mjpeg_pcma.mkv"]
H264 = TrackInfo("h264", 48, 32)


@pytest.mark.parametrize(
    ("name", "tracks", "audio_units"),
    [
        ("h264.mp4", H264, 0),
        ("reordered.mp4", H264, 0),
        ("h265.mp4", TrackInfo("h265", 64, 64), 0),
        ("h264_aac.mp4", TrackInfo("h264", 48, 32, "aac"), 75),
        ("h264_opus.mp4", TrackInfo("h264", 48, 32, "opus"), 81),
        ("plain.mp4", H264, 0),
        ("first_moov.mp4", H264, 0),
        ("h264.mkv", H264, 0),
        ("h265.mkv", TrackInfo("h265", 64, 64), 0),
        ("h264_pcma.mkv", TrackInfo("h264", 48, 32, "pcma"), 80),
        ("h264_pcmu.mkv", TrackInfo("h264", 48, 32, "pcmu"), 80),
        ("h264_aac.mkv", TrackInfo("h264", 48, 32, "aac"), 75),
        ("h264_opus.mkv", TrackInfo("h264", 48, 32, "opus"), 81),
        ("mjpeg.mkv", TrackInfo("mjpeg", 48, 32), 0),
        ("mjpeg_pcma.mkv", TrackInfo("mjpeg", 48, 32, "pcma"), 80),
    ],
)
def test_a_finished_file_is_understood(example: Example, name: str, tracks: TrackInfo, audio_units: int) -> None:
    found = scan_file(example(name))
    assert found.container is Container(name.rpartition(".")[2])
    assert found.track_info == tracks
    assert (found.video_units, found.audio_units) == (FRAMES, audio_units)
    assert abs(found.duration_ns - DURATION) <= MILLISECOND
    assert found.finished
    assert found.whole
    assert found.complete_bytes == found.size == example(name).stat().st_size


def test_a_streamed_file_is_whole_but_has_no_proper_end(example: Example) -> None:
    found = scan_file(example("streamed.mkv"))
    assert not found.finished
    assert found.whole
    assert found.video_units == FRAMES


@pytest.mark.parametrize("name", FRAGMENTED + MATROSKA)
def test_cut_points_are_where_the_samples_say(example: Example, name: str) -> None:
    path = example(name)
    keys = _keys(path)
    points = cut_points(scan_file(path))
    assert points[0].video_units == points[0].audio_units == 0
    assert points[-1].video_units == len(keys) == FRAMES
    assert points[-1].next_key is None
    assert [point.next_key for point in points[:-1]] == [keys[point.video_units] for point in points[:-1]]
    assert sum(bool(point.next_key) for point in points) == sum(keys) == 3
    assert [point.offset for point in points] == sorted({point.offset for point in points})


def test_motion_jpeg_can_be_cut_wherever_a_cluster_begins(example: Example) -> None:
    points = cut_points(scan_file(example("mjpeg.mkv")))
    found = [(point.video_units, point.next_key) for point in points]
    assert found == [(0, True), (18, True), (36, True), (40, None)]
    assert all(_keys(example("mjpeg.mkv")))


@pytest.mark.parametrize("name", [*FRAGMENTED, *MATROSKA, *MOTION_JPEG])
def test_a_file_cut_at_a_cut_point_holds_just_that(example: Example, name: str, tmp_path: Path) -> None:
    whole = example(name).read_bytes()
    cut = tmp_path / name
    for point in cut_points(scan_file(example(name)))[1:]:
        cut.write_bytes(whole[: point.offset])
        found = scan_file(cut)
        assert found.whole
        assert (found.video_units, found.audio_units) == (point.video_units, point.audio_units)
        assert _samples(cut) == _samples(example(name))[: point.video_units]


@pytest.mark.parametrize("name", ["h264_aac.mp4", "h265.mp4", "h264.mkv", "mjpeg.mkv", "streamed.mkv"])
def test_cut_off_at_every_byte_nothing_whole_is_lost(example: Example, name: str, tmp_path: Path) -> None:
    complete = scan_file(example(name))
    copy = tmp_path / name
    copy.write_bytes(example(name).read_bytes())
    fd = os.open(copy, os.O_RDWR)
    last = complete
    try:
        for size in range(complete.size - 1, -1, -1):
            os.ftruncate(fd, size)
            found = scan(fd)
            assert found.complete_bytes <= size == found.size
            assert found.video_units <= last.video_units
            assert found.duration_ns <= last.duration_ns
            assert found.video_units >= sum(
                f.units(TrackKind.VIDEO) for f in complete.fragments if f.end <= size
            ), size
            assert not found.finished or found.complete_bytes == complete.complete_bytes
            last = found
    finally:
        os.close(fd)
    assert last == FileScan(None, 0)


@pytest.mark.parametrize("name", ["h264_aac.mp4", "h264_pcma.mkv"])
@pytest.mark.parametrize("filling", [b"\0", b"\xff", b"moof", b"\x1f\x43\xb6\x75"])
def test_garbage_after_a_fragment_is_left_out(example: Example, name: str, filling: bytes, tmp_path: Path) -> None:
    whole = example(name).read_bytes()
    broken = tmp_path / name
    for point in cut_points(scan_file(example(name)))[1:]:
        broken.write_bytes(whole[: point.offset] + filling * 3000)
        found = scan_file(broken)
        assert found.complete_bytes == point.offset
        assert found.video_units == point.video_units
        assert not found.finished
        assert not found.whole


@pytest.mark.parametrize("name", ["h264.mp4", "h265.mp4", "h264.mkv", "mjpeg.mkv"])
def test_media_that_reads_as_zeros_after_a_power_cut_does_not_count(
    example: Example, name: str, tmp_path: Path
) -> None:
    whole = bytearray(example(name).read_bytes())
    last = scan_file(example(name)).fragments[-1]
    half = (last.offset + last.end) // 2
    whole[half:] = bytes(len(whole) - half)
    broken = tmp_path / name
    broken.write_bytes(whole)
    found = scan_file(broken)
    assert FRAMES - last.units(TrackKind.VIDEO) <= found.video_units < FRAMES
    assert not found.finished


@pytest.mark.parametrize("name", FRAGMENTED + MATROSKA)
def test_samples_are_length_prefixed_nal_units(example: Example, name: str) -> None:
    for sample in _samples(example(name)):
        at = 0
        while at < len(sample):
            at += 4 + int.from_bytes(sample[at : at + 4], "big")
        assert at == len(sample)


@pytest.mark.parametrize("name", MOTION_JPEG)
def test_samples_are_whole_pictures(example: Example, name: str) -> None:
    assert all(sample[:2] == b"\xff\xd8" and sample[-2:] == b"\xff\xd9" for sample in _samples(example(name)))


def test_both_containers_hold_the_same_samples(example: Example) -> None:
    assert _samples(example("h264.mp4")) == _samples(example("h264.mkv"))


def _samples(path: Path) -> list[bytes]:
    with path.open("rb") as file:
        return [sample.data for sample in iter_samples(file.fileno(), TrackKind.VIDEO)]


def _keys(path: Path) -> list[bool]:
    with path.open("rb") as file:
        return [sample.key for sample in iter_samples(file.fileno(), TrackKind.VIDEO)]
