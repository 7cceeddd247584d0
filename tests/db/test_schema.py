"""Upgraded and fresh schema are the same; the queries use the indexes."""

import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import MetaData, create_engine, event

from gstnvr.db import mirrors
from gstnvr.db.engine import open_engine, upgrade
from gstnvr.db.incidents import IncidentFilter
from gstnvr.db.index import Index
from gstnvr.db.ledger import Span
from gstnvr.db.stored import Stored, oldest_deletable, oldest_start
from gstnvr.db.tables import Table
from gstnvr.model.clock import UtcNs
from gstnvr.model.faults import GapCause
from gstnvr.model.ids import CameraId, StreamId, StreamKind

YARD = StreamId(CameraId("yard"), StreamKind.MAIN)


def schema(path: Path) -> dict[str, str]:
    """Statements that make each table and index, with white space evened out."""
    connection = sqlite3.connect(path)
    try:
        rows = connection.execute(
            "SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL AND type <> 'trigger'"
        ).fetchall()
    finally:
        connection.close()
    return {name: _in_order(sql) for name, sql in rows if name != "alembic_version"}


def _in_order(sql: str) -> str:
    """With columns and constraints in alphabetical order: a column that came later stands at the end."""
    head, _, body = " ".join(sql.split()).partition("(")
    parts = re.split(r", (?![^(]*\))", body.rpartition(")")[0])
    return "|".join([head, *sorted(part.strip() for part in parts), body.rpartition(")")[2]])


def test_upgraded_equals_fresh(tmp_path: Path) -> None:
    open_engine(tmp_path / "upgraded.db").dispose()
    fresh = create_engine(f"sqlite:///{tmp_path / 'fresh.db'}")
    Table.metadata.create_all(fresh)
    fresh.dispose()
    assert schema(tmp_path / "upgraded.db") == schema(tmp_path / "fresh.db")


CLOSED = "'closed', 1, 225, 'h264', 1, 1, NULL"


