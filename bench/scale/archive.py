"""What a large archive holds: a year of faults, and the segments that were not deleted yet."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from gstnvr.model.choices import Container
from gstnvr.model.clock import NS_PER_MS, NS_PER_S, UtcNs
from gstnvr.model.faults import Fault, GapCause, Reason, Severity
from gstnvr.model.ids import CameraId, StreamId, StreamKind
from gstnvr.model.records import Incident, Outage, Segment, SegmentState, TrackInfo
from gstnvr.volume.paths import SegmentName, segment_path

DAY_NS = 86_400 * NS_PER_S
SEGMENT_NS = 60 * NS_PER_S

_FAULTS = (
    (GapCause.NETWORK, Fault.RTSP_NETWORK, Reason.UNREACHABLE, "the camera cannot be reached"),
    (GapCause.NETWORK, Fault.RTSP_NETWORK, Reason.VIDEO_STALLED, "the camera sends no pictures any more"),
    (GapCause.STORAGE, Fault.STORAGE_DISCONNECTED, Reason.IO_ERROR, "the volume cannot be written to"),
)
_LONGEST_FAULT_S = 120
_FRAMES_PER_S = 25
_BYTES_PER_S = 500_000
_TRACKS = TrackInfo("h264", 1920, 1080, "aac")


@dataclass(frozen=True, slots=True)
class Shape:
    """How large an archive is to be."""

    segments: int = 1_000_000
    cameras: int = 64
    days: int = 365
    """Faults and deletions are known for so long."""
    faults_per_day: int = 3
    """Of each camera; each is an outage, an incident and a gap."""

    @property
    def streams(self) -> list[StreamId]:
        """The main streams of all cameras."""
        return [StreamId(CameraId(f"cam{number:02}"), StreamKind.MAIN) for number in range(1, self.cameras + 1)]


@dataclass(frozen=True, slots=True)
class History:
    """What happened to one stream."""

    stream: StreamId
    outages: Sequence[Outage]
    """Faults, and what was deleted between them."""
    incidents: Sequence[Incident]
    segments: Sequence[Segment]
    """By start, each on the next volume."""


def history(shape: Shape, number: int, volumes: Sequence[str], end: UtcNs) -> History:
    """Make up what happened to a stream: the same whenever it is asked for.

    Args:
        number: which of the streams.
        volumes: identities of the volumes, which take turns.
        end: of the last segment; then gstnvr was stopped in good order.
    """
    chance = random.Random(f"{shape} {number}")
    stream = shape.streams[number]
    faults = list(_faults(shape, stream, chance, end))
    spans = _spans(shape.segments // shape.cameras, faults, end)
    segments = [_segment(stream, volumes[each % len(volumes)], *span, chance) for each, span in enumerate(spans)]
    deleted = _deleted(stream, faults, UtcNs(end - shape.days * DAY_NS), segments[0].start, chance)
    stop = Outage(_uid(chance), stream, end, None, GapCause.SHUTDOWN, "gstnvr was stopped")
    outages = [fault for fault, _ in faults] + deleted + [stop]
    return History(stream, outages, [incident for _, incident in faults], segments)


def _uid(chance: random.Random) -> str:
    return UUID(int=chance.getrandbits(128), version=4).hex


def _faults(
    shape: Shape, stream: StreamId, chance: random.Random, end: UtcNs
) -> Iterator[tuple[Outage, Incident]]:
    pitch = DAY_NS // shape.faults_per_day // NS_PER_MS * NS_PER_MS
    for number in range(shape.days * shape.faults_per_day):
        beginning = end - shape.days * DAY_NS + number * pitch
        start = UtcNs(beginning + chance.randrange(pitch // 2 // NS_PER_MS) * NS_PER_MS)
        over = UtcNs(start + chance.randrange(5, _LONGEST_FAULT_S) * NS_PER_S)
        cause, fault, reason, message = chance.choice(_FAULTS)
        uid = _uid(chance)
        incident = Incident(
            uid=uid,
            camera=stream.camera,
            stream=stream,
            fault=fault,
            reason=reason,
            severity=Severity.MEDIUM,
            message=message,
            code="gst-resource-error-quark 7",
            started=start,
            detected=UtcNs(start + 2 * NS_PER_S),
            recovered=over,
            attempts=chance.randrange(1, 8),
        )
        yield Outage(_uid(chance), stream, start, over, cause, message, uid), incident


def _spans(wanted: int, faults: Sequence[tuple[Outage, Incident]], end: UtcNs) -> list[tuple[UtcNs, UtcNs]]:
    """Starts and ends of segments, the newest last: between faults one after the other without a hole."""
    spans: list[tuple[UtcNs, UtcNs]] = []
    reach = end
    for fault, _ in reversed(faults):
        assert fault.end is not None
        starts = range(fault.end, reach, SEGMENT_NS)
        spans += [(UtcNs(start), UtcNs(min(start + SEGMENT_NS, reach))) for start in reversed(starts)]
        reach = fault.start
        if len(spans) >= wanted:
            break
    return spans[wanted - 1 :: -1]


def _segment(stream: StreamId, volume: str, start: UtcNs, end: UtcNs, chance: random.Random) -> Segment:
    seconds = (end - start) / NS_PER_S
    path = segment_path(SegmentName(stream, start, Container.MP4))
    size = max(1, round(seconds * _BYTES_PER_S * chance.uniform(0.9, 1.1)))
    frames = max(1, round(seconds * _FRAMES_PER_S))
    return Segment(stream, volume, path, start, end, SegmentState.CLOSED, size, frames, _TRACKS)


def _deleted(
    stream: StreamId,
    faults: Sequence[tuple[Outage, Incident]],
    first: UtcNs,
    kept_from: UtcNs,
    chance: random.Random,
) -> list[Outage]:
    """What was recorded before the first segment that is left, as deletions tell of it."""
    found = []
    reach = first
    for fault, _ in faults:
        assert fault.end is not None
        until = min(fault.start, kept_from)
        if until > reach:
            found.append(Outage(_uid(chance), stream, reach, UtcNs(until), GapCause.DELETED, "deleted"))
        reach = UtcNs(max(reach, fault.end))
    return found
