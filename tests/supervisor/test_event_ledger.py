"""Entries reach the index in order, whatever the database does, and a wrong one holds up nobody."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from gstnvr.db.index import Index
from gstnvr.db.writer import IndexWriter, UnknownVolumeError
from gstnvr.supervisor.index.ledger import Entry, EventLedger


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    with Index.open(tmp_path / "index.db") as opened:
        yield opened


def run(ledger: Callable[[], EventLedger], scenario: Callable[[EventLedger], Coroutine[Any, Any, None]]) -> None:
    async def with_ledger() -> None:
        made = ledger()
        running = asyncio.create_task(made.run())
        try:
            async with asyncio.timeout(20):
                await scenario(made)
        finally:
            running.cancel()

    asyncio.run(with_ledger())


def test_entries_are_applied_in_order_and_acknowledged_when_they_are_safe(index: Index) -> None:
    applied: list[int] = []
    safe: list[int] = []

    def apply(number: int, _: IndexWriter) -> None:
        applied.append(number)

    async def scenario(ledger: EventLedger) -> None:
        for number in range(1200):
            ledger.put(Entry("", partial(apply, number), partial(safe.append, number)))
        assert safe == []
        await ledger.flush()
        assert applied == safe == list(range(1200))
        assert ledger.waiting == 0

    run(lambda: EventLedger(index), scenario)


class FullDisk:
    """Lets the database fail for some transactions."""

    def __init__(self, index: Index, monkeypatch: pytest.MonkeyPatch, times: int) -> None:
        self.left = times
        whole = index.writing

        def writing() -> AbstractContextManager[IndexWriter]:
            if self.left > 0:
                self.left -= 1
                raise OperationalError("INSERT", {}, Exception("database or disk is full"))
            return whole()

        monkeypatch.setattr(index, "writing", writing)


def test_entries_wait_while_the_database_does_not_take_them(index: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    disk = FullDisk(index, monkeypatch, times=3)
    safe: list[int] = []
    problems: set[str | None] = set()

    async def scenario(ledger: EventLedger) -> None:
        ledger.put(Entry("one", lambda _: None, lambda: safe.append(1)))
        ledger.put(Entry("two", lambda _: None, lambda: safe.append(2)))
        while disk.left:
            problems.add(ledger.problem)
            assert safe == []
            await asyncio.sleep(0.01)
        await ledger.flush()
        assert safe == [1, 2]
        assert ledger.problem is None

    run(lambda: EventLedger(index), scenario)
    assert "database or disk is full" in problems


def test_an_impossible_entry_is_left_out_and_the_others_are_entered(
    index: Index, caplog: pytest.LogCaptureFixture
) -> None:
    applied: list[str] = []
    safe: list[str] = []

    def impossible(_: IndexWriter) -> None:
        raise UnknownVolumeError("on a volume unknown to the index")

    async def scenario(ledger: EventLedger) -> None:
        ledger.put(Entry("first", lambda _: applied.append("first"), lambda: safe.append("first")))
        ledger.put(Entry("the wrong one", impossible, lambda: safe.append("wrong")))
        ledger.put(Entry("last", lambda _: applied.append("last"), lambda: safe.append("last")))
        await ledger.flush()
        assert safe == ["first", "wrong", "last"]
        assert applied[-2:] == ["first", "last"]

    run(lambda: EventLedger(index), scenario)
    assert "refuses the wrong one" in caplog.text


def test_no_more_is_taken_than_there_is_room_for(index: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    disk = FullDisk(index, monkeypatch, times=1_000_000)
    nothing = Entry("nothing", lambda _: None)

    async def scenario(ledger: EventLedger) -> None:
        assert [ledger.offer(nothing) for _ in range(12)] == [True] * 10 + [False] * 2
        assert not ledger.has_room
        disk.left = 0
        await ledger.flush()
        assert ledger.has_room
        assert ledger.offer(nothing)

    run(lambda: EventLedger(index, most_waiting=10), scenario)
