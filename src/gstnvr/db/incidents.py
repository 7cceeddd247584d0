"""Which incidents are asked for, as queries."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, or_, select

from gstnvr.db.ledger import Span
from gstnvr.db.rows import SELECT_INCIDENT
from gstnvr.db.tables import IncidentRow
from gstnvr.model.access import ALL_CAMERAS, Cameras
from gstnvr.model.clock import UtcNs
from gstnvr.model.faults import Fault, Reason
from gstnvr.model.ids import CameraId


@dataclass(frozen=True, slots=True)
class IncidentFilter:
    """What they have in common; what is None does not matter."""

    camera: CameraId | None = None
    fault: Fault | None = None
    reason: Reason | None = None
    seen: Cameras = ALL_CAMERAS
    """Of these cameras; those of no camera only if it is all."""

    def conditions(self) -> list[ColumnElement[bool]]:
        """As conditions of a query."""
        found: list[ColumnElement[bool]] = []
        if self.seen.only is not None:
            found.append(IncidentRow.camera_id.in_(sorted(self.seen.only)))
        if self.camera is not None:
            found.append(IncidentRow.camera_id == self.camera)
        if self.fault is not None:
            found.append(IncidentRow.fault == self.fault.value)
        if self.reason is not None:
            found.append(IncidentRow.reason == self.reason.value)
        return found


ALL_INCIDENTS = IncidentFilter()


def newest_first(
    asked: IncidentFilter,
    start: UtcNs | None,
    end: UtcNs | None,
    *,
    open_only: bool,
    after: tuple[int, str] | None,
) -> Select[Any]:
    """Incidents that reach into a span.

    Args:
        after: start and uid of the last incident of the page before.
    """
    query = SELECT_INCIDENT.where(*asked.conditions())
    if start is not None:
        query = query.where(or_(IncidentRow.recovered > start, IncidentRow.recovered.is_(None)))
    if end is not None:
        query = query.where(IncidentRow.started < end)
    if open_only:
        query = query.where(IncidentRow.recovered.is_(None))
    if after is not None:
        start_before, uid_before = after
        same = (IncidentRow.started == start_before) & (IncidentRow.uid > uid_before)
        query = query.where(IncidentRow.started <= start_before, or_(IncidentRow.started < start_before, same))
    return query.order_by(IncidentRow.started.desc(), IncidentRow.uid)


def times_of(asked: IncidentFilter, within: Span) -> Select[str, str, int, int, int | None]:
    """Fault, reason and times of incidents that started within a span."""
    times = (IncidentRow.started, IncidentRow.detected, IncidentRow.recovered)
    query = select(IncidentRow.fault, IncidentRow.reason, *times)
    return query.where(IncidentRow.started >= within.start, IncidentRow.started < within.end, *asked.conditions())
