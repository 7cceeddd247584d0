"""A volume with segments of random bytes, and the index that knows them."""

import hashlib
import random
from pathlib import Path

from gstnvr.db.index import Index
from gstnvr.model.clock import NS_PER_S, SystemClock, UtcNs, parse_utc
from gstnvr.model.ids import CameraId, StreamId, StreamKind
from gstnvr.model.records import Segment, SegmentState, TrackInfo, Volume
from gstnvr.volume.identity import create_identity

NOON = parse_utc("2026-11-21T12:00:00Z")
YARD = StreamId(CameraId("yard"), StreamKind.MAIN)
GATE = StreamId(CameraId("gate"), StreamKind.MAIN)
MINUTE_NS = 60 * NS_PER_S


class Archive:
    """Made in a folder; whoever makes it closes its index."""

    def __init__(self, folder: Path, database: Path | None = None, root: Path | None = None) -> None:
        self.database = database or folder / "index.db"
        self.root = root or folder / "volume"
        self.root.mkdir(exist_ok=True)
        self.cache = folder / "fetched"
        self.index = Index.open(self.database)
        self.volume = Volume(create_identity(self.root, SystemClock()).uuid, str(self.root))
        self._made = 0
        with self.index.writing() as writer:
            writer.ensure_volume(self.volume)

    def add(self, size: int, stream: StreamId = YARD, state: SegmentState = SegmentState.CLOSED) -> Segment:
        """A segment of a minute, behind the one before."""
        start = UtcNs(NOON + self._made * MINUTE_NS)
        self._made += 1
        path = f"{stream.camera}/20261121/{stream.camera}_main_20261121T12{self._made - 1:02d}00000Z.mp4"
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(random.Random(size).randbytes(size))
        segment = Segment(
            stream,
            self.volume.uuid,
            path,
            start,
            UtcNs(start + MINUTE_NS),
            state,
            size,
            1500,
            TrackInfo("h264", 1920, 1080),
        )
        with self.index.writing() as writer:
            writer.segment_opened(segment)
            if state is not SegmentState.OPEN:
                writer.segment_closed(segment)
        return self.row(segment)

    def row(self, segment: Segment) -> Segment:
        """As the index has it now."""
        found = self.index.segment_at(segment.volume, segment.path)
        assert found is not None
        return found

    def file(self, segment: Segment) -> Path:
        """Where it should be."""
        return self.root / segment.path

    def delete(self, segment: Segment) -> None:
        """As retention does."""
        self.file(segment).unlink()
        with self.index.writing() as writer:
            writer.segments_deleted(segment.volume, [segment.path])


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
