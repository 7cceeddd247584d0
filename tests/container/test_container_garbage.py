"""Content that no muxer wrote: never an error, never taken for media."""

import os
import struct
import tempfile

from hypothesis import given
from hypothesis import strategies as st

from gstnvr.container.facts import FileScan, TrackKind, cut_points
from gstnvr.container.scan import iter_samples, scan
from gstnvr.testing.segments import FILE_TYPE, box, full_box
from gstnvr.testing.segments import track_table as movie


def scan_bytes(content: bytes) -> FileScan:
    with tempfile.TemporaryFile() as file:
        file.write(content)
        file.flush()
        fd = file.fileno()
        found = scan(fd)
        assert list(iter_samples(fd, TrackKind.VIDEO)) == [] or found.video_units
        assert os.lseek(fd, 0, os.SEEK_CUR) == len(content)
        cut_points(found)
        return found


SAMPLE = struct.pack(">I", 6) + b"sample"


def fragment(count: int, *, run_flags: int, tables: bytes, header_flags: int = 0, header: bytes = b"") -> bytes:
    def moof(offset: int) -> bytes:
        return box(
            b"moof",
            box(
                b"traf",
                full_box(b"tfhd", struct.pack(">I", 1), header, flags=header_flags),
                full_box(b"trun", struct.pack(">Ii", count, offset), tables, flags=run_flags | 1),
            ),
        )

    return moof(len(moof(0)) + 8) + box(b"mdat", SAMPLE * count)


def test_defaults_of_track_and_fragment_fill_what_a_run_leaves_out() -> None:
    content = (
        FILE_TYPE
        + movie()
        + fragment(
            3, run_flags=0x4, tables=struct.pack(">I", 0), header_flags=0x10, header=struct.pack(">I", len(SAMPLE))
        )
        + fragment(2, run_flags=0x200, tables=struct.pack(">II", len(SAMPLE), len(SAMPLE)))
    )
    found = scan_bytes(content)
    assert found.video_units == 5
    assert [run.starts_with_key for f in found.fragments for run in f.runs] == [True, False]
    assert [run.duration_ns for f in found.fragments for run in f.runs] == [120_000_000, 80_000_000]
    assert found.whole


def test_a_run_that_claims_more_than_its_fragment_holds_is_refused() -> None:
    good = FILE_TYPE + movie() + fragment(1, run_flags=0x200, tables=struct.pack(">I", len(SAMPLE)))
    bad = fragment(1, run_flags=0x200, tables=struct.pack(">I", len(SAMPLE) + 1))
    found = scan_bytes(good + bad)
    assert found.video_units == 1
    assert found.complete_bytes == len(good)


def test_a_run_of_four_thousand_million_samples_is_refused_at_once() -> None:
    run = full_box(b"trun", struct.pack(">I", 0xFFFFFFFF))
    traf = box(b"traf", full_box(b"tfhd", struct.pack(">I", 1)), run)
    found = scan_bytes(FILE_TYPE + movie() + box(b"moof", traf) + box(b"mdat"))
    assert found.video_units == 0
    assert found.complete_bytes == len(FILE_TYPE + movie())


def test_a_time_scale_of_zero_is_refused() -> None:
    assert scan_bytes(FILE_TYPE + movie(timescale=0)).header_bytes == 0


def test_empty_and_foreign_files_are_neither_container() -> None:
    for content in (b"", b"\0" * 5000, b"RIFF....AVI ", b"\x1a\x45\xdf", b"just text"):
        assert scan_bytes(content) == FileScan(None, len(content))


@given(st.binary(max_size=400))
def test_any_bytes_after_either_signature_are_borne(content: bytes) -> None:
    for head in (FILE_TYPE, FILE_TYPE + movie(), bytes.fromhex("1a45dfa3")):
        assert scan_bytes(head + content).complete_bytes <= len(head + content)


@given(st.data())
def test_any_single_byte_of_a_good_file_may_be_wrong(data: st.DataObject) -> None:
    content = bytearray(FILE_TYPE + movie() + fragment(2, run_flags=0x200, tables=struct.pack(">II", 10, 10)))
    at = data.draw(st.integers(0, len(content) - 1))
    content[at] = data.draw(st.integers(0, 255))
    scan_bytes(bytes(content))
