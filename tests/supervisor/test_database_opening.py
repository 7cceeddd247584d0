"""Recording begins although the database cannot be opened; once it can be, it knows what happened."""

import asyncio
import os
import signal
import sqlite3
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from gstnvr.model.faults import GapCause
from gstnvr.model.records import SegmentState
from gstnvr.model.status import RecordingPhase
from gstnvr.supervisor.index import database
from gstnvr.supervisor.places import DATABASE
from gstnvr.supervisor.supervisor import Supervisor
from tests.supervisor.rig import Rig, until


@pytest.fixture(autouse=True)
def retry_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "RETRY_S", 0.2)


def run(scenario: Callable[[], Coroutine[Any, Any, None]]) -> None:
    asyncio.run(asyncio.wait_for(scenario(), 90))


async def record_once(rig: Rig) -> None:
    """So that volume and database are there."""
    async with rig.running() as supervisor:
        await until(supervisor.index.open_segments, "it is recorded")


async def recorded(supervisor: Supervisor) -> None:
    def is_recorded() -> bool:
        return [live.status.recording for live in supervisor.picture.streams()] == [RecordingPhase.RECORDING]

    await until(is_recorded, "it is recorded")


def damage(rig: Rig) -> None:
    for file in rig.data_dir.glob(f"{DATABASE}*"):
        file.rename(rig.folder / file.name)
    (rig.data_dir / DATABASE).write_bytes(b"this is no database" * 100)


def restore(rig: Rig) -> None:
    (rig.data_dir / DATABASE).unlink()
    for file in rig.folder.glob(f"{DATABASE}*"):
        file.rename(rig.data_dir / file.name)


def ledger_problem(supervisor: Supervisor) -> str:
    assert supervisor.index.is_open is False
    return supervisor.index.problem


def test_with_a_damaged_database_it_is_recorded_and_told_why(rig: Rig) -> None:
    rig.configure("front")

    async def scenario() -> None:
        await record_once(rig)
        damage(rig)
        async with rig.running() as supervisor:
            await recorded(supervisor)
            assert "cannot open database" in ledger_problem(supervisor)
            restore(rig)
            await until(lambda: supervisor.index.is_open, "it is open")
            await until(lambda: len(supervisor.index.segments()) == 2, "what was recorded meanwhile is in it")

    run(scenario)
    with rig.index() as index:
        assert [row.state for row in index.segments()] == [SegmentState.CLOSED] * 2
        assert [gap.cause for gap in index.gaps() if gap.end is not None] == [GapCause.SHUTDOWN]
    assert rig.findings() == ()


def test_a_lost_database_is_built_again_from_the_files(rig: Rig) -> None:
    rig.configure("front")

    async def scenario() -> None:
        await record_once(rig)
        damage(rig)
        for file in rig.volume.rglob("*.mp4"):
            os.utime(file, (1, 1))
        async with rig.running() as supervisor:
            await recorded(supervisor)
            (rig.data_dir / DATABASE).unlink()
            await until(lambda: supervisor.index.is_open, "it is open")
            await until(lambda: len(supervisor.index.segments()) == 2, "the old file and the new one are in it")

    run(scenario)
    assert rig.findings() == ()


def test_what_the_last_run_left_is_put_in_order_when_the_database_opens(rig: Rig) -> None:
    rig.configure("front")

    async def scenario() -> None:
        async with rig.running(leave=True) as supervisor:
            await until(supervisor.index.open_segments, "it is recorded")
            os.kill(rig.pid(), signal.SIGUSR1)
            await until(supervisor.index.incidents, "an incident is open")
        os.kill(rig.pid(), signal.SIGKILL)
        damage(rig)
        async with rig.running() as supervisor:
            await recorded(supervisor)
            restore(rig)
            await until(lambda: supervisor.index.is_open, "it is open")
            await until(lambda: not supervisor.index.incidents(open_only=True), "old incidents are over")
            await until(lambda: len(supervisor.index.segments()) == 2, "what was recorded meanwhile is in it")

    run(scenario)
    with rig.index() as index:
        assert [gap.cause for gap in index.gaps() if gap.end is not None] == [GapCause.PROCESS_DIED]


@pytest.mark.parametrize(
    "url", ["postgresql+psycopg://gstnvr@127.0.0.1:1/gstnvr", "oracle://gstnvr@127.0.0.1:1/gstnvr"]
)
def test_a_database_that_cannot_be_reached_holds_up_nothing(rig: Rig, url: str) -> None:
    rig.configure("front")

    async def scenario() -> None:
        await record_once(rig)
        rig.database = url
        async with rig.running() as supervisor:
            await recorded(supervisor)
            assert "cannot open database" in ledger_problem(supervisor)
            assert url.rpartition("@")[2] in ledger_problem(supervisor)

    run(scenario)


def test_a_database_that_is_locked_is_opened_when_it_is_free(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "OPEN_TIMEOUT_S", 0.5)
    rig.configure("front")

    async def scenario() -> None:
        await record_once(rig)
        other = sqlite3.connect(rig.data_dir / DATABASE, isolation_level=None)
        other.execute("BEGIN EXCLUSIVE")
        async with rig.running() as supervisor:
            await recorded(supervisor)
            assert "does not answer" in ledger_problem(supervisor)
            other.execute("ROLLBACK")
            other.close()
            await until(lambda: supervisor.index.is_open, "it is open")
            await until(lambda: len(supervisor.index.segments()) == 2, "what was recorded meanwhile is in it")

    run(scenario)
    assert rig.findings() == ()


def test_nothing_is_written_to_a_volume_that_does_not_say_who_it_is(rig: Rig) -> None:
    """It may be the mount point of a disk that is not there; only the database knows."""
    rig.configure("front")
    (rig.data_dir).mkdir()
    (rig.data_dir / DATABASE).write_bytes(b"this is no database" * 100)

    async def scenario() -> None:
        async with rig.running() as supervisor:
            await until(rig.told, "a recorder runs")
            notes = {each.name: each.detail for each in supervisor.picture.components()}
            assert "while the database does not answer" in notes["storage"]
            assert list(rig.volume.iterdir()) == []
            (rig.data_dir / DATABASE).unlink()
            await recorded(supervisor)

    run(scenario)
    assert rig.findings() == ()
