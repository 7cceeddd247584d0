"""What was recorded, and what is missing."""

from typing import Annotated

from fastapi import APIRouter

from gstnvr.api.access.rights import needs
from gstnvr.api.common import schemas
from gstnvr.api.common.paging import AskedPage, cursor, page_of
from gstnvr.api.common.parameters import (
    NO_SUCH_STREAM,
    Camera,
    Kind,
    Services,
    SpanFilter,
    known_stream,
)
from gstnvr.api.common.views import gap_view, seconds
from gstnvr.api.recordings.timeline import PresentSpan, missing_spans, part_of, present_spans
from gstnvr.db.totals import Totals
from gstnvr.model.access import Role
from gstnvr.model.clock import NS_PER_S, format_utc
from gstnvr.model.ids import StreamKind

DEFAULT_SPAN_NS = 24 * 3600 * NS_PER_S

router = APIRouter(tags=["timeline"])


@router.get(
    "/recordings",
    summary="Recordings and gaps of a stream within a span, oldest first, in pages; by default the last 24 hours",
    responses=NO_SUCH_STREAM,
)
@needs(Role.VIEWER)
def list_recordings(
    *,
    services: Services,
    span: SpanFilter,
    camera: Camera,
    stream: Kind = StreamKind.MAIN,
    page: Annotated[AskedPage, page_of(10_000, 10_000)],
) -> schemas.Recordings:
    wanted = known_stream(services, camera, stream)
    now = services.clock.utc_ns()
    asked = span.full(now, DEFAULT_SPAN_NS)
    found = part_of(
        services.index.recordings(wanted, asked.start, asked.end),
        services.index.gaps(wanted, asked.start, asked.end),
        page.after_number(),
        page.limit,
    )
    recorded = present_spans(found.recordings, asked)
    missing = missing_spans(found.gaps, asked, now)
    return schemas.Recordings.model_validate(
        {
            "camera": camera,
            "stream": stream,
            "from": format_utc(asked.start),
            "to": format_utc(asked.end),
            "recordings": [_recording_view(present) for present in recorded],
            "gaps": [gap_view(gap) for gap in missing],
            "totals": _totals(services.index.totals(wanted, asked, now).whole),
            "next": None if found.next is None else cursor((found.next,)),
        }
    )


def _recording_view(present: PresentSpan) -> schemas.Recording:
    return schemas.Recording(
        start=format_utc(present.span.start),
        end=format_utc(present.span.end),
        seconds=seconds(present.span.start, present.span.end),
        segments=present.recording.segments,
        bytes=present.recording.size,
        growing=present.recording.growing,
    )


def _totals(totals: Totals) -> schemas.Totals:
    by_cause = {cause: _in_seconds(total.length) for cause, total in totals.causes.items()}
    faults = {cause: length for cause, length in by_cause.items() if not cause.planned}
    planned = {cause: length for cause, length in by_cause.items() if cause.planned}
    return schemas.Totals(
        recorded_s=_in_seconds(totals.recorded),
        missing_s=round(sum(faults.values()), 3),
        missing_s_by_cause=faults,
        planned_s=round(sum(planned.values()), 3),
        planned_s_by_cause=planned,
    )


def _in_seconds(nanoseconds: int) -> float:
    return round(nanoseconds / NS_PER_S, 3)
