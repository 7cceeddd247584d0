"""Saved arrangements of pictures: everybody's own, and those that administrators share with all."""

from dataclasses import replace
from http import HTTPStatus
from typing import Annotated
from uuid import uuid4

from fastapi import APIRouter, Path

from gstnvr.api.access.rights import Asking, User, camera_not_found, needs
from gstnvr.api.common import schemas
from gstnvr.api.common.errors import RefusedError
from gstnvr.api.common.parameters import Services
from gstnvr.api.common.ports import ApiServices
from gstnvr.api.layouts import schemas as layout_schemas
from gstnvr.db import layouts as stored
from gstnvr.db.audit import AuditLine, add_line
from gstnvr.db.writer import IndexWriter
from gstnvr.model.access import Role
from gstnvr.model.ids import CameraId
from gstnvr.model.layouts import Layout

router = APIRouter(tags=["layouts"])

_UID_DIGITS = 12
_MOST = 100
"""Layouts of one user, or of everybody."""

Uid = Annotated[str, Path(pattern="^[0-9a-f]{1,32}$")]
_NOT_FOUND: dict[int | str, dict[str, object]] = {
    404: {"model": schemas.ErrorAnswer, "description": "There is no such layout, or no such camera."}
}
_CONFLICT: dict[int | str, dict[str, object]] = {
    409: {"model": schemas.ErrorAnswer, "description": "The name is taken, or there are too many."}
}


@router.get("/layouts", summary="Layouts of the caller and of everybody, by name")
@needs(Role.VIEWER)
def list_layouts(services: Services, user: User) -> layout_schemas.Layouts:
    there = _cameras(services)
    with services.index.reading() as connection:
        found = stored.layouts(connection, user)
        default = stored.default_layout(connection, user)
    return layout_schemas.Layouts(layouts=[_view(one, there) for one in found], default=default)


@router.post("/layouts", summary="Save a layout", status_code=HTTPStatus.CREATED, responses=_NOT_FOUND | _CONFLICT)
@needs(Role.VIEWER, by_person=True)
def add_layout(*, services: Services, user: User, wanted: layout_schemas.NewLayout) -> layout_schemas.Layout:
    return _add(services, user, user, wanted)


@router.put("/layouts/{uid}", summary="Change an own layout", responses=_NOT_FOUND | _CONFLICT)
@needs(Role.VIEWER, by_person=True)
def change_layout(
    *, services: Services, user: User, uid: Uid, wanted: layout_schemas.NewLayout
) -> layout_schemas.Layout:
    return _change(services, user, user, uid, wanted)


@router.delete(
    "/layouts/{uid}",
    summary="Delete an own layout",
    status_code=HTTPStatus.NO_CONTENT,
    responses=_NOT_FOUND,
)
@needs(Role.VIEWER, by_person=True)
def remove_layout(services: Services, user: User, uid: Uid) -> None:
    _remove(services, user, user, uid)


@router.post(
    "/shared-layouts",
    summary="Save a layout for everybody",
    status_code=HTTPStatus.CREATED,
    responses=_NOT_FOUND | _CONFLICT,
)
@needs(Role.ADMINISTRATOR)
def add_shared_layout(
    *, services: Services, user: User, wanted: layout_schemas.NewLayout
) -> layout_schemas.Layout:
    return _add(services, user, None, wanted)


@router.put("/shared-layouts/{uid}", summary="Change a layout of everybody", responses=_NOT_FOUND | _CONFLICT)
@needs(Role.ADMINISTRATOR)
def change_shared_layout(
    *, services: Services, user: User, uid: Uid, wanted: layout_schemas.NewLayout
) -> layout_schemas.Layout:
    return _change(services, user, None, uid, wanted)


@router.delete(
    "/shared-layouts/{uid}",
    summary="Delete a layout of everybody",
    status_code=HTTPStatus.NO_CONTENT,
    responses=_NOT_FOUND,
)
@needs(Role.ADMINISTRATOR)
def remove_shared_layout(services: Services, user: User, uid: Uid) -> None:
    _remove(services, user, None, uid)


