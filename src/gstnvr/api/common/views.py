"""From rows and states to answers."""

from gstnvr.api.common import schemas
from gstnvr.api.common.ports import ComponentHealth, LiveStream, VolumeView
from gstnvr.api.recordings.timeline import MissingSpan
from gstnvr.api.storage.volume_schemas import Volume, WrittenStream
from gstnvr.db.timeline import RECORDED_STATES
from gstnvr.model.clock import NS_PER_S, UtcNs, format_utc
from gstnvr.model.faults import FaultReport
from gstnvr.model.recording import RecordingIntent
from gstnvr.model.records import Incident, Segment
from gstnvr.model.status import LinkStatus, PacketCounts, StreamStatistics
from gstnvr.model.stream_state import stream_state


def seconds(start: UtcNs, end: UtcNs) -> float:
    """Length of a span, to the millisecond, never below 0."""
    return round(max(0, end - start) / NS_PER_S, 3)


def stream_view(live: LiveStream, now: UtcNs) -> schemas.Stream:
    """A stream as it is now."""
    status = live.status
    return schemas.Stream(
        camera=status.stream.camera,
        camera_name=live.camera_name,
        stream=status.stream.kind,
        state=stream_state(status),
        phase=status.session,
        since=format_utc(status.since),
        recording=status.recording,
        intent=intent_view(live.intent),
        cause=cause_view(status.fault),
        attempts=status.attempts,
        next_retry=_optional(status.next_retry),
        next_retry_in_s=None if status.next_retry is None else seconds(now, status.next_retry),
        statistics=statistics_view(status.statistics),
        segment_path=status.segment_path,
        buffered_s=round(status.buffered_s, 3),
    )


def intent_view(intent: RecordingIntent) -> schemas.Intent:
    """Whether a camera is to be recorded."""
    order = intent.order
    return schemas.Intent(
        mode=intent.mode,
        record=intent.record,
        since=_optional(intent.since),
        until=_optional(intent.until),
        order=None if order is None else schemas.Order(since=format_utc(order.since), by=order.by),
    )


def segment_view(segment: Segment) -> schemas.Segment:
    """A row of the index, which must have been stored."""
    assert segment.id is not None
    has_file = segment.state in RECORDED_STATES
    return schemas.Segment(
        id=segment.id,
        camera=segment.stream.camera,
        stream=segment.stream.kind,
        start=format_utc(segment.start),
        end=format_utc(segment.end),
        seconds=seconds(segment.start, segment.end),
        state=segment.state,
        bytes=segment.size,
        frames=segment.frames,
        volume=segment.volume,
        path=segment.path,
        video_codec=segment.tracks.video_codec,
        width=segment.tracks.width,
        height=segment.tracks.height,
        audio_codec=segment.tracks.audio_codec,
        file=f"/api/v1/segments/{segment.id}/file" if has_file else None,
    )


def incident_view(incident: Incident, now: UtcNs) -> schemas.Incident:
    """An incident; one that lasts ends now."""
    return schemas.Incident(
        id=incident.uid,
        camera=incident.camera,
        stream=None if incident.stream is None else incident.stream.kind,
        fault=incident.fault,
        reason=incident.reason,
        severity=incident.severity,
        message=incident.message,
        code=incident.code,
        started=format_utc(incident.started),
        detected=format_utc(incident.detected),
        recovered=_optional(incident.recovered),
        seconds=seconds(incident.started, now if incident.recovered is None else incident.recovered),
        attempts=incident.attempts,
    )


def gap_view(missing: MissingSpan) -> schemas.Gap:
    """A gap, cut to the span that was asked for."""
    return schemas.Gap(
        start=format_utc(missing.span.start),
        end=format_utc(missing.span.end),
        seconds=seconds(missing.span.start, missing.span.end),
        cause=missing.gap.cause,
        detail=missing.gap.detail,
        incident=missing.gap.incident,
        ongoing=missing.gap.end is None,
        planned=missing.gap.cause.planned,
    )


def component_view(component: ComponentHealth) -> schemas.Component:
    """Whether a part responds."""
    return schemas.Component(name=component.name, healthy=component.healthy, detail=component.detail)


def volume_view(volume: VolumeView) -> Volume:
    """A volume as it is now."""
    return Volume(
        path=volume.path,
        volume=volume.uuid,
        state=volume.state,
        cause=cause_view(volume.cause),
        free_bytes=volume.free_bytes,
        total_bytes=volume.total_bytes,
        streams=[WrittenStream(camera=stream.camera, stream=stream.kind.value) for stream in volume.streams],
    )


def _optional(moment: UtcNs | None) -> str | None:
    return None if moment is None else format_utc(moment)


def cause_view(fault: FaultReport | None) -> schemas.Cause | None:
    """What is wrong, if anything is."""
    if fault is None:
        return None
    return schemas.Cause(
        fault=fault.fault,
        reason=fault.reason,
        severity=fault.severity,
        message=fault.message,
        code=fault.code,
    )


def statistics_view(figures: StreamStatistics) -> schemas.Statistics:
    """Figures of a stream."""
    age = figures.last_frame_age_s
    return schemas.Statistics(
        fps=round(figures.fps, 2),
        bitrate_bps=round(figures.bitrate_bps),
        width=figures.width,
        height=figures.height,
        video_codec=figures.video_codec,
        audio_codec=figures.audio_codec,
        last_frame_age_s=None if age is None else round(age, 3),
        frames=figures.frames,
        bytes=figures.bytes,
        reconnects=figures.reconnects,
        frames_dropped=figures.frames_dropped,
        fps_minute=figures.fps_minute,
        bitrate_minute_bps=figures.bitrate_minute_bps,
        link=None if figures.link is None else _link(figures.link),
    )


def _link(link: LinkStatus) -> schemas.Link:
    return schemas.Link(
        udp=link.udp,
        jitter_ms=link.jitter_ms,
        second=_packets(link.second),
        minute=_packets(link.minute),
        session=_packets(link.session),
    )


def _packets(counts: PacketCounts) -> schemas.Packets:
    return schemas.Packets(
        received=counts.received,
        lost=counts.lost,
        late=counts.late,
        duplicate=counts.duplicate,
        retransmissions_asked=counts.retransmissions_asked,
        retransmissions_received=counts.retransmissions_received,
    )
