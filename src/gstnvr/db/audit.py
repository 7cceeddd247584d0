"""Who did what: lines that are only ever added; the database itself refuses to change them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, insert, select

from gstnvr.db.tables import AuditRow
from gstnvr.db.writer import IndexWriter
from gstnvr.model.clock import UtcNs


@dataclass(frozen=True, slots=True)
class AuditLine:
    """One thing that somebody did."""

    at: UtcNs
    user: str
    action: str
    """E.g. ``protect``."""
    subject: str
    """What it was done to, e.g. ``yard/main``."""
    detail: Mapping[str, Any] = field(default_factory=dict)
    """Whatever JSON can say."""


def add_line(writer: IndexWriter, line: AuditLine) -> None:
    """Enter a line; it is there if and only if the transaction is."""
    detail = msgspec.json.encode(line.detail, order="sorted").decode()
    values = {"at": line.at, "user": line.user, "action": line.action, "subject": line.subject, "detail": detail}
    writer.connection.execute(insert(AuditRow).values(values))


@dataclass(frozen=True, slots=True)
class AuditWish:
    """Which lines are wanted; None: it does not matter."""

    user: str | None = None
    action: str | None = None
    subject: str | None = None
    """A part of it."""
    start: UtcNs | None = None
    end: UtcNs | None = None

    def conditions(self) -> Iterator[ColumnElement[bool]]:
        """The same for a query."""
        if self.user is not None:
            yield AuditRow.user == self.user
        if self.action is not None:
            yield AuditRow.action == self.action
        if self.subject is not None:
            yield AuditRow.subject.contains(self.subject, autoescape=True)
        if self.start is not None:
            yield AuditRow.at >= self.start
        if self.end is not None:
            yield AuditRow.at < self.end


ALL_LINES = AuditWish()


def audit_lines(
    connection: Connection, limit: int = 100, before: int | None = None, wish: AuditWish = ALL_LINES
) -> list[tuple[int, AuditLine]]:
    """Lines with their numbers, the newest first.

    Args:
        connection: of ``Index.reading``.
        before: number of the last line of the page before.
    """
    query = select(AuditRow.__table__).where(*wish.conditions())
    if before is not None:
        query = query.where(AuditRow.id < before)
    rows = connection.execute(query.order_by(AuditRow.id.desc()).limit(limit))
    return [
        (row.id, AuditLine(UtcNs(row.at), row.user, row.action, row.subject, msgspec.json.decode(row.detail)))
        for row in rows
    ]
