"""A new version starts on the database of an old one while recorders go on: nothing that they tell is lost."""

import asyncio
import os
import signal
import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import Connection, create_engine

from gstnvr.db import engine as engine_module
from gstnvr.db.engine import upgrade
from gstnvr.model.records import SegmentState
from gstnvr.supervisor.index import database
from gstnvr.supervisor.places import DATABASE
from tests.supervisor.rig import Rig, until

OLD = "0003"


def make_old(path: Path) -> None:
    """Give a database the tables of an earlier version, with the rows that fit in."""
    newer = path.with_suffix(".newer")
    for part in ("", "-wal", "-shm"):
        if (file := path.with_name(path.name + part)).exists():
            file.rename(newer.with_name(newer.name + part))
    old = create_engine(f"sqlite:///{path}")
    with old.begin() as connection:
        upgrade(connection, OLD)
    old.dispose()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("ATTACH ? AS newer", (str(newer),))
        for table in ("cameras", "streams", "volumes", "segments", "outages", "gaps", "incidents"):
            mine, theirs = (
                [row[1] for row in connection.execute(f"PRAGMA {schema}.table_info({table})")]
                for schema in ("main", "newer")
            )
            columns = ", ".join(f'"{column}"' for column in mine if column in theirs)
            connection.execute(f"INSERT INTO main.{table} ({columns}) SELECT {columns} FROM newer.{table}")
        connection.commit()


def revision(path: Path) -> str:
    with closing(sqlite3.connect(path)) as connection:
        return str(connection.execute("SELECT version_num FROM alembic_version").fetchone()[0])


def test_recording_goes_on_and_what_is_told_waits(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "OPEN_TIMEOUT_S", 0.3)
    monkeypatch.setattr(database, "RETRY_S", 0.2)
    may_end, begun = threading.Event(), threading.Event()

    def slowly(connection: Connection) -> None:
        begun.set()
        assert may_end.wait(60), "the migration takes as long as this test wants"
        upgrade(connection)

    rig.configure("front", "yard")
    path = rig.data_dir / DATABASE

    async def scenario() -> None:
        async with rig.running(leave=True) as supervisor:
            await until(lambda: len(supervisor.index.open_segments()) == 2, "both are recorded")
            head = revision(path)
        recorder = rig.pid()
        make_old(path)
        assert revision(path) == OLD
        os.kill(recorder, signal.SIGUSR1)
        monkeypatch.setattr(engine_module, "upgrade", slowly)
        async with rig.running() as supervisor:
            assert begun.is_set()
            assert not supervisor.index.is_open
            os.kill(recorder, signal.SIGUSR1)
            await until(supervisor.picture.written, "recorders are heard meanwhile")
            may_end.set()
            await until(lambda: supervisor.index.is_open, "the database is open")
            await until(lambda: len(supervisor.index.incidents()) == 4, "all that was told is entered")
            assert rig.pid() == recorder
            assert revision(path) == head
            assert len(supervisor.index.open_segments()) == 2

    asyncio.run(asyncio.wait_for(scenario(), 90))
    with rig.index() as index:
        assert [row.state for row in index.segments()] == [SegmentState.CLOSED] * 2
        assert [gap for gap in index.gaps() if gap.end is not None] == []
    assert rig.findings() == ()
