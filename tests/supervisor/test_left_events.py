"""What recorders wrote down before they died is entered by the next supervisor, and then forgotten."""

import asyncio
import contextlib
import os
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

from gstnvr.db.index import Index
from gstnvr.ipc.messages import Event, Hello, IncidentChanged
from gstnvr.ipc.spool import Spool, spool_path
from gstnvr.model.clock import UtcNs
from gstnvr.model.faults import Fault, Reason, Severity
from gstnvr.model.ids import CameraId, StreamId, StreamKind
from gstnvr.model.records import Incident
from gstnvr.supervisor.index.ledger import EventLedger
from gstnvr.supervisor.index.left_events import LeftEvents
from tests.supervisor.rig import until

STREAM = StreamId(CameraId("cam"), StreamKind.MAIN)
HELLO = Hello(1, "", 4711, UtcNs(1))


def incident(uid: str, attempts: int = 0, *, over: bool = False) -> Incident:
    at = UtcNs(1)
    fault, reason = Fault.RTSP_NETWORK, Reason.REFUSED
    recovered = UtcNs(2) if over else None
    return Incident(
        uid, STREAM.camera, STREAM, fault, reason, Severity.HIGH, "no", "", at, at, recovered, attempts
    )


def leave(folder: Path, *incidents: Incident, hello: Hello = HELLO) -> None:
    """As a recorder that told this to nobody and died."""
    spool = Spool(spool_path(folder / "recorder-0.sock", hello), hello)
    spool.write(Event(number, IncidentChanged(one)) for number, one in enumerate(incidents, 1))
    os.close(spool._descriptor)


def spools(folder: Path) -> list[Path]:
    return list(folder.glob("*.events"))


@contextlib.asynccontextmanager
async def entering(folder: Path) -> AsyncIterator[tuple[LeftEvents, Index]]:
    with Index.open(folder / "index.sqlite3") as index:
        ledger = EventLedger(index)
        running = asyncio.create_task(ledger.run())
        try:
            yield LeftEvents(folder, ledger), index
        finally:
            running.cancel()
            await asyncio.wait({running})


def run(story: Callable[[], Awaitable[None]]) -> None:
    async def limited() -> None:
        await asyncio.wait_for(story(), 60)

    asyncio.run(limited())


def test_everything_is_entered_and_the_file_goes_once_it_is_safe(tmp_path: Path) -> None:
    leave(tmp_path, *(incident(str(number)) for number in range(1500)))
    later = Hello(1, "", 4712, UtcNs(2))
    leave(tmp_path, incident("7", 3, over=True), incident("new"), hello=later)

    async def story() -> None:
        async with entering(tmp_path) as (left, index):
            lasting = await left.take()
            assert len(lasting) == 1500
            assert incident("new") in lasting
            assert incident("7") not in lasting, "it was over in the end"
            await until(lambda: spools(tmp_path) == [], "the files are gone")
            assert len(index.incidents()) == 1501
            assert incident("7", 3, over=True) in index.incidents()
            assert await left.take() == []

    run(story)


def test_what_was_heard_before_the_recorder_died_is_not_entered_again(tmp_path: Path) -> None:
    leave(tmp_path, incident("1"), incident("2"), incident("3"))

    async def story() -> None:
        async with entering(tmp_path) as (left, index):
            left.hear(tmp_path / "recorder-0.sock", HELLO, 2)
            assert await left.take() == [incident("3")]
            await until(lambda: spools(tmp_path) == [], "the file is gone")
            assert index.incidents() == [incident("3")]

    run(story)


def test_the_file_stays_while_the_database_takes_nothing(tmp_path: Path) -> None:
    leave(tmp_path, incident("1"))

    async def story() -> None:
        async with entering(tmp_path) as (left, index):
            other = sqlite3.connect(tmp_path / "index.sqlite3", isolation_level=None)
            other.execute("BEGIN IMMEDIATE")
            assert await left.take() == [incident("1")]
            assert len(spools(tmp_path)) == 1
            assert await left.take() == [], "it is taken already"
            other.execute("ROLLBACK")
            other.close()
            await until(lambda: spools(tmp_path) == [], "the file is gone")
            assert index.incidents() == [incident("1")]

    run(story)


def test_what_is_left_when_the_supervisor_dies_first_is_read_by_the_next(tmp_path: Path) -> None:
    leave(tmp_path, incident("1"))

    async def story() -> None:
        with Index.open(tmp_path / "index.sqlite3") as index:
            await LeftEvents(tmp_path, EventLedger(index)).take()
        assert len(spools(tmp_path)) == 1

    run(story)
    # The lock of the first supervisor goes with its process; here, with its descriptor.
    for descriptor in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(OSError):
            if descriptor.readlink().is_relative_to(tmp_path):
                os.close(int(descriptor.name))

    async def next_story() -> None:
        async with entering(tmp_path) as (left, index):
            assert await left.take() == [incident("1")]
            await until(lambda: spools(tmp_path) == [], "the file is gone")
            assert index.incidents() == [incident("1")]

    run(next_story)


def test_without_a_folder_nothing_is_left(tmp_path: Path) -> None:
    async def story() -> None:
        (tmp_path / "data").mkdir()
        async with entering(tmp_path / "data") as (left, _):
            (tmp_path / "data").rename(tmp_path / "gone")
            assert await left.take() == []

    run(story)
