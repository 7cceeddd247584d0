"""Where samples lie: the same as reading them says, in either container, also of files that are cut off."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from gstnvr.container.facts import MalformedError, TrackKind
from gstnvr.container.sample_entry import sample_entry
from gstnvr.container.sample_format import SampleFormat, format_in_mp4
from gstnvr.container.sample_table import SampleTable, TrackSamples, read_sample_table
from gstnvr.container.scan import iter_samples, scan_file

pytestmark = pytest.mark.gst

Example = Callable[[str], Path]

FILES = [
    "h264.mp4",
    "reordered.mp4",
    "h265.mp4",
    "h264_aac.mp4",
    "h264_opus.mp4",
    "h264.mkv",
    "h265.mkv",
    "h264_pcma.mkv",
    "h264_pcmu.mkv",
    "h264_aac.mkv",
    "h264_opus.mkv",
    "mjpeg.mkv",
    "mjpeg_pcma.mkv",
]


def table_of(path: Path, size: int | None = None) -> SampleTable:
    fd = os.open(path, os.O_RDONLY)
    try:
        return read_sample_table(fd, size)
    finally:
        os.close(fd)


def rows_by_reading(path: Path, kind: TrackKind) -> list[tuple[bytes, bool]]:
    fd = os.open(path, os.O_RDONLY)
    try:
        return [(sample.data, sample.key) for sample in iter_samples(fd, kind)]
    finally:
        os.close(fd)


def rows_of(track: TrackSamples | None, path: Path) -> list[tuple[bytes, bool]]:
    content = path.read_bytes()
    rows = () if track is None else track.rows
    return [(content[row.offset : row.offset + row.size], row.key) for row in rows]


@pytest.mark.parametrize("name", FILES)
def test_the_table_leads_to_every_sample(example: Example, name: str) -> None:
    path = example(name)
    table = table_of(path)
    assert rows_of(table.video, path) == rows_by_reading(path, TrackKind.VIDEO)
    assert rows_of(table.audio, path) == rows_by_reading(path, TrackKind.AUDIO)
    times = sorted(row.time_ns for row in table.video.rows)
    assert [time - times[0] for time in times] == [number * 40_000_000 for number in range(40)]
    assert abs(table.video.last_ns - 40_000_000) <= 1_000_000


@pytest.mark.parametrize(
    ("one", "other"),
    [("h264.mp4", "h264.mkv"), ("h265.mp4", "h265.mkv"), ("h264_aac.mp4", "h264_aac.mkv")],
)
def test_both_containers_tell_a_decoder_the_same(example: Example, one: str, other: str) -> None:
    in_mp4, in_mkv = table_of(example(one)), table_of(example(other))
    assert in_mp4.video.format.config == in_mkv.video.format.config
    assert in_mp4.audio is None or in_mkv.audio is None or in_mp4.audio.format == in_mkv.audio.format


def test_opus_is_described_as_the_standard_has_it_whatever_the_muxer_wrote(example: Example) -> None:
    in_mp4, in_mkv = table_of(example("h264_opus.mp4")).audio, table_of(example("h264_opus.mkv")).audio
    assert in_mp4 is not None
    assert in_mkv is not None
    for form in (in_mp4.format, in_mkv.format):
        assert form.config[1] == form.channels == 1
        assert int.from_bytes(form.config[4:8], "big") == 48_000


@pytest.mark.parametrize("name", FILES)
def test_what_is_described_anew_is_understood_as_the_same(example: Example, name: str) -> None:
    table = table_of(example(name))
    tracks = {track.kind: track for track in scan_file(example(name)).tracks}
    for kind, found in ((TrackKind.VIDEO, table.video), (TrackKind.AUDIO, table.audio)):
        if found is not None:
            assert format_in_mp4(tracks[kind], sample_entry(found.format)) == found.format


@pytest.mark.parametrize("name", ["reordered.mp4", "h264_aac.mp4", "h264_aac.mkv", "mjpeg_pcma.mkv"])
def test_a_file_that_is_cut_anywhere_gives_what_is_whole(example: Example, name: str) -> None:
    path = example(name)
    whole = table_of(path)
    found = 0
    for size in range(0, path.stat().st_size, 97):
        try:
            table = table_of(path, size)
        except MalformedError:
            assert found == 0
            continue
        assert list(table.video.rows) == list(whole.video.rows)[: len(table.video.rows)]
        assert table.size <= size
        assert len(table.video.rows) >= found
        found = len(table.video.rows)
    assert found >= 30


@pytest.mark.parametrize("content", [b"", b"RIFF" * 10, b"\x1a\x45\xdf\xa3" + bytes(50), bytes(4) + b"ftyp" * 9])
def test_what_is_no_segment_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "file"
    path.write_bytes(content)
    with pytest.raises(MalformedError):
        table_of(path)


def test_an_mp4_without_fragments_is_refused_by_name(example: Example) -> None:
    with pytest.raises(MalformedError, match="without fragments"):
        table_of(example("plain.mp4"))


def test_formats_differ_by_whatever_a_decoder_has_to_know() -> None:
    form = SampleFormat("h264", b"config", 64, 48)
    assert form != SampleFormat("h264", b"other", 64, 48)
    assert form != SampleFormat("h265", b"config", 64, 48)
