"""Files that nobody writes any more are given an end, also if their volume was away when they were left."""

import asyncio
import threading
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gstnvr.container.scan import scan_file
from gstnvr.db.index import Index
from gstnvr.model.clock import SystemClock
from gstnvr.model.records import Segment, SegmentState, Volume
from gstnvr.supervisor.index import unclaimed
from gstnvr.supervisor.index.ledger import EventLedger
from gstnvr.supervisor.index.unclaimed import UNCLAIMED_S, UnclaimedSegments
from gstnvr.testing.clock import SimulatedClock
from gstnvr.testing.segments import make_segment
from gstnvr.volume.identity import IDENTITY_FILE, create_identity
from tests.storage.archive import Archive

Scenario = Callable[[UnclaimedSegments, SimulatedClock, EventLedger], Coroutine[Any, Any, None]]


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    root = tmp_path / "video"
    root.mkdir()
    volume = Volume(create_identity(root, SystemClock()).uuid, str(root))
    with Index.open(tmp_path / "index.db") as index:
        with index.writing() as writer:
            writer.ensure_volume(volume)
        yield Archive(index, volume)


def play(archive: Archive, scenario: Scenario, *volumes: Volume) -> None:
    async def run() -> None:
        ledger = EventLedger(archive.index)
        clock = SimulatedClock()
        running = asyncio.create_task(ledger.run())
        try:
            async with asyncio.timeout(20):
                segments = UnclaimedSegments(archive.index, ledger, clock, lambda: volumes or [archive.volume])
                await scenario(segments, clock, ledger)
                await ledger.flush()
        finally:
            running.cancel()

    asyncio.run(run())


def left_behind(archive: Archive) -> Segment:
    """A segment whose writer was killed in the middle of it."""
    made = make_segment()
    size = len(made.content) * 3 // 4
    return archive.record(0, made, state=SegmentState.OPEN, size=size)


def state(archive: Archive) -> SegmentState:
    (row,) = archive.rows()
    return row.state


def test_a_file_that_nobody_claims_gets_its_end(archive: Archive) -> None:
    left = left_behind(archive)

    async def scenario(segments: UnclaimedSegments, clock: SimulatedClock, ledger: EventLedger) -> None:
        await segments.look([])
        clock.advance(UNCLAIMED_S - 1)
        await segments.look([])
        await ledger.flush()
        assert state(archive) is SegmentState.OPEN, "its recorder may be about to end it"
        clock.advance(1)
        await segments.look([])

    play(archive, scenario)
    (row,) = archive.rows()
    found = scan_file(archive.file(left))
    assert row.state is SegmentState.CLOSED
    assert (row.frames, row.size) == (found.video_units, found.size)
    assert row.frames > 0


def test_a_file_that_a_recorder_writes_is_left_alone(archive: Archive) -> None:
    left = left_behind(archive)

    async def scenario(segments: UnclaimedSegments, clock: SimulatedClock, _: EventLedger) -> None:
        for _round in range(3):
            await segments.look([(left.volume, left.path)])
            clock.advance(2 * UNCLAIMED_S)

    play(archive, scenario)
    assert state(archive) is SegmentState.OPEN


def test_time_without_the_volume_does_not_count(archive: Archive) -> None:
    left_behind(archive)
    identity = archive.root / IDENTITY_FILE
    hidden = identity.with_name("hidden")

    async def scenario(segments: UnclaimedSegments, clock: SimulatedClock, ledger: EventLedger) -> None:
        identity.rename(hidden)
        await segments.look([])
        clock.advance(10 * UNCLAIMED_S)
        await segments.look([])
        hidden.rename(identity)
        await segments.look([])
        await ledger.flush()
        assert state(archive) is SegmentState.OPEN, "its recorder has only just got the volume back"
        clock.advance(UNCLAIMED_S)
        await segments.look([])

    play(archive, scenario)
    assert state(archive) is SegmentState.CLOSED


def test_the_row_of_a_file_that_is_gone_does_not_stay_open(archive: Archive) -> None:
    archive.file(left_behind(archive)).unlink()

    async def scenario(segments: UnclaimedSegments, clock: SimulatedClock, _: EventLedger) -> None:
        await segments.look([])
        clock.advance(UNCLAIMED_S)
        await segments.look([])

    play(archive, scenario)
    assert archive.index.open_segments() == []


def test_a_volume_that_hangs_holds_up_no_other(
    archive: Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = left_behind(archive)
    other = tmp_path / "other"
    other.mkdir()
    hanging = Volume(create_identity(other, SystemClock()).uuid, str(other))
    with archive.index.writing() as writer:
        writer.ensure_volume(hanging)
        writer.segment_opened(replace(left, volume=hanging.uuid))
    free = threading.Event()

    def is_usable(volume: Volume) -> bool:
        if volume == hanging:
            free.wait()
        return True

    monkeypatch.setattr(unclaimed, "_is_usable", is_usable)
    monkeypatch.setattr(unclaimed, "_TIMEOUT_S", 0.2)

    async def scenario(segments: UnclaimedSegments, clock: SimulatedClock, ledger: EventLedger) -> None:
        await segments.look([])
        clock.advance(UNCLAIMED_S)
        await segments.look([])

    try:
        play(archive, scenario, archive.volume, hanging)
    finally:
        free.set()
    states = {row.volume: row.state for row in archive.rows()}
    assert states == {archive.volume.uuid: SegmentState.CLOSED, hanging.uuid: SegmentState.OPEN}
