"""Spans that nothing deletes until they are released."""

from http import HTTPStatus
from typing import Annotated
from uuid import uuid4

from fastapi import APIRouter, Path, Query

from gstnvr.api.access.rights import User, needs
from gstnvr.api.common import schemas
from gstnvr.api.common.errors import RefusedError
from gstnvr.api.common.paging import Page
from gstnvr.api.common.parameters import CameraFilter, Services, SpanFilter, known_stream
from gstnvr.api.common.times import parse_span
from gstnvr.api.evidence import schemas as evidence_schemas
from gstnvr.db.audit import AuditLine, add_line
from gstnvr.db.protections import Protection, protect, protection, protections, release
from gstnvr.model.access import Role
from gstnvr.model.clock import UtcNs, format_utc
from gstnvr.model.ids import CameraId, StreamId, StreamKind

router = APIRouter(tags=["evidence"])

_UID_DIGITS = 12
"""Few enough to be typed."""


@router.post(
    "/protections",
    summary="Protect a span of cameras from being deleted",
    status_code=HTTPStatus.CREATED,
    responses={404: {"model": schemas.ErrorAnswer, "description": "There is no such camera."}},
)
@needs(Role.OPERATOR)
def add_protection(
    *, services: Services, user: User, wanted: evidence_schemas.NewProtection
) -> evidence_schemas.Protections:
    span = parse_span(wanted.start, wanted.end)
    streams = [known_stream(services, camera, wanted.stream) for camera in dict.fromkeys(wanted.cameras)]
    now = services.clock.utc_ns()
    made = [
        Protection(uuid4().hex[:_UID_DIGITS], stream, span.start, span.end, wanted.reason, user, now)
        for stream in streams
    ]
    with services.index.writing() as writer:
        for one in made:
            protect(writer, one)
            add_line(writer, AuditLine(now, user, "protect", str(one.stream), _detail(one, wanted.reason)))
    return evidence_schemas.Protections(protections=[_view(one) for one in made], next=None)


@router.get("/protections", summary="Protected spans, by start, in pages")
@needs(Role.OPERATOR)
def list_protections(
    *,
    services: Services,
    span: SpanFilter,
    camera: CameraFilter = None,
    stream: StreamKind = StreamKind.MAIN,
    released: Annotated[bool, Query(description="Also those that are not in force any more.")] = False,
    page: Page,
) -> evidence_schemas.Protections:
    asked = None if camera is None else StreamId(CameraId(camera), stream)
    with services.index.reading() as connection:
        found = protections(
            connection,
            asked,
            span.start,
            span.end,
            released=released,
            seen=services.cameras,
            limit=page.limit + 1,
            after=page.after_moment(),
        )
    shown, following = page.cut(found, lambda one: (one.start, one.uid))
    return evidence_schemas.Protections(protections=[_view(one) for one in shown], next=following)


@router.delete(
    "/protections/{uid}",
    summary="Release a protected span",
    responses={
        404: {"model": schemas.ErrorAnswer, "description": "There is no such protection."},
        409: {"model": schemas.ErrorAnswer, "description": "It was released before."},
    },
)
@needs(Role.ADMINISTRATOR)
def release_protection(
    *,
    services: Services,
    user: User,
    uid: Annotated[str, Path(pattern="^[0-9a-f]{1,32}$")],
    reason: Annotated[str, Query(min_length=1, max_length=1000, pattern=r"\S", description="Why.")],
) -> evidence_schemas.Protection:
    now = services.clock.utc_ns()
    with services.index.writing() as writer:
        before = protection(writer.connection, uid)
        if before is None or before.stream.camera not in services.cameras:
            raise RefusedError(HTTPStatus.NOT_FOUND, "protection_not_found", f"there is no protection {uid}")
        if before.released is not None:
            message = f"protection {uid} was released before, by {before.released_by}"
            raise RefusedError(HTTPStatus.CONFLICT, "released_before", message)
        after = release(writer, uid, now, user)
        assert after is not None
        add_line(writer, AuditLine(now, user, "release", str(after.stream), _detail(after, reason)))
    return _view(after)


def _detail(one: Protection, reason: str) -> dict[str, str]:
    return {"uid": one.uid, "from": format_utc(one.start), "to": format_utc(one.end), "reason": reason}


def _view(one: Protection) -> evidence_schemas.Protection:
    return evidence_schemas.Protection(
        uid=one.uid,
        camera=one.stream.camera,
        stream=one.stream.kind,
        start=format_utc(one.start),
        end=format_utc(one.end),
        reason=one.reason,
        user=one.user,
        created=format_utc(one.created),
        released=_optional(one.released),
        released_by=one.released_by,
    )


def _optional(at: UtcNs | None) -> str | None:
    return None if at is None else format_utc(at)
