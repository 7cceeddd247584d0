"""What changed of all that is known of recordings: told to whoever listens."""

from dataclasses import dataclass
from enum import StrEnum

from gstnvr.model.clock import UtcNs
from gstnvr.model.ids import StreamId
from gstnvr.model.records import Gap, Incident


class SegmentChange(StrEnum):
    """What became of segments."""

    OPENED = "opened"
    CLOSED = "closed"
    DELETED = "deleted"


class GapChange(StrEnum):
    """What became of a gap."""

    OPENED = "opened"
    CHANGED = "changed"
    OVER = "over"
    REMOVED = "removed"
    """It turned out that nothing is missing there, or another one takes its place."""


class IncidentChange(StrEnum):
    """What became of an incident."""

    OPENED = "opened"
    CHANGED = "changed"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class SegmentNews:
    """A segment was begun, has its end, or adjoining ones are gone."""

    change: SegmentChange
    stream: StreamId
    start: UtcNs
    end: UtcNs
    segments: int = 1
    key: int | None = None
    """Of the row; None: deleted."""


@dataclass(frozen=True, slots=True)
class GapNews:
    """A gap, as it is now or was."""

    change: GapChange
    gap: Gap


@dataclass(frozen=True, slots=True)
class IncidentNews:
    """An incident as it is now."""

    change: IncidentChange
    incident: Incident


@dataclass(frozen=True, slots=True)
class RecordingsNews:
    """So much changed within a span at once that it is to be read again."""

    stream: StreamId
    start: UtcNs
    end: UtcNs | None
    """None: up to now."""


IndexNews = SegmentNews | GapNews | IncidentNews | RecordingsNews
