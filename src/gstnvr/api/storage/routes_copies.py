"""Copies at other places: how far they are, and bringing them back."""

from fastapi import APIRouter

from gstnvr.api.access.rights import needs
from gstnvr.api.common.parameters import NO_SUCH_STREAM, Camera, Kind, Services, SpanFilter, known_stream
from gstnvr.api.common.ports import CopyPlaceView
from gstnvr.api.storage import copy_schemas
from gstnvr.db import copies
from gstnvr.db.ledger import ALWAYS
from gstnvr.model.access import Role
from gstnvr.model.clock import format_utc
from gstnvr.model.ids import StreamKind

router = APIRouter(tags=["storage"])


@router.get("/copies", summary="Places that take copies, how far these are, and what is wrong")
@needs(Role.ADMINISTRATOR)
async def list_places(services: Services) -> copy_schemas.CopyPlaces:
    return copy_schemas.CopyPlaces(places=[_view(place) for place in services.copies()])


@router.post(
    "/copies/restore",
    summary="Bring segments of a stream, whose files are at other places only, back to their volumes",
    responses=NO_SUCH_STREAM,
)
@needs(Role.OPERATOR)
def restore(
    *, services: Services, span: SpanFilter, camera: Camera, stream: Kind = StreamKind.MAIN
) -> copy_schemas.Restoring:
    wanted = known_stream(services, camera, stream)
    start = ALWAYS.start if span.start is None else span.start
    end = ALWAYS.end if span.end is None else span.end
    with services.index.writing() as writer:
        remote, asked = copies.ask_back_span(writer, wanted, start, end)
    return copy_schemas.Restoring(remote=remote, asked=asked)


def _view(place: CopyPlaceView) -> copy_schemas.CopyPlace:
    totals = place.totals
    oldest = None if totals is None else totals.oldest_waiting
    return copy_schemas.CopyPlace(
        name=place.name,
        kind=place.kind,
        problem=place.problem,
        waits_for_window=place.waits_for_window,
        under_way=place.under_way,
        rate_bytes_per_s=round(place.rate_bytes_per_s, 1),
        waiting=None if totals is None else totals.waiting,
        waiting_bytes=None if totals is None else totals.waiting_bytes,
        oldest_waiting=None if oldest is None else format_utc(oldest),
        done=None if totals is None else totals.done,
        lost=None if totals is None else totals.lost,
        last_error=place.last_error,
    )
