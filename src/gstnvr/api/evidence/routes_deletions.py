"""Recordings that somebody wants to be gone."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Path
from fastapi.concurrency import run_in_threadpool

from gstnvr.api.access.rights import User, needs
from gstnvr.api.common import schemas
from gstnvr.api.common.errors import RefusedError
from gstnvr.api.common.paging import Page, asked_at, newest_first
from gstnvr.api.common.parameters import Services, known_stream
from gstnvr.api.common.times import parse_span
from gstnvr.api.evidence import schemas as evidence_schemas
from gstnvr.api.evidence.ports import DeletionView, DeletionWish
from gstnvr.model.access import Role
from gstnvr.model.clock import NS_PER_S, format_utc

router = APIRouter(tags=["evidence"])


@router.post(
    "/deletions",
    summary="Delete the segments that lie within a span, but for those that are protected or being written",
    status_code=HTTPStatus.ACCEPTED,
    responses={
        404: {"model": schemas.ErrorAnswer, "description": "There is no such camera."},
        429: {"model": schemas.ErrorAnswer, "description": "Too many deletions wait already."},
    },
)
@needs(Role.ADMINISTRATOR)
async def add_deletion(
    *, services: Services, user: User, wanted: evidence_schemas.NewDeletion
) -> evidence_schemas.Deletion:
    wish = await run_in_threadpool(_wish, services, user, wanted)
    return deletion_view(await services.deletions.begin(wish))


def _wish(services: Services, user: str, wanted: evidence_schemas.NewDeletion) -> DeletionWish:
    span = parse_span(wanted.start, wanted.end)
    stream = known_stream(services, wanted.camera, wanted.stream)
    return DeletionWish(stream, span.start, span.end, wanted.reason, user)


@router.get("/deletions", summary="Deletions since the last start, the newest first, in pages")
@needs(Role.ADMINISTRATOR)
async def list_deletions(services: Services, page: Page) -> evidence_schemas.Deletions:
    found = newest_first(services.deletions.all(), page.after_moment())
    shown, following = page.cut(found, asked_at)
    return evidence_schemas.Deletions(deletions=[deletion_view(one) for one in shown], next=following)


@router.get(
    "/deletions/{uid}",
    summary="A deletion, and how far it is",
    responses={404: {"model": schemas.ErrorAnswer, "description": "There is none since the last start."}},
)
@needs(Role.ADMINISTRATOR)
async def show_deletion(
    services: Services, uid: Annotated[str, Path(pattern="^[0-9a-f]{1,32}$")]
) -> evidence_schemas.Deletion:
    found = services.deletions.one(uid)
    if found is None:
        message = f"there is no deletion {uid} since the last start; the audit log knows older ones"
        raise RefusedError(HTTPStatus.NOT_FOUND, "deletion_not_found", message)
    return deletion_view(found)


def deletion_view(deletion: DeletionView) -> evidence_schemas.Deletion:
    """A deletion as the API tells of it."""
    wish = deletion.wish
    return evidence_schemas.Deletion(
        uid=deletion.uid,
        state=deletion.state,
        camera=wish.stream.camera,
        stream=wish.stream.kind,
        start=format_utc(wish.start),
        end=format_utc(wish.end),
        reason=wish.reason,
        user=wish.user,
        asked=format_utc(deletion.asked),
        ended=None if deletion.ended is None else format_utc(deletion.ended),
        segments=deletion.segments,
        deleted=deletion.deleted,
        deleted_bytes=deletion.deleted_bytes,
        kept=[
            evidence_schemas.Kept(
                why=kept.why, segments=kept.segments, seconds=round(kept.length_ns / NS_PER_S, 3)
            )
            for kept in deletion.kept
        ],
        message=deletion.message,
    )
