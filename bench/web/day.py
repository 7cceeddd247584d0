"""A day of recordings: 1,440 files of a minute, all of them links to one whose pictures are numbered."""

import os
from dataclasses import dataclass
from pathlib import Path

from bench.clip import BITRATE_BPS, FRAMES_PER_S, GROUP_FRAMES
from bench.kept_clips import encoding, ffmpeg, folder_of_clips, run_program
from bench.web.numbered_pictures import numbered_pictures
from gstnvr.db.index import Index
from gstnvr.model.choices import Container
from gstnvr.model.clock import NS_PER_S, SystemClock, UtcNs
from gstnvr.model.ids import CameraId, StreamId, StreamKind
from gstnvr.model.records import Segment, SegmentState, TrackInfo, Volume
from gstnvr.supervisor.places import DATABASE
from gstnvr.volume.identity import create_identity
from gstnvr.volume.paths import SegmentName, segment_path

SEGMENTS = 1440
SEGMENT_S = 60
DAY_S = SEGMENTS * SEGMENT_S
WIDTH, HEIGHT = 1920, 1080
BAR_HEIGHT = 48

_RECIPE = 1
"""Raise it when the minute changes, so that a kept one is made again."""


@dataclass(frozen=True, slots=True)
class Day:
    """What was made."""

    camera: str
    start: UtcNs
    """A midnight, UTC."""
    volume: Path


def make_day(folder: Path) -> Day:
    """Fill an index below ``data`` and a volume in an empty folder with yesterday.

    Raises:
        BenchError: a program that is needed failed.
    """
    root = folder / "video"
    root.mkdir()
    (folder / "data").mkdir()
    clock = SystemClock()
    volume = Volume(create_identity(root, clock).uuid, str(root))
    stream = StreamId(CameraId("yard"), StreamKind.MAIN)
    start = UtcNs((clock.utc_ns() // (DAY_S * NS_PER_S) - 1) * DAY_S * NS_PER_S)
    first = root / "minute.mp4"
    first.write_bytes(_minute().read_bytes())
    segments = [_segment(stream, volume, start, number, first.stat().st_size) for number in range(SEGMENTS)]
    for segment in segments:
        path = root / segment.path
        path.parent.mkdir(parents=True, exist_ok=True)
        os.link(first, path)
    first.unlink()
    with Index.open(folder / "data" / DATABASE) as index:
        with index.writing() as writer:
            writer.ensure_volume(volume)
            writer.ensure_stream(stream, "Yard")
        with index.writing() as writer:
            for segment in segments:
                writer.segment_closed(segment)
    return Day(stream.camera, start, root)


def _segment(stream: StreamId, volume: Volume, day: UtcNs, number: int, size: int) -> Segment:
    start = UtcNs(day + number * SEGMENT_S * NS_PER_S)
    end = UtcNs(start + SEGMENT_S * NS_PER_S)
    path = segment_path(SegmentName(stream, start, Container.MP4))
    tracks = TrackInfo("h264", WIDTH, HEIGHT)
    frames = SEGMENT_S * FRAMES_PER_S
    return Segment(stream, volume.uuid, path, start, end, SegmentState.CLOSED, size, frames, tracks)


def _minute() -> Path:
    """1080p25 H.264 at 4 Mbit/s, a key frame every 2 s, muxed as by the recorder; made once and kept."""
    folder = folder_of_clips()
    path = folder / f"minute-{_RECIPE}.mp4"
    if not path.exists():
        encoded, muxed = folder / "minute.mkv", folder / "minute.unfinished.mp4"
        pictures = numbered_pictures((WIDTH, HEIGHT), BAR_HEIGHT, FRAMES_PER_S, SEGMENT_S)
        ffmpeg(*pictures, *encoding(BITRATE_BPS // 1000, GROUP_FRAMES, "sliced-threads=0:threads=2"), str(encoded))
        muxing = ["matroskademux", "!", "h264parse", "!", "mp4mux", "fragment-duration=1000", "!"]
        run_program(
            "gst-launch-1.0", "-q", "filesrc", f"location={encoded}", "!", *muxing, "filesink", f"location={muxed}"
        )
        encoded.unlink()
        muxed.replace(path)
    return path
