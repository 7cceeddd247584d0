"""How much is missing and what went wrong: in all, by cause and kind, by day."""

from typing import Annotated

from fastapi import APIRouter

from gstnvr.api.access.rights import needs
from gstnvr.api.common import schemas
from gstnvr.api.common.paging import AskedPage, page_of
from gstnvr.api.common.parameters import (
    NO_SUCH_STREAM,
    CameraPath,
    Kind,
    Services,
    SpanFilter,
    Zone,
    known_stream,
)
from gstnvr.api.common.views import gap_view
from gstnvr.api.recordings.routes_timeline import DEFAULT_SPAN_NS
from gstnvr.api.recordings.timeline import missing_spans
from gstnvr.db.totals import Totals, sum_of
from gstnvr.model.access import Role
from gstnvr.model.clock import NS_PER_S, UtcNs, format_utc
from gstnvr.model.ids import StreamId, StreamKind

STATISTICS_SPAN_NS = 30 * DEFAULT_SPAN_NS

router = APIRouter(tags=["timeline"])


@router.get("/gaps", summary="What is missing of every camera within a span; by default the last 24 hours")
@needs(Role.VIEWER)
def list_totals(services: Services, span: SpanFilter) -> schemas.AllGaps:
    now = services.clock.utc_ns()
    asked = span.full(now, DEFAULT_SPAN_NS)
    seen = [stream for stream in services.index.streams() if stream.camera in services.cameras]
    found = [(stream, services.index.totals(stream, asked, now).whole) for stream in seen]
    configured = {live.status.stream for live in services.streams() if live.status.stream.kind is StreamKind.MAIN}
    shown = [
        (stream, totals)
        for stream, totals in found
        if stream in configured or totals.recorded > 0 or totals.missing > 0
    ]
    return schemas.AllGaps.model_validate(
        {
            "from": format_utc(asked.start),
            "to": format_utc(asked.end),
            "totals": _totals_view(sum_of(totals for _, totals in shown)),
            "cameras": [_camera_view(stream, totals) for stream, totals in shown],
        }
    )


@router.get(
    "/cameras/{camera}/gaps",
    summary="What is missing of a camera within a span, by cause and by day, and the gaps, newest page first;"
    " by default the last 24 hours",
    responses=NO_SUCH_STREAM,
)
@needs(Role.VIEWER)
def camera_gaps(
    *,
    services: Services,
    span: SpanFilter,
    camera: CameraPath,
    zone: Zone,
    stream: Kind = StreamKind.MAIN,
    page: Annotated[AskedPage, page_of(1000, 10_000, least=0)],
) -> schemas.CameraGaps:
    wanted = known_stream(services, camera, stream)
    now = services.clock.utc_ns()
    asked = span.full(now, DEFAULT_SPAN_NS)
    totals = services.index.totals(wanted, asked, now, zone)
    before = page.after_number()
    last = asked.end if before is None else UtcNs(min(asked.end, before))
    newest_first = services.index.gaps(wanted, asked.start, last, newest=page.limit + 1)[::-1]
    gaps, following = page.cut(newest_first, lambda gap: (gap.start,))
    return schemas.CameraGaps.model_validate(
        {
            "camera": camera,
            "stream": stream,
            "from": format_utc(asked.start),
            "to": format_utc(asked.end),
            "zone": zone.key,
            "totals": _totals_view(totals.whole),
            "days": [
                schemas.DayTotals(date=day.date.isoformat(), **_totals_view(found).model_dump())
                for day, found in totals.days
            ],
            "gaps": [gap_view(gap) for gap in missing_spans(gaps[::-1], asked, now)],
            "next": following,
        }
    )


def _camera_view(stream: StreamId, totals: Totals) -> schemas.CameraTotals:
    return schemas.CameraTotals(camera=stream.camera, stream=stream.kind, totals=_totals_view(totals))


def _totals_view(totals: Totals) -> schemas.GapTotals:
    causes = [
        schemas.CauseTotal(
            cause=cause,
            planned=cause.planned,
            gaps=total.gaps,
            seconds=_in_seconds(total.length),
            longest_s=_in_seconds(total.longest),
        )
        for cause, total in sorted(totals.causes.items(), key=lambda item: -item[1].length)
    ]
    return schemas.GapTotals(
        recorded_s=_in_seconds(totals.recorded),
        missing_s=_in_seconds(totals.missing),
        planned_s=_in_seconds(totals.planned),
        availability=None if totals.availability is None else round(totals.availability, 6),
        causes=causes,
    )


def _in_seconds(nanoseconds: int) -> float:
    return round(nanoseconds / NS_PER_S, 3)
