"""What went wrong: listed, added up, each with what is missing for it, and as a table for other programs."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from itertools import chain
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query
from fastapi.responses import StreamingResponse

from gstnvr.api.access.rights import needs
from gstnvr.api.common import schemas
from gstnvr.api.common.errors import RefusedError
from gstnvr.api.common.paging import Page
from gstnvr.api.common.parameters import CameraFilter, Services, SpanFilter, Zone
from gstnvr.api.common.ports import ApiServices
from gstnvr.api.common.views import gap_view, incident_view
from gstnvr.api.recordings.timeline import MissingSpan
from gstnvr.db.incident_statistics import Duration, IncidentTotals
from gstnvr.db.incidents import IncidentFilter
from gstnvr.db.ledger import Span
from gstnvr.model.access import Role
from gstnvr.model.clock import NS_PER_S, UtcNs, format_utc
from gstnvr.model.faults import Fault, Reason
from gstnvr.model.ids import CameraId
from gstnvr.model.records import Incident

STATISTICS_SPAN_NS = 30 * 24 * 3600 * NS_PER_S
MOST_GAPS = 200
"""Of one incident that are listed; all are counted."""
_ROWS_AT_ONCE = 1000
_BYTE_ORDER_MARK = "\ufeff"
"""By it, programs for tables know that the text is UTF-8."""

router = APIRouter(tags=["timeline"])


@dataclass(frozen=True, slots=True)
class _Kind:
    fault: Fault | None
    reason: Reason | None


async def _kind(
    fault: Annotated[Fault | None, Query(description="Only of this kind.")] = None,
    reason: Annotated[Reason | None, Query(description="Only for this reason.")] = None,
) -> _Kind:
    return _Kind(fault, reason)


_KindFilter = Annotated[_Kind, Depends(_kind)]
_OpenFilter = Annotated[bool, Query(alias="open", description="Only those that last.")]


@router.get("/incidents", summary="Incidents that overlap a span, newest first, in pages")
@needs(Role.VIEWER)
def list_incidents(
    *,
    services: Services,
    span: SpanFilter,
    camera: CameraFilter = None,
    kind: _KindFilter,
    open_only: _OpenFilter = False,
    page: Page,
) -> schemas.Incidents:
    found = services.index.incidents(
        _filter(services, camera, kind),
        start=span.start,
        end=span.end,
        open_only=open_only,
        limit=page.limit + 1,
        after=page.after_moment(),
    )
    now = services.clock.utc_ns()
    shown, following = page.cut(found, lambda incident: (incident.started, incident.uid))
    return schemas.Incidents(incidents=[incident_view(incident, now) for incident in shown], next=following)


@router.get(
    "/incidents.csv",
    summary="All incidents that overlap a span, newest first, as a table",
    response_class=StreamingResponse,
    responses={200: {"description": "Comma-separated values, UTF-8.", "content": {"text/csv": {}}}},
)
@needs(Role.VIEWER)
def table_of_incidents(
    services: Services,
    span: SpanFilter,
    kind: _KindFilter,
    camera: CameraFilter = None,
    open_only: _OpenFilter = False,
) -> StreamingResponse:
    asked = _filter(services, camera, kind)

    def after(last: Incident | None) -> list[Incident]:
        return services.index.incidents(
            asked,
            start=span.start,
            end=span.end,
            open_only=open_only,
            limit=_ROWS_AT_ONCE,
            after=None if last is None else (last.started, last.uid),
        )

    def pages(first: list[Incident]) -> Iterator[Sequence[Incident]]:
        found = first
        while found:
            yield found
            found = after(found[-1])

    now = services.clock.utc_ns()
    rows = (incident_view(one, now).model_dump(mode="json") for one in chain.from_iterable(pages(after(None))))
    headers = {"content-disposition": 'attachment; filename="gstnvr-incidents.csv"'}
    return StreamingResponse(_as_csv(rows), media_type="text/csv; charset=utf-8", headers=headers)


@router.get(
    "/incidents/statistics",
    summary="How many incidents of which kind started within a span, how soon they were noticed and over;"
    " by default the last 30 days",
)
@needs(Role.VIEWER)
def incident_statistics(
    services: Services, span: SpanFilter, zone: Zone, kind: _KindFilter, camera: CameraFilter = None
) -> schemas.IncidentStatistics:
    now = services.clock.utc_ns()
    asked = span.full(now, STATISTICS_SPAN_NS)
    until_now = Span(asked.start, max(asked.start, min(asked.end, now)))
    found = services.index.incident_statistics(until_now, zone, _filter(services, camera, kind))
    return schemas.IncidentStatistics.model_validate(
        {
            "camera": camera,
            "from": format_utc(asked.start),
            "to": format_utc(asked.end),
            "zone": zone.key,
            "totals": schemas.IncidentTotals(**_figures(found.whole)),
            "kinds": [
                schemas.IncidentKind(fault=fault, reason=reason, **_figures(totals))
                for fault, reason, totals in found.kinds
            ],
            "days": [
                schemas.IncidentDay(date=day.date.isoformat(), **_figures(totals)) for day, totals in found.days
            ],
        }
    )


@router.get(
    "/incidents/{uid}",
    summary="An incident, and what is missing for it",
    responses={404: {"model": schemas.ErrorAnswer, "description": "There is no such incident."}},
)
@needs(Role.VIEWER)
def show_incident(
    services: Services, uid: Annotated[str, Path(max_length=100, description="`id` of an incident.")]
) -> schemas.IncidentWithGaps:
    found = services.index.incident(uid)
    if found is None or not _may_see(services, found):
        raise RefusedError(HTTPStatus.NOT_FOUND, "incident_not_found", f"there is no incident {uid!r}")
    now = services.clock.utc_ns()
    over = now if found.recovered is None else found.recovered
    within = services.index.gaps(found.stream, found.started, UtcNs(max(over, found.started + 1)))
    gaps = [gap for gap in within if gap.incident == uid]
    missing_ns = sum(max(0, (now if gap.end is None else gap.end) - gap.start) for gap in gaps)
    return schemas.IncidentWithGaps(
        incident=incident_view(found, now),
        missing_s=round(missing_ns / NS_PER_S, 3),
        gaps=[
            schemas.GapOfIncident(
                camera=gap.stream.camera,
                stream=gap.stream.kind,
                gap=gap_view(MissingSpan(Span(gap.start, now if gap.end is None else gap.end), gap)),
            )
            for gap in gaps[:MOST_GAPS]
        ],
    )


def _may_see(services: ApiServices, incident: Incident) -> bool:
    if incident.camera is None:
        return services.cameras.only is None
    return incident.camera in services.cameras


def _filter(services: ApiServices, camera: str | None, kind: _Kind) -> IncidentFilter:
    return IncidentFilter(
        camera=None if camera is None else CameraId(camera),
        fault=kind.fault,
        reason=kind.reason,
        seen=services.cameras,
    )


def _as_csv(rows: Iterable[dict[str, Any]]) -> Iterator[str]:
    columns = list(schemas.Incident.model_fields)
    text = io.StringIO()
    writer = csv.DictWriter(text, columns)
    text.write(_BYTE_ORDER_MARK)
    writer.writeheader()
    for number, row in enumerate(rows, start=1):
        writer.writerow({name: _harmless(value) for name, value in row.items()})
        if number % _ROWS_AT_ONCE == 0:
            yield text.getvalue()
            text.seek(0)
            text.truncate()
    yield text.getvalue()


def _harmless(value: Any) -> Any:
    """What a camera says must not become a formula where the table is opened."""
    if isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r")):
        return f"'{value}"
    return value


def _figures(totals: IncidentTotals) -> dict[str, Any]:
    rate = totals.recovery_rate
    return {
        "incidents": totals.incidents,
        "recovered": totals.recovered,
        "recovery_rate": None if rate is None else round(rate, 4),
        "detection": _duration_view(totals.detection),
        "recovery": _duration_view(totals.recovery),
    }


def _duration_view(duration: Duration | None) -> schemas.Duration | None:
    if duration is None:
        return None
    return schemas.Duration(mean_s=round(duration.mean_s, 3), worst_s=round(duration.worst_s, 3))
