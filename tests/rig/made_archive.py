"""An index and a volume with recordings that a test makes up, for what works with them while recording goes on."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from gstnvr.db.index import Index
from gstnvr.db.protections import Protection, protect
from gstnvr.model.clock import SystemClock
from gstnvr.model.ids import CameraId, StreamId, StreamKind
from gstnvr.model.records import Segment, SegmentState, TrackInfo, Volume
from gstnvr.supervisor.index.archive import Archive
from gstnvr.volume.identity import create_identity
from tests.rig.evidence_orders import utc, write_segment

YARD = StreamId(CameraId("yard"), StreamKind.MAIN)
SEGMENT_MS = 2000


@dataclass(frozen=True, slots=True)
class MadeArchive:
    """Segments of two seconds of the camera ``yard``, from noon on."""

    archive: Archive
    volume: Volume

    @property
    def index(self) -> Index:
        return self.archive.index

    def add(self, number: int, state: SegmentState = SegmentState.CLOSED, stream: StreamId = YARD) -> Segment:
        """The segment that begins so many times two seconds after noon, and its file."""
        start = utc(number * SEGMENT_MS)
        path = f"{stream.camera}/20261121/{stream.camera}_{stream.kind}_20261121T1200{number * 2:02d}000Z.mp4"
        file = write_segment(Path(self.volume.path) / path, first=number * 50)
        tracks = TrackInfo("h264", 64, 48)
        size = file.stat().st_size
        segment = Segment(
            stream, self.volume.uuid, path, start, utc((number + 1) * SEGMENT_MS), state, size, 50, tracks
        )
        with self.index.writing() as writer:
            if state is SegmentState.OPEN:
                writer.segment_opened(segment)
            else:
                writer.segment_closed(segment)
        return segment

    def protect(self, start_ms: int, end_ms: int) -> None:
        with self.index.writing() as writer:
            protect(writer, Protection(f"p{start_ms}", YARD, utc(start_ms), utc(end_ms), "theft", "kim", utc(0)))

    def file(self, segment: Segment) -> Path:
        return Path(self.volume.path) / segment.path


@contextmanager
def made_archive(folder: Path) -> Iterator[MadeArchive]:
    """An empty one."""
    root = folder / "video"
    root.mkdir()
    volume = Volume(create_identity(root, SystemClock()).uuid, str(root))
    data = folder / "data"
    data.mkdir()
    with Index.open(data / "index.sqlite3") as index:
        with index.writing() as writer:
            writer.ensure_volume(volume)
            writer.ensure_stream(YARD, "The yard")
        yield MadeArchive(
            Archive(data, index, lambda: [volume], lambda: {YARD: "The yard"}, SystemClock()), volume
        )
