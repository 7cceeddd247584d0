"""Second files of segments: which there are, and what becomes of them and of the segments that they belong to."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, literal_column, or_, select, update

from gstnvr.db.folders import in_folder
from gstnvr.db.ledger import Span
from gstnvr.db.protections import IS_PROTECTED
from gstnvr.db.rows import SELECT_SEGMENT, key_of, segment_of, stream_of
from gstnvr.db.tables import MirrorRow, SegmentRow, StreamRow, VolumeRow
from gstnvr.db.writer import IndexWriter
from gstnvr.model.clock import UtcNs
from gstnvr.model.ids import StreamId
from gstnvr.model.records import Segment, SegmentState

_SELECT = select(MirrorRow.__table__, StreamRow.camera_id, StreamRow.kind).join_from(
    MirrorRow, StreamRow, MirrorRow.stream_id == StreamRow.id
)
_CLOSED = MirrorRow.state == literal_column(f"'{SegmentState.CLOSED.value}'")
_STANDING = [state.value for state in (SegmentState.OPEN, SegmentState.CLOSED, SegmentState.MISSING)]
"""States of segments that a second file may stand for."""
_REPLACEABLE = {
    SegmentState.OPEN: (SegmentState.OPEN,),
    SegmentState.CLOSED: (SegmentState.OPEN, SegmentState.CLOSED),
    SegmentState.DELETING: tuple(SegmentState),
}


@dataclass(frozen=True, slots=True)
class Mirror:
    """The second file of a segment."""

    stream: StreamId
    volume: str
    path: str
    """The same as that of the segment."""
    start: UtcNs
    end: UtcNs
    state: SegmentState
    """``OPEN``, ``CLOSED`` or ``DELETING``."""
    size: int
    frames: int


def _mirror_of(row: Row[Any]) -> Mirror:
    return Mirror(
        stream=stream_of(row),
        volume=row.volume_uuid,
        path=row.path,
        start=UtcNs(row.start),
        end=UtcNs(row.end),
        state=SegmentState(row.state),
        size=row.size,
        frames=row.frames,
    )


def mirrored(segment: Segment, mirror: Mirror) -> Segment:
    """A segment as its second file has it."""
    return replace(
        segment,
        volume=mirror.volume,
        start=mirror.start,
        end=mirror.end,
        state=mirror.state,
        size=mirror.size,
        frames=mirror.frames,
    )


# --- what there is -------------------------------------------------------------------------------------


def mirrors_of(connection: Connection, path: str) -> list[Mirror]:
    """Second files of the segment that lies under this path on another volume."""
    return [_mirror_of(row) for row in connection.execute(_SELECT.where(MirrorRow.path == path))]


def mirror_at(connection: Connection, volume: str, path: str) -> Mirror | None:
    """The second file under this path on this volume."""
    return next((one for one in mirrors_of(connection, path) if one.volume == volume), None)


def mirrors_in(connection: Connection, volume: str, folder: str) -> list[Mirror]:
    """Those that should be in a folder of a volume, by path.

    Args:
        folder: relative to the volume, without a slash at the end.
    """
    query = _SELECT.where(in_folder(MirrorRow, volume, folder)).order_by(MirrorRow.path)
    return [_mirror_of(row) for row in connection.execute(query)]


def sibling(connection: Connection, volume: str, path: str) -> Segment | None:
    """The segment under the same path on another volume, if it is recorded or missing."""
    query = SELECT_SEGMENT.where(
        SegmentRow.path == path,
        SegmentRow.volume_uuid.in_(_other_volumes(connection, volume)),
        SegmentRow.state.in_(_STANDING),
    )
    found = [segment_of(row) for row in connection.execute(query)]
    return min(found, key=lambda one: _STANDING.index(one.state.value), default=None)


def _other_volumes(connection: Connection, volume: str) -> list[str]:
    return [uuid for uuid in connection.execute(select(VolumeRow.uuid)).scalars() if uuid != volume]


def mirror_volumes(connection: Connection, paths: Collection[str]) -> Mapping[str, str]:
    """By path: the volume of the second file, of those segments that have one."""
    query = select(MirrorRow.path, MirrorRow.volume_uuid).where(MirrorRow.path.in_(paths), _CLOSED)
    return {row.path: row.volume_uuid for row in connection.execute(query)}


def any_mirrors(connection: Connection) -> bool:
    """Whether there is any second file."""
    return connection.execute(select(MirrorRow.path).limit(1)).one_or_none() is not None


def oldest_mirrored(
    connection: Connection, stream: StreamId, volume: str, firsts: Collection[str], limit: int
) -> list[Segment]:
    """The oldest closed segments with a second file on a volume that no protection reaches into, by start.

    Args:
        firsts: volumes on which their first files may be.
        limit: at most so many.
    """
    second = select(MirrorRow.path).where(
        MirrorRow.volume_uuid == volume, MirrorRow.path == SegmentRow.path, _CLOSED
    )
    query = SELECT_SEGMENT.where(
        SegmentRow.stream_id == key_of(stream),
        SegmentRow.state == SegmentState.CLOSED.value,
        SegmentRow.volume_uuid.in_(firsts),
        ~IS_PROTECTED,
        second.exists(),
    )
    return [segment_of(row) for row in connection.execute(query.order_by(SegmentRow.start).limit(limit))]


def mirrored_bytes(connection: Connection) -> Mapping[str, int]:
    """Bytes of second files, by volume."""
    sums = select(MirrorRow.volume_uuid, func.sum(MirrorRow.size)).where(_CLOSED).group_by(MirrorRow.volume_uuid)
    return {volume: int(size) for volume, size in connection.execute(sums)}


def marked_mirrors(connection: Connection, volume: str, limit: int) -> list[str]:
    """Paths of those on a volume that are to be deleted; at most so many."""
    query = select(MirrorRow.path).where(
        MirrorRow.volume_uuid == volume, MirrorRow.state == SegmentState.DELETING.value
    )
    return list(connection.execute(query.limit(limit)).scalars())


def standing_for(
    connection: Connection, volume: str, there: Collection[str], limit: int
) -> list[tuple[Segment, Mirror]]:
    """Segments whose file is, or was, on a volume, and their second files on others; at most so many."""
    inner = (
        select(SegmentRow.id, MirrorRow.volume_uuid)
        .join(MirrorRow, (MirrorRow.path == SegmentRow.path) & (MirrorRow.volume_uuid != SegmentRow.volume_uuid))
        .where(
            SegmentRow.volume_uuid == volume,
            SegmentRow.state.in_(_STANDING),
            MirrorRow.volume_uuid.in_(there),
            _CLOSED,
        )
        .limit(limit)
    )
    found = []
    for key, other in connection.execute(inner).all():
        segment = segment_of(connection.execute(SELECT_SEGMENT.where(SegmentRow.id == key)).one())
        mirror = mirror_at(connection, other, segment.path)
        assert mirror is not None
        found.append((segment, mirror))
    return found


def unended_mirrors(connection: Connection, volume: str, before: UtcNs) -> list[Mirror]:
    """Second files on a volume without an end whose segments ended before a moment."""
    first = select(SegmentRow.id).where(
        SegmentRow.path == MirrorRow.path,
        SegmentRow.volume_uuid.in_(select(VolumeRow.uuid)),
        SegmentRow.state != SegmentState.OPEN.value,
        SegmentRow.end < before,
    )
    is_open = MirrorRow.state == SegmentState.OPEN.value
    query = _SELECT.where(MirrorRow.volume_uuid == volume, is_open, first.exists())
    return [_mirror_of(row) for row in connection.execute(query)]


def single_segments(
    connection: Connection, stream: StreamId, volumes: Sequence[str], within: Span, limit: int
) -> list[Segment]:
    """Closed segments on these volumes without a whole second file on one of them, by start; at most so many.

    Args:
        within: only those that begin after its start and end before its end.
    """
    second = select(MirrorRow.path).where(
        MirrorRow.path == SegmentRow.path,
        MirrorRow.volume_uuid.in_(volumes),
        or_(MirrorRow.frames >= SegmentRow.frames, MirrorRow.state != SegmentState.CLOSED.value),
    )
    query = (
        SELECT_SEGMENT.where(
            SegmentRow.stream_id == key_of(stream),
            SegmentRow.start > within.start,
            SegmentRow.end < within.end,
            SegmentRow.state == SegmentState.CLOSED.value,
            SegmentRow.volume_uuid.in_(volumes),
            ~second.exists(),
        )
        .order_by(SegmentRow.start)
        .limit(limit)
    )
    return [segment_of(row) for row in connection.execute(query)]


# --- what becomes of them ------------------------------------------------------------------------------


def mirror_changed(writer: IndexWriter, segment: Segment) -> None:
    """Enter a second file as it is now; one that stands for its segment by itself is none."""
    known = select(SegmentRow.id).filter_by(volume_uuid=segment.volume, path=segment.path)
    if writer.connection.execute(known).one_or_none() is not None:
        return
    at = {"volume_uuid": segment.volume, "path": segment.path}
    values = {
        "start": segment.start,
        "end": segment.end,
        "state": segment.state.value,
        "size": segment.size,
        "frames": segment.frames,
    }
    state = writer.connection.execute(select(MirrorRow.state).filter_by(**at)).scalar_one_or_none()
    if state is None:
        key = writer.stream_key(segment.stream)
        writer.connection.execute(insert(MirrorRow).values(values | at | {"stream_id": key}))
    elif state in _REPLACEABLE[segment.state]:
        writer.connection.execute(update(MirrorRow).filter_by(**at).values(values))


def forget_mirrors(writer: IndexWriter, volume: str, paths: Collection[str]) -> None:
    """These files are gone."""
    writer.connection.execute(delete(MirrorRow).where(MirrorRow.volume_uuid == volume, MirrorRow.path.in_(paths)))


def mark_mirrors(writer: IndexWriter, paths: Collection[str]) -> None:
    """Second files of these segments are to be deleted, wherever they are."""
    deleting = {"state": SegmentState.DELETING.value}
    writer.connection.execute(update(MirrorRow).where(MirrorRow.path.in_(paths)).values(deleting))


def taken_over(writer: IndexWriter, segment: Segment, broken: str) -> None:
    """The second file stands for a segment; the first, on a volume that failed, is to be deleted."""
    forget_mirrors(writer, segment.volume, [segment.path])
    if _replaced(writer, broken, segment):
        mirror_changed(writer, replace(segment, volume=broken, state=SegmentState.DELETING, size=0, frames=0))
        return
    writer.segment_discarded(broken, segment.path)  # told again, after it was entered
    (writer.segment_opened if segment.state is SegmentState.OPEN else writer.segment_closed)(segment)


def segment_lost(writer: IndexWriter, volume: str, path: str) -> None:
    """The file of a segment is gone or of no use; its second file stands for it if it has one."""
    writer.segment_missing(volume, path)
    found = writer.connection.execute(
        SELECT_SEGMENT.where(SegmentRow.volume_uuid == volume, SegmentRow.path == path)
    ).one_or_none()
    whole = [one for one in mirrors_of(writer.connection, path) if one.state is SegmentState.CLOSED]
    if found is not None and whole:
        promote(writer, segment_of(found), whole[0])


def promote(writer: IndexWriter, segment: Segment, mirror: Mirror) -> None:
    """The second file stands for a segment whose own file is gone."""
    forget_mirrors(writer, mirror.volume, [mirror.path])
    _replaced(writer, segment.volume, mirrored(segment, mirror))


def exchange(writer: IndexWriter, segment: Segment, mirror: Mirror) -> None:
    """First and second file of a segment change their parts; a file that is missing has none."""
    promote(writer, segment, mirror)
    if segment.state is not SegmentState.MISSING:
        mirror_changed(writer, segment)


def _replaced(writer: IndexWriter, volume: str, segment: Segment) -> bool:
    """Whether a file on another volume stands now for a segment that was on this one; the row keeps its key."""
    if not writer.segment_placed(volume, segment.path, segment.volume):
        return False
    (writer.segment_grown if segment.state is SegmentState.OPEN else writer.segment_found)(segment)
    return True
