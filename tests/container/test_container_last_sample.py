"""A muxer that does not know how long the last picture lasts."""

import struct
from pathlib import Path

from gstnvr.container.facts import TrackKind
from gstnvr.container.scan import scan_file
from gstnvr.model.choices import Container
from gstnvr.model.clock import NS_PER_MS
from gstnvr.testing.segments import FILE_TYPE, box, full_box, picture, track_table
from tests.rig.evidence_orders import CONFIG
from tests.rig.made_recordings import MadeFile, MadeSample


def _write(path: Path, durations: list[int]) -> None:
    pictures = [picture(number) for number in range(len(durations))]
    samples = b"".join(struct.pack(">II", *pair) for pair in zip(durations, map(len, pictures), strict=True))
    header = full_box(b"tfhd", struct.pack(">I", 1))
    time = full_box(b"tfdt", struct.pack(">I", 0))

    def moof(offset: int) -> bytes:
        start = struct.pack(">IiI", len(durations), offset, 0x0200_0000)
        return box(b"moof", box(b"traf", header, time, full_box(b"trun", start, samples, flags=0x305)))

    path.write_bytes(FILE_TYPE + track_table() + moof(len(moof(0)) + 8) + box(b"mdat", *pictures))


def test_it_lasts_as_long_as_the_one_before(tmp_path: Path) -> None:
    _write(tmp_path / "a.mp4", [40, 40, 200, 0])
    assert scan_file(tmp_path / "a.mp4").duration_ns == 480_000_000


def test_a_known_length_is_kept(tmp_path: Path) -> None:
    _write(tmp_path / "a.mp4", [40, 40, 200, 30])
    assert scan_file(tmp_path / "a.mp4").duration_ns == 310_000_000


def test_a_last_picture_alone_in_its_cluster_is_as_long_as_the_others(tmp_path: Path) -> None:
    samples = [MadeSample(40 * number, picture(number), number % 6 == 0) for number in range(13)]
    MadeFile(Container.MKV, samples, CONFIG, 0).write(tmp_path / "a.mkv")
    scan = scan_file(tmp_path / "a.mkv")
    assert [fragment.units(TrackKind.VIDEO) for fragment in scan.fragments] == [12, 1]
    assert scan.duration_ns == 13 * 40 * NS_PER_MS
