"""Key frames are found where they are, with few reads where the file has an index."""

import os
from pathlib import Path

import pytest

from gstnvr.container.facts import MalformedError
from gstnvr.container.key_frames import KeyFrame, key_frame_at
from gstnvr.container.sample_table import SampleTable, read_sample_table
from gstnvr.model.choices import Container
from gstnvr.model.clock import NS_PER_MS, NS_PER_S
from tests.rig.evidence_orders import picture, write_segment
from tests.rig.numbered_segments import numbered_segment

GROUP_NS = 400 * NS_PER_MS
"""Of made-up segments: ten pictures of 40 ms."""


def at(file: Path, moment_ns: int) -> KeyFrame:
    fd = os.open(file, os.O_RDONLY)
    try:
        return key_frame_at(fd, moment_ns)
    finally:
        os.close(fd)


def table_of(file: Path) -> SampleTable:
    fd = os.open(file, os.O_RDONLY)
    try:
        return read_sample_table(fd)
    finally:
        os.close(fd)


@pytest.mark.parametrize("container", list(Container))
@pytest.mark.parametrize(
    ("moment_ns", "group"),
    [(-5, 0), (0, 0), (GROUP_NS - 1, 0), (GROUP_NS, 1), (3 * GROUP_NS + 5, 3), (99 * GROUP_NS, 4)],
)
def test_the_last_key_frame_at_or_before_a_moment(
    tmp_path: Path, container: Container, moment_ns: int, group: int
) -> None:
    file = write_segment(tmp_path / "segment", container=container)
    found = at(file, moment_ns)
    assert found.data == picture(10 * group)
    assert found.time_ns == group * GROUP_NS
    assert found.next_ns == (None if group == 4 else (group + 1) * GROUP_NS)


@pytest.mark.gst
@pytest.mark.parametrize("codec", ["h264", "h265"])
def test_a_finished_file_of_the_real_muxer_is_read_by_its_index(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, codec: str
) -> None:
    file = numbered_segment(tmp_path / "segment.mp4", seconds=20, codec=codec)
    table = table_of(file).video
    reads: list[int] = []
    pread = os.pread

    def counted(fd: int, count: int, offset: int) -> bytes:
        reads.append(count)
        return pread(fd, count, offset)

    monkeypatch.setattr(os, "pread", counted)
    found = at(file, 12 * NS_PER_S + 1)
    monkeypatch.undo()
    row = next(row for row in table.rows if row.time_ns == 12 * NS_PER_S)
    assert (found.time_ns, found.next_ns, found.format) == (12 * NS_PER_S, 13 * NS_PER_S, table.format)
    assert found.data == file.read_bytes()[row.offset : row.offset + row.size]
    assert len(reads) <= 12  # as many as for a file of an hour


@pytest.mark.gst
def test_a_file_that_still_grows_is_read_up_to_what_is_complete(tmp_path: Path) -> None:
    file = numbered_segment(tmp_path / "segment.mp4", seconds=6)
    third = [row for row in table_of(file).video.rows if row.key][3]
    os.truncate(file, third.offset + 1)
    found = at(file, 60 * NS_PER_S)
    assert (found.time_ns, found.next_ns) == (2 * NS_PER_S, None)


@pytest.mark.gst
def test_an_index_that_is_wrong_is_not_believed(tmp_path: Path) -> None:
    file = numbered_segment(tmp_path / "segment.mp4", seconds=3)
    right = at(file, NS_PER_S)
    content = bytearray(file.read_bytes())
    entries = content.rindex(b"tfra") + 4 + 16
    for number in range(3):
        place = entries + 11 * number + 4
        content[place : place + 4] = (int.from_bytes(content[place : place + 4], "big") + 40).to_bytes(4, "big")
    file.write_bytes(content)
    assert at(file, NS_PER_S) == right


@pytest.mark.parametrize(
    "content", [b"", b"no video at all", bytes(5000), b"\x00\x00\x00\x10ftypisom\x00\x00\x00\x00"]
)
def test_what_is_no_segment_is_refused(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "segment.mp4"
    file.write_bytes(content)
    with pytest.raises(MalformedError):
        at(file, 0)
