"""Users, their sessions and their tokens. Secrets are there as digests, hashes, or sealed."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, delete, insert, select, update

from gstnvr.db.tables import ApiTokenRow, SessionRow, UserRow
from gstnvr.db.writer import IndexWriter
from gstnvr.model.access import ApiToken, Cameras, Role, Session, User
from gstnvr.model.clock import UtcNs


def users(connection: Connection) -> list[User]:
    """All of them, by name."""
    return [_user_of(row) for row in connection.execute(select(UserRow.__table__).order_by(UserRow.name))]


def store_user(writer: IndexWriter, user: User) -> None:
    """Enter a user, or how he is now."""
    values = _values(user, "role")
    values["recovery"] = msgspec.json.encode(user.recovery).decode() if user.recovery else None
    name = values.pop("name")
    changed = writer.connection.execute(update(UserRow).where(UserRow.name == name).values(values))
    if not changed.rowcount:
        writer.connection.execute(insert(UserRow).values(name=name, **values))


def remove_user(writer: IndexWriter, name: str) -> None:
    """With his sessions and tokens."""
    writer.connection.execute(delete(UserRow).where(UserRow.name == name))


def sessions(connection: Connection) -> list[Session]:
    """All of them."""
    return [
        Session(row.digest, row.user, UtcNs(row.created), UtcNs(row.seen), row.address)
        for row in connection.execute(select(SessionRow.__table__))
    ]


def store_session(writer: IndexWriter, session: Session) -> None:
    """Enter a session that began."""
    writer.connection.execute(insert(SessionRow).values(asdict(session)))


def note_seen(writer: IndexWriter, seen: Mapping[str, UtcNs]) -> None:
    """When sessions, by their digests, were used last."""
    for digest, at in seen.items():
        writer.connection.execute(update(SessionRow).where(SessionRow.digest == digest).values(seen=at))


def remove_sessions(writer: IndexWriter, digests: list[str]) -> None:
    """They are over."""
    for digest in digests:
        writer.connection.execute(delete(SessionRow).where(SessionRow.digest == digest))


def tokens(connection: Connection) -> list[ApiToken]:
    """All of them, the oldest first."""
    rows = connection.execute(select(ApiTokenRow.__table__).order_by(ApiTokenRow.created, ApiTokenRow.uid))
    return [_token_of(row) for row in rows]


def store_token(writer: IndexWriter, token: ApiToken) -> None:
    """Enter a new token."""
    writer.connection.execute(insert(ApiTokenRow).values(_values(token, "scope")))


def remove_token(writer: IndexWriter, uid: str) -> None:
    """It is worth nothing any more."""
    writer.connection.execute(delete(ApiTokenRow).where(ApiTokenRow.uid == uid))


def _values(thing: User | ApiToken, role: str) -> dict[str, Any]:
    values = asdict(thing)
    listed = thing.cameras.listed()
    values["cameras"] = None if listed is None else msgspec.json.encode(listed).decode()
    values[role] = str(values[role])
    return values


def _cameras_of(row: Row[Any]) -> Cameras:
    return Cameras.of(None if row.cameras is None else msgspec.json.decode(row.cameras, type=list[str]))


def _user_of(row: Row[Any]) -> User:
    return User(
        name=row.name,
        role=Role(row.role),
        cameras=_cameras_of(row),
        password=row.password,
        created=UtcNs(row.created),
        enabled=row.enabled,
        totp=row.totp,
        totp_step=row.totp_step,
        recovery=() if row.recovery is None else msgspec.json.decode(row.recovery, type=tuple[str | None, ...]),
    )


def _token_of(row: Row[Any]) -> ApiToken:
    return ApiToken(
        uid=row.uid,
        digest=row.digest,
        user=row.user,
        label=row.label,
        scope=Role(row.scope),
        cameras=_cameras_of(row),
        created=UtcNs(row.created),
        expires=UtcNs(row.expires),
        rtsp_identity=row.rtsp_identity,
    )
