"""The audit log: lines come back, and the database refuses to change one."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from gstnvr.db.audit import AuditLine, add_line, audit_lines
from gstnvr.db.index import Index
from gstnvr.lab.postgresql import postgresql, programs
from tests.db.facts import at

LINES = [
    AuditLine(at(1), "kim", "protect", "yard/main", {"reason": "theft", "from": "10:00"}),
    AuditLine(at(2), "lee", "export", "yard/main"),
]


@contextmanager
def sqlite(folder: Path) -> Iterator[str]:
    yield str(folder / "index.db")


@contextmanager
def server(_: Path) -> Iterator[str]:
    if programs() is None:
        pytest.skip("PostgreSQL is not installed")
    with postgresql() as url:
        yield url


@pytest.fixture(params=[sqlite, server], scope="module")
def index(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[Index]:
    """With ``LINES`` in its log; no test manages to change that."""
    with request.param(tmp_path_factory.mktemp("audit")) as where, Index.open(where) as opened:
        with opened.writing() as writer:
            for line in LINES:
                add_line(writer, line)
        yield opened


def lines(index: Index) -> list[AuditLine]:
    with index.reading() as connection:
        return [line for _, line in audit_lines(connection)]


def test_lines_come_back_the_newest_first_in_pages(index: Index) -> None:
    assert lines(index) == LINES[::-1]
    with index.reading() as connection:
        ((number, newest),) = audit_lines(connection, limit=1)
        assert newest == LINES[1]
        assert [line for _, line in audit_lines(connection, before=number)] == [LINES[0]]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_log SET detail = '{}' WHERE id = 1",
        "DELETE FROM audit_log WHERE id = 1",
        "DELETE FROM audit_log",
        """INSERT OR REPLACE INTO audit_log VALUES (1, 0, 'kim', 'protect', '', '{}')""",
        "TRUNCATE audit_log",
    ],
)
def test_a_line_is_neither_changed_nor_removed(index: Index, statement: str) -> None:
    with pytest.raises(DBAPIError), index.writing() as writer:
        writer.connection.execute(text(statement))
    assert lines(index) == LINES[::-1]


def test_a_line_stands_or_falls_with_its_transaction(index: Index) -> None:
    def fail_after(line: AuditLine) -> None:
        with index.writing() as writer:
            add_line(writer, line)
            raise LookupError

    with pytest.raises(LookupError):
        fail_after(AuditLine(at(3), "kim", "release", "p1"))
    assert lines(index) == LINES[::-1]