@router.put(
    "/default-layout",
    summary="Choose the layout that the caller sees first",
    status_code=HTTPStatus.NO_CONTENT,
    responses=_NOT_FOUND,
)
@needs(Role.VIEWER, by_person=True)
def choose_default(*, services: Services, caller: Asking, wanted: layout_schemas.DefaultLayout) -> None:
    with services.index.writing() as writer:
        if wanted.uid is not None and not any(one.uid == wanted.uid for one in _seen(writer, caller.name)):
            raise _no_layout(wanted.uid)
        stored.choose_default(writer, caller.name, wanted.uid)


def _add(
    services: ApiServices, user: str, owner: str | None, wanted: layout_schemas.NewLayout
) -> layout_schemas.Layout:
    tiles = _tiles(services, wanted)
    uid, now = uuid4().hex[:_UID_DIGITS], services.clock.utc_ns()
    layout = Layout(uid, wanted.name.strip(), owner, wanted.size, tiles, now)
    with services.index.writing() as writer:
        others = [one for one in _seen(writer, user) if one.owner == owner]
        if len(others) >= _MOST:
            raise RefusedError(HTTPStatus.CONFLICT, "too_many", f"{_MOST} layouts are there: delete some")
        _check_name(layout, others)
        stored.store_layout(writer, layout)
        _note(writer, services, user, "share_layout", layout)
    return _view(layout, _cameras(services))


def _change(
    services: ApiServices, user: str, owner: str | None, uid: str, wanted: layout_schemas.NewLayout
) -> layout_schemas.Layout:
    tiles = _tiles(services, wanted)
    with services.index.writing() as writer:
        before = _owned(writer, user, owner, uid)
        layout = replace(before, name=wanted.name.strip(), size=wanted.size, tiles=tiles)
        _check_name(layout, [one for one in _seen(writer, user) if one.owner == owner and one.uid != uid])
        stored.store_layout(writer, layout)
        _note(writer, services, user, "change_shared_layout", layout)
    return _view(layout, _cameras(services))


def _remove(services: ApiServices, user: str, owner: str | None, uid: str) -> None:
    with services.index.writing() as writer:
        layout = _owned(writer, user, owner, uid)
        stored.remove_layout(writer, uid)
        _note(writer, services, user, "remove_shared_layout", layout)


def _note(writer: IndexWriter, services: ApiServices, user: str, action: str, layout: Layout) -> None:
    """What everybody sees is of interest to others; everybody's own is not."""
    if layout.owner is None:
        detail = {"uid": layout.uid, "size": layout.size, "tiles": layout.tiles}
        add_line(writer, AuditLine(services.clock.utc_ns(), user, action, layout.name, detail))


def _seen(writer: IndexWriter, user: str) -> list[Layout]:
    return stored.layouts(writer.connection, user)


def _owned(writer: IndexWriter, user: str, owner: str | None, uid: str) -> Layout:
    found = next((one for one in _seen(writer, user) if one.uid == uid and one.owner == owner), None)
    if found is None:
        raise _no_layout(uid)
    return found


def _no_layout(uid: str) -> RefusedError:
    return RefusedError(HTTPStatus.NOT_FOUND, "layout_not_found", f"there is no layout {uid}")


def _check_name(layout: Layout, others: list[Layout]) -> None:
    if any(one.name.casefold() == layout.name.casefold() for one in others):
        message = f"there is a layout {layout.name!r} already"
        raise RefusedError(HTTPStatus.CONFLICT, "name_taken", message)


def _tiles(services: ApiServices, wanted: layout_schemas.NewLayout) -> tuple[CameraId | None, ...]:
    there = _cameras(services)
    for camera in wanted.tiles:
        if camera is not None and camera not in there:
            raise camera_not_found(camera)
    return tuple(None if camera is None else CameraId(camera) for camera in wanted.tiles)


def _cameras(services: ApiServices) -> frozenset[str]:
    """Those that are there, and that the caller may see."""
    return frozenset(live.status.stream.camera for live in services.streams())


def _view(layout: Layout, there: frozenset[str]) -> layout_schemas.Layout:
    return layout_schemas.Layout(
        uid=layout.uid,
        name=layout.name,
        shared=layout.owner is None,
        size=layout.size,
        tiles=[camera if camera in there else None for camera in layout.tiles],
    )