def test_what_was_told_of_gaps_becomes_outages(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    old = create_engine(f"sqlite:///{path}")
    with old.begin() as connection:
        upgrade(connection, "0001")
        for statement in (
            "INSERT INTO cameras VALUES ('yard', 'Yard')",
            "INSERT INTO streams VALUES (1, 'yard', 'main')",
            "INSERT INTO volumes VALUES ('v', '/srv')",
            f"INSERT INTO segments VALUES (1, 1, 'v', 'a', 0, 60000000000, {CLOSED})",
            f"INSERT INTO segments VALUES (2, 1, 'v', 'b', 90000000000, 99000000000, {CLOSED})",
            "INSERT INTO gaps VALUES ('g1', 1, 61000000000, 89000000000, 'network', 'cable', 'i1')",
            "INSERT INTO gaps VALUES ('g2', 1, 99000000000, NULL, 'shutdown', '', NULL)",
        ):
            connection.exec_driver_sql(statement)
    old.dispose()
    with Index.open(path) as index:
        assert [(outage.uid, outage.cause, outage.incident) for outage in index.outages(YARD)] == [
            ("g1", GapCause.NETWORK, "i1"),
            ("g2", GapCause.SHUTDOWN, None),
        ]
        assert index.open_outages()[0].uid == "g2"
        with index.writing() as writer:
            writer.recompute(YARD)
        assert [(gap.start, gap.end, gap.detail) for gap in index.gaps(YARD)] == [
            (60_000_000_000, 90_000_000_000, "cable"),
            (99_000_000_000, None, ""),
        ]


def test_alembic_finds_nothing_to_do_in_either_direction(tmp_path: Path) -> None:
    engine = open_engine(tmp_path / "index.db")
    reflected = MetaData()
    with engine.connect() as connection:
        options = {"compare_type": True, "compare_server_default": True}
        assert compare_metadata(MigrationContext.configure(connection, opts=options), Table.metadata) == []
        reflected.reflect(connection)
    engine.dispose()
    assert set(reflected.tables) == set(Table.metadata.tables) | {"alembic_version"}


def test_opening_again_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "index.db"
    open_engine(path).dispose()
    before = schema(path)
    open_engine(path).dispose()
    assert schema(path) == before


def test_one_connection_serves_for_as_long_as_one_is_enough(tmp_path: Path) -> None:
    engine = open_engine(tmp_path / "index.db")
    with engine.connect(), engine.connect(), engine.connect():
        pass
    used = set()
    for _ in range(6):
        with engine.connect() as connection:
            used.add(connection.connection.dbapi_connection)
    engine.dispose()
    assert len(used) == 1


@pytest.fixture
def statements(tmp_path: Path) -> Iterator[tuple[Index, list[str]]]:
    """An index that notes the plan of each query."""
    plans: list[str] = []
    with Index.open(tmp_path / "index.db") as index:

        def explain(_: object, cursor: sqlite3.Cursor, statement: str, parameters: Any, *__: object) -> None:
            if statement.startswith("SELECT"):
                plan = cursor.execute(f"EXPLAIN QUERY PLAN {statement}", parameters).fetchall()
                plans.append(" / ".join(row[3] for row in plan))

        event.listen(index._engine, "before_cursor_execute", explain)
        yield index, plans


def test_the_queries_of_every_second_use_indexes(statements: tuple[Index, list[str]]) -> None:
    index, plans = statements
    with index.writing() as writer:
        writer.ensure_stream(YARD, "Yard")
    plans.clear()
    index.segments(YARD, start=UtcNs(10**19 // 4), end=UtcNs(10**19 // 2))
    index.open_segments()
    index.open_gaps()
    index.open_outages()
    index.gaps(YARD, UtcNs(0), UtcNs(10**18))
    index.totals(YARD, Span(UtcNs(0), UtcNs(10**18)), UtcNs(10**18))
    index.incident_statistics(Span(UtcNs(0), UtcNs(10**18)))
    index.incident_statistics(Span(UtcNs(0), UtcNs(10**18)), asked=IncidentFilter(YARD.camera))
    index.incidents(open_only=True)
    index.incidents(IncidentFilter(YARD.camera), limit=10)
    index.last_end(YARD)
    index.files("volume", "yard/20261121")
    index.folders("volume")
    assert len(plans) >= 10
    big = ("segments", "gaps", "outages", "incidents")
    scans = [plan for plan in plans if any(f"SCAN {table}" in plan and "INDEX" not in plan for table in big)]
    assert scans == []
    assert "ix_segments_open" in plans[1]
    assert "ix_gaps_open" in plans[2]
    assert "ix_outages_open" in plans[3]


def test_a_time_line_and_the_ledger_are_read_from_an_index_alone(statements: tuple[Index, list[str]]) -> None:
    index, plans = statements
    with index.writing() as writer:
        writer.ensure_stream(YARD, "Yard")
        plans.clear()
        writer.recompute(YARD)
    ledger = [plan for plan in plans if "segments" in plan]
    plans.clear()
    index.recordings(YARD, UtcNs(10**18), UtcNs(10**18 + 10**14))
    assert ledger
    assert [plan for plan in [*ledger, *plans] if "SEARCH segments USING COVERING INDEX" not in plan] == []


def test_a_page_of_segments_and_what_is_deleted_next_come_in_order_of_the_index(
    statements: tuple[Index, list[str]],
) -> None:
    index, plans = statements
    held = Stored("volume", YARD, 1, 1, UtcNs(0), UtcNs(10**18))
    with index.writing() as writer:
        writer.ensure_stream(YARD, "Yard")
    plans.clear()
    index.segments(YARD, limit=10)
    index.segments(YARD, start=UtcNs(10**18), limit=10)
    with index.reading() as connection:
        oldest_start(connection, held)
        oldest_deletable(connection, held, 10)
    of_segments = [plan for plan in plans if "SEARCH segments" in plan]
    assert len(of_segments) == 4
    assert all("ix_segments_time_line (stream_id=?" in plan for plan in of_segments)
    assert [plan for plan in of_segments if "TEMP B-TREE FOR ORDER BY" in plan] == []
    plans.clear()
    index.holds_segments("volume")
    assert ["COVERING INDEX" in plan for plan in plans] == [True, True]


def test_second_files_are_found_by_their_indexes(statements: tuple[Index, list[str]]) -> None:
    index, plans = statements
    with index.reading() as connection:
        plans.clear()
        mirrors.mirrors_in(connection, "v", "yard/20261121")
        mirrors.mirror_volumes(connection, ["a", "b"])
        mirrors.marked_mirrors(connection, "v", 10)
        mirrors.standing_for(connection, "v", ["w"], 10)
        mirrors.unended_mirrors(connection, "v", UtcNs(0))
        mirrors.oldest_mirrored(connection, YARD, "v", ["w"], 10)
        mirrors.single_segments(connection, YARD, ["v", "w"], Span(UtcNs(0), UtcNs(10)), 10)
    assert len(plans) == 7
    assert [plan for plan in plans if "SCAN mirrors" in plan or "SCAN segments" in plan] == []
    assert [plan for plan in plans[-2:] if "TEMP B-TREE FOR ORDER BY" in plan] == []


def test_the_file_is_not_for_others(tmp_path: Path) -> None:
    """Hashes of passwords are in it."""
    path = tmp_path / "index.db"
    open_engine(path).dispose()
    assert path.stat().st_mode & 0o777 == 0o600
    path.chmod(0o664)
    open_engine(path).dispose()
    assert path.stat().st_mode & 0o777 == 0o660, "a group may have been given it on purpose"
