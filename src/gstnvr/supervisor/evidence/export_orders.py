"""From a wish to an order: what the index has of the streams, and where it lies now."""

from collections.abc import Mapping
from pathlib import Path
from uuid import uuid4

from gstnvr.api.evidence.ports import ExportWish
from gstnvr.copies.cache import FOLDER as FETCHED
from gstnvr.db.protections import protections
from gstnvr.evidence.order import CameraOrder, Order, SourceGap, SourceProtection, SourceSegment
from gstnvr.evidence.signing import KEY_FILE
from gstnvr.model.clock import NS_PER_S, UtcNs, format_utc
from gstnvr.model.ids import StreamId
from gstnvr.model.records import Segment, SegmentState
from gstnvr.supervisor.index.archive import Archive
from gstnvr.volume.files import locate

EXPORTS = "exports"
"""Folder in ``data_dir``."""
KEEP_FREE_BYTES = 1_000_000_000
"""Of the disk with ``data_dir``, which the database needs, too."""
_EXPORTED = (SegmentState.OPEN, SegmentState.CLOSED, SegmentState.REMOTE)
_REACH_NS = 10 * NS_PER_S
"""The row of an open segment is seconds behind its file, and pictures at the start of a segment may need the one
before."""


def make_order(wish: ExportWish, archive: Archive) -> Order:
    """Look everything up; blocks.

    Raises:
        sqlalchemy.exc.SQLAlchemyError: the index cannot be asked.
    """
    now, names = archive.clock.utc_ns(), archive.names()
    uid = f"{format_utc(now)[:19].replace('-', '').replace(':', '')}Z-{uuid4().hex[:8]}"
    where = {volume.uuid: Path(volume.path) for volume in archive.volumes()}
    return Order(
        uid=uid,
        kind=wish.kind,
        start=wish.start,
        end=wish.end,
        zone=wish.zone,
        user=wish.user,
        reason=wish.reason,
        asked=now,
        folder=str(archive.data_dir / EXPORTS / uid),
        key_file=str(archive.data_dir / KEY_FILE),
        keep_free=KEEP_FREE_BYTES,
        cameras=tuple(_camera(stream, wish, archive, where, names.get(stream, "")) for stream in wish.streams),
        every_s=wish.every_s,
        fps=wish.fps,
        pictures=wish.pictures,
    )


def _camera(
    stream: StreamId, wish: ExportWish, archive: Archive, where: Mapping[str, Path], name: str
) -> CameraOrder:
    index, data_dir = archive.index, archive.data_dir
    found = index.segments(stream, start=UtcNs(wish.start - _REACH_NS), end=wish.end, states=_EXPORTED)
    gaps = index.gaps(stream, wish.start, wish.end)
    with index.reading() as connection:
        protected = protections(connection, stream, wish.start, wish.end, released=True)
    return CameraOrder(
        camera=stream.camera,
        name=name,
        stream=stream.kind.value,
        segments=tuple(_source(segment, where, data_dir) for segment in found),
        gaps=tuple(
            SourceGap(
                gap.start, wish.end if gap.end is None else gap.end, gap.cause.value, gap.cause.planned, gap.detail
            )
            for gap in gaps
        ),
        protections=tuple(
            SourceProtection(
                one.uid, one.start, one.end, one.reason, one.user, one.created, one.released, one.released_by
            )
            for one in protected
        ),
    )


def _source(segment: Segment, where: Mapping[str, Path], data_dir: Path) -> SourceSegment:
    assert segment.id is not None
    remote = segment.state is SegmentState.REMOTE
    root = data_dir / FETCHED if remote else where.get(segment.volume)
    return SourceSegment(
        id=segment.id,
        file="" if root is None else str(locate(root, segment.path)),
        path=segment.path,
        volume=segment.volume,
        start=segment.start,
        end=segment.end,
        growing=segment.state is SegmentState.OPEN,
        remote=remote,
        size=segment.size,
        elsewhere=tuple(
            str(locate(other, segment.path)) for uuid, other in where.items() if uuid != segment.volume
        ),
    )
