"""What real recorders wrote, exported: the same samples, one file without a seam, and players show all of it."""

import asyncio
import os
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from msgspec.structs import replace as changed

from gstnvr.config.settings import RecordingSettings
from gstnvr.container.facts import TrackKind
from gstnvr.container.scan import iter_samples
from gstnvr.evidence.export import make_export
from gstnvr.evidence.order import CameraOrder, Order, SourceSegment
from gstnvr.evidence.verify import verify
from gstnvr.model.choices import G711
from gstnvr.model.clock import NS_PER_S, SystemClock, UtcNs
from gstnvr.model.evidence import ExportKind
from gstnvr.model.records import Segment
from tests.rig.camera_recorder import Rig, main_stream, recording_rig
from tests.rig.mp4_reader import ReadTrack, read_mp4
from tests.rig.recorder_under_test import stream_spec
from tests.rig.video_files import OUT_OF_ORDER

pytestmark = [pytest.mark.gst, pytest.mark.e2e]

SOURCES = {
    "aac": "pattern:180p10:h264:aac",
    "pcma": "pattern:180p10:h265:pcma",  # in Matroska
    "closed": str(OUT_OF_ORDER["h264_closed_gop"]),
    "open": str(OUT_OF_ORDER["h264_open_gop"]),
}
UNDECODABLE = {"open": 2}
"""Pictures at the beginning that need others from before the camera was connected."""
FPS = 10
SECONDS = 7


async def record(rig: Rig, settings: RecordingSettings) -> None:
    specs = [replace(stream_spec(camera, rig.cameras.url(camera)), g711=G711.MKV) for camera in SOURCES]
    await rig.record(specs, settings)
    await asyncio.sleep(SECONDS)
    await rig.recorder.shutdown()


def order_for(rig: Rig, camera: str, folder: Path) -> Order:
    rows: list[Segment] = rig.recorder.ledger.segments_of(main_stream(camera))
    segments = tuple(
        SourceSegment(
            number, str(Path(rig.volume.path) / row.path), row.path, row.volume, row.start, row.end, growing=False
        )
        for number, row in enumerate(rows, 1)
    )
    return Order(
        uid="1",
        kind=ExportKind.EXPORT,
        start=segments[0].start,
        end=segments[-1].end,
        zone="UTC",
        user="kim",
        reason="",
        asked=segments[0].start,
        folder=str(folder / camera),
        key_file=str(folder / "evidence.key"),
        keep_free=0,
        cameras=(CameraOrder(camera, camera, "main", segments, (), ()),),
        pictures=False,
    )


def recorded(order: Order, kind: TrackKind) -> list[bytes]:
    """All samples of all segments, in the order in which they were recorded."""
    found = []
    for segment in order.cameras[0].segments:
        fd = os.open(segment.file, os.O_RDONLY)
        try:
            found += [sample.data for sample in iter_samples(fd, kind)]
        finally:
            os.close(fd)
    return found


def assert_same_rhythm(shown: list[int], order: Order) -> None:
    """Pictures follow each other as in the segments, and without a hole from one segment to the next."""
    at = 0
    for segment in order.cameras[0].segments:
        fd = os.open(segment.file, os.O_RDONLY)
        try:
            times = sorted(sample.time_ns // 1000 for sample in iter_samples(fd, TrackKind.VIDEO))
        finally:
            os.close(fd)
        mine = shown[at : at + len(times)]
        late = [abs((a - mine[0]) - (b - times[0])) for a, b in zip(mine, times, strict=True)]
        assert max(late) < 1000
        assert at == 0 or mine[0] - shown[at - 1] < 2_500_000 / FPS
        at += len(times)
    assert at == len(shown)


def exported(order: Order) -> tuple[Path, dict[str, ReadTrack]]:
    made = make_export(order, SystemClock(), lambda _: None)
    assert verify(Path(order.folder)).good
    (video,) = made.cameras[0].videos
    assert made.cameras[0].missing == ()
    path = Path(order.folder) / video.file
    return path, read_mp4(path)


def pictures_played(path: Path) -> int:
    command = ["ffmpeg", "-v", "error", "-i", str(path), "-an", "-fps_mode", "passthrough", "-f", "framecrc", "-"]
    lines = subprocess.run(command, check=True, timeout=120, capture_output=True, text=True).stdout.splitlines()
    return sum(not line.startswith("#") for line in lines)


def test_exports_have_every_sample_and_no_seam(tmp_path: Path) -> None:
    async def scenario() -> Rig:
        async with recording_rig(tmp_path, SOURCES) as rig:
            await record(rig, RecordingSettings(segment_s=2))
            return rig

    rig = asyncio.run(scenario())
    for camera in SOURCES:
        whole = order_for(rig, camera, tmp_path / "whole")
        path, tracks = exported(whole)
        video = recorded(whole, TrackKind.VIDEO)
        assert len(whole.cameras[0].segments) >= 3
        assert [sample.data for sample in tracks["vide"].samples] == video, camera
        sound = recorded(whole, TrackKind.AUDIO)
        heard = [sample.data for sample in tracks["soun"].samples] if sound else []
        assert heard == [data for data in sound if data in set(heard)], "in the order in which it was recorded"
        assert len(heard) >= len(sound) - 3, "only what lies outside of the pictures is left out"
        assert_same_rhythm([one.start for one in tracks["vide"].presented], whole)
        assert len(video) - UNDECODABLE.get(camera, 0) <= pictures_played(path) <= len(video), camera

        start = UtcNs(whole.start + NS_PER_S + 345_678_901)
        part = changed(whole, start=start, end=UtcNs(start + 3 * NS_PER_S), folder=str(tmp_path / "part" / camera))
        path, tracks = exported(part)
        shown = tracks["vide"].presented
        assert 3 * FPS <= len(shown) <= 3 * FPS + 2
        assert pictures_played(path) == len(shown), camera
