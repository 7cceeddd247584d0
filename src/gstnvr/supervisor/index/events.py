"""From what recorders tell to changes of the index."""

from collections.abc import Mapping
from dataclasses import replace

from gstnvr.db.mirrors import forget_mirrors, mirror_changed, taken_over
from gstnvr.db.writer import IndexWriter
from gstnvr.ipc.messages import (
    IncidentChanged,
    MirrorChanged,
    OutageChanged,
    RecorderEvent,
    SegmentAbandoned,
    SegmentClosed,
    SegmentDiscarded,
    SegmentGrown,
    SegmentOpened,
    SegmentTakenOver,
)
from gstnvr.model.clock import UtcNs
from gstnvr.model.ids import StreamId
from gstnvr.model.records import Incident, Outage
from gstnvr.supervisor.index.ledger import Entry


def enter(writer: IndexWriter, event: RecorderEvent) -> None:
    """Enter one event; again does no harm.

    Raises:
        UnknownVolumeError: a segment on a volume that the index was never told of.
    """
    match event:
        case SegmentOpened(segment=segment):
            writer.segment_opened(segment)
        case SegmentGrown(segment=segment):
            writer.segment_grown(segment)
        case SegmentClosed(segment=segment):
            writer.segment_closed(segment)
        case SegmentDiscarded(volume=volume, path=path):
            writer.segment_discarded(volume, path)
            forget_mirrors(writer, volume, [path])
        case SegmentAbandoned(volume=volume, path=path):
            writer.segment_abandoned(volume, path)
        case MirrorChanged(segment=segment):
            mirror_changed(writer, segment)
        case SegmentTakenOver(segment=segment, broken=broken):
            taken_over(writer, segment, broken)
        case OutageChanged(outage=outage):
            writer.outage_changed(outage)
        case IncidentChanged(incident=incident):
            writer.incident_changed(incident)


def describe(event: RecorderEvent) -> str:
    """What it is about, for a log line."""
    match event:
        case SegmentDiscarded(path=path) | SegmentAbandoned(path=path):
            subject = path
        case OutageChanged(outage=outage):
            subject = f"{outage.stream} {outage.uid}"
        case IncidentChanged(incident=incident):
            subject = incident.uid
        case SegmentOpened(segment=segment) | SegmentGrown(segment=segment) | SegmentClosed(segment=segment):
            subject = segment.path
        case MirrorChanged(segment=segment) | SegmentTakenOver(segment=segment):
            subject = segment.path
    return f"{type(event).__name__} of {subject}"


def ended(outage: Outage, at: UtcNs) -> Outage:
    """The outage, over now; it is none if it began later."""
    return replace(outage, end=UtcNs(max(at, outage.start)))


def outage_entry(outage: Outage) -> Entry:
    """An outage as it is now."""
    return Entry(f"outage {outage.uid}", lambda writer: writer.outage_changed(outage))


def incident_entry(incident: Incident) -> Entry:
    """An incident as it is now."""
    return Entry(f"incident {incident.uid}", lambda writer: writer.incident_changed(incident))


def over(incident: Incident, now: UtcNs) -> Incident:
    """The incident, ended with its cause or with whoever could have said that it ended."""
    return replace(incident, recovered=UtcNs(max(now, incident.detected)))


def enter_cameras(writer: IndexWriter, names: Mapping[StreamId, str]) -> None:
    """Enter the streams of the settings, and what their cameras are called."""
    for stream, name in names.items():
        writer.ensure_stream(stream, name)
