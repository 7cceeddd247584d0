"""Rows of an index, at seconds from noon."""

from gstnvr.model.clock import NS_PER_S, UtcNs, parse_utc
from gstnvr.model.faults import GapCause
from gstnvr.model.ids import CameraId, StreamId, StreamKind
from gstnvr.model.records import Gap, Outage, Segment, SegmentState, TrackInfo, Volume

NOON = parse_utc("2026-11-21T12:00:00Z")
YARD = StreamId(CameraId("yard"), StreamKind.MAIN)
GATE = StreamId(CameraId("gate"), StreamKind.SUB)
VOLUME = Volume("9d8f2a52-7d2f-4cf8-9f42-8a4f7a2c1a11", "/srv/video")


def at(seconds: float) -> UtcNs:
    return UtcNs(NOON + round(seconds * NS_PER_S))


def segment(
    start: float, end: float, stream: StreamId = YARD, state: SegmentState = SegmentState.CLOSED
) -> Segment:
    path = f"{stream.camera}/20261121/{stream.camera}_{stream.kind}_{at(start)}.mp4"
    return Segment(
        stream, VOLUME.uuid, path, at(start), at(end), state, 1000, 25, TrackInfo("h264", 1920, 1080, "aac")
    )


def outage(uid: str, start: float, end: float | None, stream: StreamId = YARD) -> Outage:
    return Outage(
        uid, stream, at(start), None if end is None else at(end), GapCause.NETWORK, "camera is off", "i1"
    )


def gap(start: float, end: float | None, stream: StreamId = YARD) -> Gap:
    return Gap(stream, at(start), None if end is None else at(end), GapCause.NETWORK, "camera is off", "i1")
