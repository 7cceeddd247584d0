"""Which segment shows a moment, and where its files lie."""

from http import HTTPStatus
from pathlib import Path

from gstnvr.api.common.errors import RefusedError
from gstnvr.api.common.ports import ApiServices
from gstnvr.api.recordings.thumbnail_ports import SegmentPlace
from gstnvr.db.mirrors import mirrors_of
from gstnvr.db.timeline import RECORDED_STATES
from gstnvr.model.clock import NS_PER_S, UtcNs, format_utc
from gstnvr.model.ids import StreamId
from gstnvr.model.records import Segment, SegmentState

_NOT_KNOWN_YET_NS = 15 * NS_PER_S
"""A segment that grows goes on for longer than the index knows."""


def segment_at(services: ApiServices, stream: StreamId, at: UtcNs) -> Segment:
    """The segment that shows a moment.

    Raises:
        RefusedError: nothing was recorded then.
    """
    found = services.index.segments(
        stream, start=UtcNs(max(0, at - _NOT_KNOWN_YET_NS)), end=UtcNs(at + 1), states=RECORDED_STATES
    )
    fitting = [one for one in found if at < one.end or one.state is SegmentState.OPEN]
    if not fitting:
        message = f"nothing was recorded of {stream} at {format_utc(at)}"
        raise RefusedError(HTTPStatus.NOT_FOUND, "nothing_recorded", message)
    return fitting[-1]


def places_of(services: ApiServices, segment: Segment) -> list[SegmentPlace]:
    """Where its files should be, the best place first; none if all are elsewhere."""
    if segment.state is SegmentState.REMOTE:
        brought = services.fetched / segment.path
        return [SegmentPlace(services.fetched, segment.path)] if brought.exists() else []
    volumes = {volume.uuid: Path(volume.path) for volume in services.index.volumes()}
    with services.index.reading() as connection:
        mirrors = [one for one in mirrors_of(connection, segment.path) if one.state is not SegmentState.DELETING]
    found = [segment.volume, *(mirror.volume for mirror in mirrors)]
    return [SegmentPlace(volumes[volume], segment.path) for volume in found if volume in volumes]
