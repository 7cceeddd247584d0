"""An archive written into an index and onto its volumes, much faster than it would come about."""

import os
from collections.abc import Iterable, Iterator, Sequence
from heapq import merge
from itertools import groupby
from operator import attrgetter
from pathlib import Path

from sqlalchemy import insert, text

from bench.scale.archive import DAY_NS, History, Shape, history
from gstnvr.db.index import Index
from gstnvr.db.protections import Protection, protect, release
from gstnvr.db.rows import incident_values, missing_values, segment_values
from gstnvr.db.tables import IncidentRow, OutageRow, SegmentRow
from gstnvr.model.clock import NS_PER_S, UtcNs
from gstnvr.model.ids import StreamId
from gstnvr.model.records import Segment, Volume

_HOUR_NS = 3600 * NS_PER_S
_PROTECTIONS = 10
"""Of each camera, every other one released."""
_PROTECTED_NS = 600 * NS_PER_S


def fill(index: Index, shape: Shape, volumes: Sequence[Volume], end: UtcNs) -> None:
    """Write an archive into an empty index: rows in the order of their time, as cameras that record at once do.

    Gaps are computed and sums are added up as always.
    """
    identities = [volume.uuid for volume in volumes]
    histories = [history(shape, number, identities, end) for number in range(shape.cameras)]
    with index.writing() as writer:
        for volume in volumes:
            writer.ensure_volume(volume)
        for one in histories:
            writer.ensure_stream(one.stream, one.stream.camera)
        keys = {one.stream: writer.stream_key(one.stream) for one in histories}
    _enter_segments(index, histories, keys)
    for one in histories:
        _enter_faults(index, one, keys[one.stream])
        _enter_protections(index, one, end)
    _gather_statistics(index)


def _enter_segments(index: Index, histories: Sequence[History], keys: dict[StreamId, int]) -> None:
    in_order: Iterable[Segment] = merge(*(one.segments for one in histories), key=attrgetter("start"))
    for _, hour in groupby(in_order, lambda segment: segment.start // _HOUR_NS):
        rows = [
            segment_values(segment)
            | {
                "volume_uuid": segment.volume,
                "path": segment.path,
                "stream_id": keys[segment.stream],
                "epoch": 0,
            }
            for segment in hour
        ]
        with index.writing() as writer:
            writer.connection.execute(insert(SegmentRow), rows)


def _enter_faults(index: Index, one: History, key: int) -> None:
    outages = [
        missing_values(outage) | {"uid": outage.uid, "stream_id": key, "epoch": 0} for outage in one.outages
    ]
    incidents = [
        incident_values(incident) | {"uid": incident.uid, "camera_id": incident.camera, "stream_id": key}
        for incident in one.incidents
    ]
    with index.writing() as writer:
        writer.connection.execute(insert(OutageRow), outages)
        writer.connection.execute(insert(IncidentRow), incidents)
        writer.recompute(one.stream)


def _enter_protections(index: Index, one: History, end: UtcNs) -> None:
    """Spread over what is left."""
    first = one.segments[0].start
    pitch = (end - first) // _PROTECTIONS
    with index.writing() as writer:
        for number in range(_PROTECTIONS):
            start = UtcNs(first + number * pitch + pitch // 2)
            uid = f"{one.stream.camera}-{number}"
            over = UtcNs(start + _PROTECTED_NS)
            protect(writer, Protection(uid, one.stream, start, over, "theft", "kim", over))
            if number % 2:
                release(writer, uid, UtcNs(over + DAY_NS), "kim")


def _gather_statistics(index: Index) -> None:
    """What PostgreSQL does by itself within a minute or so."""
    with index.writing() as writer:
        if writer.connection.dialect.name == "postgresql":
            writer.connection.execute(text("ANALYZE"))


def make_files(segments: Iterable[Segment], roots: dict[str, Path]) -> int:
    """Make sparse files of the sizes that the index tells; how many."""
    folders: set[Path] = set()
    count = 0
    for segment in segments:
        path = roots[segment.volume] / segment.path
        if path.parent not in folders:
            path.parent.mkdir(parents=True, exist_ok=True)
            folders.add(path.parent)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o640)
        os.truncate(descriptor, segment.size)
        os.close(descriptor)
        count += 1
    return count


def all_segments(shape: Shape, volumes: Sequence[Volume], end: UtcNs) -> Iterator[Segment]:
    """Those that ``fill`` enters."""
    identities = [volume.uuid for volume in volumes]
    for number in range(shape.cameras):
        yield from history(shape, number, identities, end).segments
