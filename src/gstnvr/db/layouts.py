"""Saved arrangements of pictures, and which one somebody sees first."""

from typing import Any

import msgspec
from sqlalchemy import Connection, Row, delete, insert, or_, select, update

from gstnvr.db.tables import DefaultLayoutRow, LayoutRow
from gstnvr.db.writer import IndexWriter
from gstnvr.model.clock import UtcNs
from gstnvr.model.ids import CameraId
from gstnvr.model.layouts import Layout


def layouts(connection: Connection, user: str) -> list[Layout]:
    """Those of a user and those of everybody, by name."""
    seen = or_(LayoutRow.owner == user, LayoutRow.owner.is_(None))
    rows = connection.execute(select(LayoutRow.__table__).where(seen).order_by(LayoutRow.name, LayoutRow.uid))
    return [_layout_of(row) for row in rows]


def store_layout(writer: IndexWriter, layout: Layout) -> None:
    """Enter a layout, or how it is now."""
    tiles = msgspec.json.encode(layout.tiles).decode()
    values = {"owner": layout.owner, "name": layout.name, "size": layout.size, "tiles": tiles}
    changed = writer.connection.execute(update(LayoutRow).where(LayoutRow.uid == layout.uid).values(values))
    if not changed.rowcount:
        made = values | {"uid": layout.uid, "created": layout.created}
        writer.connection.execute(insert(LayoutRow).values(made))


def remove_layout(writer: IndexWriter, uid: str) -> None:
    """Nobody sees it first any more, either."""
    writer.connection.execute(delete(LayoutRow).where(LayoutRow.uid == uid))


def default_layout(connection: Connection, user: str) -> str | None:
    """Uid of the one that a user sees first; None: he did not choose one."""
    query = select(DefaultLayoutRow.layout).where(DefaultLayoutRow.user == user)
    return connection.execute(query).scalar_one_or_none()


def choose_default(writer: IndexWriter, user: str, uid: str | None) -> None:
    """Which one a user sees first."""
    writer.connection.execute(delete(DefaultLayoutRow).where(DefaultLayoutRow.user == user))
    if uid is not None:
        writer.connection.execute(insert(DefaultLayoutRow).values(user=user, layout=uid))


def _layout_of(row: Row[Any]) -> Layout:
    return Layout(
        uid=row.uid,
        name=row.name,
        owner=row.owner,
        size=row.size,
        tiles=msgspec.json.decode(row.tiles, type=tuple[CameraId | None, ...]),
        created=UtcNs(row.created),
    )
