"""Rows of the tables as facts of the model, and the selects that read them."""

from typing import Any

from sqlalchemy import ColumnElement, Row, ScalarSelect, Select, literal_column, select

from gstnvr.db.tables import GapRow, IncidentRow, OutageRow, SegmentRow, StreamRow
from gstnvr.model.clock import UtcNs
from gstnvr.model.faults import Fault, GapCause, Reason, Severity
from gstnvr.model.ids import CameraId, StreamId, StreamKind
from gstnvr.model.records import Gap, Incident, Outage, Segment, SegmentState, TrackInfo

SELECT_SEGMENT: Select[Any] = select(SegmentRow.__table__, StreamRow.camera_id, StreamRow.kind).join_from(
    SegmentRow, StreamRow, SegmentRow.stream_id == StreamRow.id
)
SELECT_GAP: Select[Any] = select(GapRow.__table__, StreamRow.camera_id, StreamRow.kind).join_from(
    GapRow, StreamRow, GapRow.stream_id == StreamRow.id
)
SELECT_OUTAGE: Select[Any] = select(OutageRow.__table__, StreamRow.camera_id, StreamRow.kind).join_from(
    OutageRow, StreamRow, OutageRow.stream_id == StreamRow.id
)
SELECT_INCIDENT: Select[Any] = select(
    IncidentRow.__table__, StreamRow.camera_id.label("stream_camera_id"), StreamRow.kind
).join_from(IncidentRow, StreamRow, IncidentRow.stream_id == StreamRow.id, isouter=True)

IS_OPEN: ColumnElement[bool] = SegmentRow.state == literal_column(f"'{SegmentState.OPEN.value}'")
"""Spelled out, because a value that is bound keeps SQLite from using the index of open segments."""


def key_of(stream: StreamId) -> ScalarSelect[int]:
    """Key of a stream's row. A join would keep PostgreSQL from seeing that an index is in order of time."""
    query = select(StreamRow.id).where(StreamRow.camera_id == stream.camera, StreamRow.kind == stream.kind.value)
    return query.correlate(None).scalar_subquery()


def _utc(value: int | None) -> UtcNs | None:
    return None if value is None else UtcNs(value)


def stream_of(row: Row[Any]) -> StreamId:
    return StreamId(CameraId(row.camera_id), StreamKind(row.kind))


def segment_of(row: Row[Any]) -> Segment:
    return Segment(
        stream=stream_of(row),
        volume=row.volume_uuid,
        path=row.path,
        start=UtcNs(row.start),
        end=UtcNs(row.end),
        state=SegmentState(row.state),
        size=row.size,
        frames=row.frames,
        tracks=TrackInfo(row.video_codec, row.width, row.height, row.audio_codec),
        id=row.id,
    )


def segment_values(segment: Segment) -> dict[str, Any]:
    """Columns that change while a segment lives."""
    return {
        "start": segment.start,
        "end": segment.end,
        "state": segment.state.value,
        "size": segment.size,
        "frames": segment.frames,
        "video_codec": segment.tracks.video_codec,
        "width": segment.tracks.width,
        "height": segment.tracks.height,
        "audio_codec": segment.tracks.audio_codec,
    }


def gap_of(row: Row[Any]) -> Gap:
    return Gap(
        stream=stream_of(row),
        start=UtcNs(row.start),
        end=_utc(row.end),
        cause=GapCause(row.cause),
        detail=row.detail,
        incident=row.incident_uid,
    )


def outage_of(row: Row[Any]) -> Outage:
    return Outage(
        uid=row.uid,
        stream=stream_of(row),
        start=UtcNs(row.start),
        end=_utc(row.end),
        cause=GapCause(row.cause),
        detail=row.detail,
        incident=row.incident_uid,
    )


def missing_values(missing: Gap | Outage) -> dict[str, Any]:
    """Columns that gaps and outages have in common."""
    return {
        "start": missing.start,
        "end": missing.end,
        "cause": missing.cause.value,
        "detail": missing.detail,
        "incident_uid": missing.incident,
    }


def incident_of(row: Row[Any]) -> Incident:
    stream = None if row.kind is None else StreamId(CameraId(row.stream_camera_id), StreamKind(row.kind))
    return Incident(
        uid=row.uid,
        camera=None if row.camera_id is None else CameraId(row.camera_id),
        stream=stream,
        fault=Fault(row.fault),
        reason=Reason(row.reason),
        severity=Severity(row.severity),
        message=row.message,
        code=row.code,
        started=UtcNs(row.started),
        detected=UtcNs(row.detected),
        recovered=_utc(row.recovered),
        attempts=row.attempts,
    )


def incident_values(incident: Incident) -> dict[str, Any]:
    return {
        "fault": incident.fault.value,
        "reason": incident.reason.value,
        "severity": incident.severity.value,
        "message": incident.message,
        "code": incident.code,
        "started": incident.started,
        "detected": incident.detected,
        "recovered": incident.recovered,
        "attempts": incident.attempts,
    }
