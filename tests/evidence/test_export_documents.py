"""What an export says of itself: gaps with causes, sources, protections, files that cannot be used, time-lapse."""

import hashlib
import re
import shutil
from pathlib import Path

import pytest
from msgspec.structs import replace

from gstnvr.evidence.export import ExportError, make_export, part_folder
from gstnvr.evidence.manifest import SHEET, Manifest
from gstnvr.evidence.messages import Progress
from gstnvr.evidence.order import Order, SourceGap, SourceProtection
from gstnvr.evidence.verify import verify
from gstnvr.model.choices import Container
from gstnvr.model.evidence import ExportKind
from gstnvr.testing.clock import SimulatedClock
from tests.rig.evidence_orders import (
    CONFIG,
    FRAME_MS,
    GROUP,
    camera_order,
    make_order,
    picture,
    source,
    utc,
    write_segment,
)
from tests.rig.mp4_reader import read_mp4

CLOCK = SimulatedClock(utc_ns=utc(700_000))
NETWORK = SourceGap(utc(2000), utc(5000), "network", planned=False, detail="cable")


def make(order: Order) -> Manifest:
    made = make_export(order, CLOCK, lambda _: None)
    assert verify(Path(order.folder)).good
    return made


def shown_missing(made: Manifest) -> list[tuple[str, str, str]]:
    return [(one.start[17:23], one.end[17:23], one.cause) for one in made.cameras[0].missing]


def test_a_hole_is_in_the_list_with_its_cause_and_parts_the_files(tmp_path: Path) -> None:
    first, second = (write_segment(tmp_path / f"{number}.mp4", first=number * 50) for number in range(2))
    segments = [source(first, 1, 0, 2000), source(second, 2, 5000, 7000)]
    made = make(make_order(tmp_path, [camera_order(segments, [NETWORK])], 1000, 8000))
    (camera,) = made.cameras
    assert [(video.start[17:23], video.end[17:23]) for video in camera.videos] == [
        ("01.000", "02.000"),
        ("05.000", "07.000"),
    ]
    assert shown_missing(made) == [("02.000", "05.000", "network"), ("07.000", "08.000", "unknown")]
    page = (tmp_path / "made" / SHEET).read_text()
    assert "network" in page
    assert "2026-11-21 13:00:02.000 +0100" in page, "times are in the zone that was asked for"


def test_sources_stand_there_with_the_hash_of_their_file(tmp_path: Path) -> None:
    used, unused = write_segment(tmp_path / "1.mp4"), write_segment(tmp_path / "2.mkv", container=Container.MKV)
    segments = [source(used, 1, 0, 2000), source(unused, 2, 9000, 11_000)]
    made = make(make_order(tmp_path, [camera_order(segments)], 0, 2000))
    (one,) = made.cameras[0].sources
    assert (one.segment, one.sha256) == (1, hashlib.sha256(used.read_bytes()).hexdigest())
    assert one.size == used.stat().st_size


