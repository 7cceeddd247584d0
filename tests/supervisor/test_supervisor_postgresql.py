"""The whole supervisor with its index in PostgreSQL, by the settings, also while the server is away."""

import asyncio
import logging
import os
import signal
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

import pytest

from gstnvr.db.index import Index
from gstnvr.lab.postgresql import Server, postgresql_server, programs
from gstnvr.logs.redaction import redact
from gstnvr.model.clock import SystemClock
from gstnvr.model.faults import GapCause
from gstnvr.model.records import SegmentState
from gstnvr.model.status import RecordingPhase
from gstnvr.storage.check import check
from gstnvr.supervisor.index import database, safekeeping
from gstnvr.supervisor.places import DATABASE
from gstnvr.supervisor.supervisor import Supervisor
from tests.supervisor.rig import Rig, until

pytestmark = pytest.mark.skipif(programs() is None, reason="PostgreSQL is not installed")


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "RETRY_S", 0.2)
    monkeypatch.setattr(safekeeping, "INTERVAL_S", 0.2)


@pytest.fixture
def server() -> Iterator[Server]:
    with postgresql_server() as server:
        yield server


def run(scenario: Callable[[], Coroutine[Any, Any, None]]) -> None:
    asyncio.run(asyncio.wait_for(scenario(), 120))


def assert_in_order(rig: Rig, url: str) -> None:
    with Index.open(url) as index:
        report = check(index, index.volumes(), now=SystemClock().utc_ns(), running=False)
        assert report.findings == ()
    assert not (rig.data_dir / DATABASE).exists()


def is_recorded(supervisor: Supervisor) -> bool:
    return [live.status.recording for live in supervisor.picture.streams()] == [RecordingPhase.RECORDING]


def test_what_is_recorded_is_entered_there(rig: Rig, server: Server) -> None:
    rig.configure("front", extra=f"database: {{url: '{server.url}'}}")

    async def scenario() -> None:
        async with rig.running() as supervisor:
            await until(supervisor.index.open_segments, "it is recorded")
            await until(lambda: list((rig.data_dir / "backups").glob("*.sqlite3")), "it is backed up")
        async with rig.running(leave=True) as supervisor:
            await until(supervisor.index.open_segments, "it is recorded again")
        os.kill(rig.pid(), signal.SIGKILL)
        async with rig.running() as supervisor:
            await until(lambda: len(supervisor.index.segments()) == 3, "it is recorded a third time")

    run(scenario)
    assert_in_order(rig, server.url)
    with Index.open(server.url) as index:
        assert [row.state for row in index.segments()] == [SegmentState.CLOSED] * 3
        causes = [gap.cause for gap in index.gaps() if gap.end is not None]
        assert causes == [GapCause.SHUTDOWN, GapCause.PROCESS_DIED]


def test_while_the_server_is_away_it_is_recorded_and_entered_later(rig: Rig, server: Server) -> None:
    rig.configure("front", extra=f"database: {{url: '{server.url}'}}")

    async def scenario() -> None:
        async with rig.running() as supervisor:
            await until(supervisor.index.open_segments, "it is recorded")
            await asyncio.to_thread(server.stop)
            os.kill(rig.pid(), signal.SIGUSR1)
            await until(lambda: not components(supervisor)["ledger"], "it is told that the database is away")
            assert is_recorded(supervisor)
            await asyncio.to_thread(server.start)
            await until(lambda: components(supervisor)["ledger"], "the database takes changes again")
            await until(supervisor.index.incidents, "what happened meanwhile is entered")

    run(scenario)
    assert_in_order(rig, server.url)


def components(supervisor: Supervisor) -> dict[str, bool]:
    assert supervisor._works is not None
    return {one.name: one.healthy for one in supervisor._works.components()}


def test_without_the_server_recording_begins_all_the_same(rig: Rig, server: Server) -> None:
    rig.configure("front", extra=f"database: {{url: '{server.url}'}}")

    async def scenario() -> None:
        async with rig.running() as supervisor:
            await until(supervisor.index.open_segments, "the volume is known")
        await asyncio.to_thread(server.stop)
        async with rig.running() as supervisor:
            await until(lambda: is_recorded(supervisor), "it is recorded")
            assert not supervisor.index.is_open
            assert "check that the server runs" in supervisor.index.problem
            await asyncio.to_thread(server.start)
            await until(lambda: supervisor.index.is_open, "it is open")
            await until(supervisor.index.open_segments, "what is recorded is entered")

    run(scenario)
    assert_in_order(rig, server.url)


def test_the_password_comes_from_a_file_and_is_never_told(
    rig: Rig, server: Server, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    password = "s3cret/with@signs"
    server.need_password(password)
    server.stop()
    server.start()
    secret = tmp_path / "password"
    secret.write_text("wrong-guess\n")
    secret.chmod(0o600)
    rig.configure("front", extra=f"database: {{url: '{server.url}', password_file: {secret}}}")

    async def scenario() -> None:
        async with rig.running() as supervisor:
            await until(lambda: "password authentication failed" in supervisor.index.problem, "it is told")
            assert "wrong-guess" not in supervisor.index.problem
            secret.write_text(f"{password}\n")
            await until(lambda: supervisor.index.is_open, "it is open")
            await until(supervisor.index.open_segments, "it is recorded")

    with caplog.at_level(logging.DEBUG):
        run(scenario)
    assert "wrong-guess" not in caplog.text
    assert password not in caplog.text
    assert redact("wrong-guess") == "***"