def test_a_file_that_grows_is_exported_up_to_what_is_there(tmp_path: Path) -> None:
    whole = write_segment(tmp_path / "whole.mp4").read_bytes()
    growing = tmp_path / "growing.mp4"
    growing.write_bytes(whole[: len(whole) * 2 // 3])
    order = make_order(tmp_path, [camera_order([source(growing, 1, 0, 100, growing=True)])], 0, 3000)
    made = make(order)
    (video,) = made.cameras[0].videos
    track = read_mp4(tmp_path / "made" / video.file)["vide"]
    assert 20 <= len(track.samples) < 40
    assert [sample.data for sample in track.presented] == [picture(number) for number in range(len(track.samples))]
    assert shown_missing(made) == [(video.end[17:23], "03.000", "not_written")]


@pytest.mark.parametrize("damage", ["gone", "empty", "noise", "no pictures"])
def test_a_file_that_cannot_be_used_is_named_and_the_others_are_exported(tmp_path: Path, damage: str) -> None:
    good, bad = write_segment(tmp_path / "good.mp4"), write_segment(tmp_path / "bad.mp4")
    if damage == "gone":
        bad.unlink()
    else:
        header = bad.read_bytes()[: bad.read_bytes().index(b"moof") - 4]
        bad.write_bytes({"empty": b"", "noise": b"\x01" * 5000, "no pictures": header}[damage])
    segments = [source(good, 1, 0, 2000), source(bad, 2, 2000, 4000)]
    made = make(make_order(tmp_path, [camera_order(segments)], 0, 4000))
    assert shown_missing(made) == [("02.000", "04.000", "unreadable")]
    problems = {one.segment: one.problem for one in made.cameras[0].sources}
    assert problems[1] is None
    assert "cannot be" in (problems[2] or "")
    assert "bad.mp4" in (tmp_path / "made" / SHEET).read_text()


def test_what_a_damaged_file_has_lost_is_missing_for_that_reason(tmp_path: Path) -> None:
    path = write_segment(tmp_path / "1.mp4")
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    made = make(make_order(tmp_path, [camera_order([source(path, 1, 0, 2000)])], 0, 2000))
    (video,) = made.cameras[0].videos
    assert 0.3 < video.seconds < 1.2
    assert shown_missing(made) == [(video.end[17:23], "02.000", "unreadable")]


def test_nothing_recorded_is_no_export_and_leaves_nothing_behind(tmp_path: Path) -> None:
    segment = source(write_segment(tmp_path / "1.mp4"), 1, 0, 2000)
    order = make_order(tmp_path, [camera_order([segment])], 5000, 6000)
    with pytest.raises(ExportError, match="nothing was recorded"):
        make_export(order, CLOCK, lambda _: None)
    assert not part_folder(Path(order.folder)).exists()
    assert not Path(order.folder).exists()


def test_a_disk_without_room_is_not_filled(tmp_path: Path) -> None:
    segment = source(write_segment(tmp_path / "1.mp4"), 1, 0, 2000)
    free = shutil.disk_usage(tmp_path).free
    order = replace(make_order(tmp_path, [camera_order([segment])], 0, 2000), keep_free=free)
    with pytest.raises(ExportError, match="there is room for 0 MB"):
        make_export(order, CLOCK, lambda _: None)
    assert not Path(order.folder).exists()


def test_text_from_outside_is_text_in_the_sheet(tmp_path: Path) -> None:
    evil = "<script>alert('x')</script>"
    protection = SourceProtection("p1", utc(0), utc(9000), evil, evil, utc(0), None, None)
    gap = replace(NETWORK, detail=evil)
    segment = source(write_segment(tmp_path / "1.mp4"), 1, 0, 2000)
    camera = replace(camera_order([segment], [gap], [protection]), name=evil)
    make(replace(make_order(tmp_path, [camera], 0, 5000), reason=evil, user=evil))
    page = (tmp_path / "made" / SHEET).read_text()
    assert page.count("&lt;script&gt;") >= 5
    assert "<script" not in page
    assert "default-src &#x27;none&#x27;" in page or "default-src 'none'" in page
    assert set(re.findall(r'(?:src|href)="([^"]*)"', page)) == {"yard_main_20261121T120000000Z.mp4"}


def test_progress_goes_up_to_its_end(tmp_path: Path) -> None:
    segment = source(write_segment(tmp_path / "1.mp4"), 1, 0, 2000)
    told: list[Progress] = []
    make_export(make_order(tmp_path, [camera_order([segment])], 0, 2000), CLOCK, told.append)
    assert [one.done for one in told] == sorted(one.done for one in told)
    assert {one.step for one in told} == {"looking", "copying", "hashing"}
    assert told[-1].total >= told[-1].done >= segment_size(segment.file)


def segment_size(file: str) -> int:
    return Path(file).stat().st_size


def test_a_time_lapse_has_the_first_key_frame_of_each_interval(tmp_path: Path) -> None:
    other = CONFIG[:-1] + b"\x01"
    files = [
        write_segment(tmp_path / "0.mp4", 100),
        write_segment(tmp_path / "1.mkv", 100, first=100, container=Container.MKV),
        write_segment(tmp_path / "2.mp4", 50, first=200, config=other),
    ]
    spans = [(0, 4000), (4000, 8000), (20_000, 22_000)]
    segments = [
        source(path, number, *span) for number, (path, span) in enumerate(zip(files, spans, strict=True), 1)
    ]
    order = replace(
        make_order(tmp_path, [camera_order(segments)], 500, 30_000), kind=ExportKind.TIMELAPSE, every_s=1.0, fps=10
    )
    made = make(order)
    videos = made.cameras[0].videos
    key_ms = GROUP * FRAME_MS
    expected = [[800, 1600, 2800, 3600, 4800, 5600, 6800, 7600], [20_000, 20_800, 21_600]]
    for video, moments in zip(videos, expected, strict=True):
        track = read_mp4(tmp_path / "made" / video.file)["vide"]
        assert [sample.start for sample in track.presented] == [number * 100_000 for number in range(len(moments))]
        assert all(sample.key for sample in track.samples)
        numbers = [ms // FRAME_MS if ms < 8000 else 200 + (ms - 20_000) // FRAME_MS for ms in moments]
        assert [sample.data for sample in track.presented] == [picture(number) for number in numbers]
        assert [ms % key_ms for ms in moments] == [0] * len(moments)
        assert video.seconds == len(moments) / 10
    assert made.timelapse is not None
    assert shown_missing(made) == [("08.000", "20.000", "unknown"), ("22.000", "30.000", "unknown")]
