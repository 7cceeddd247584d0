"""Events stay until acknowledged: in memory, in a file while nobody listens, and never in too much of either."""

import asyncio
import errno
import os
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path

import pytest

from gstnvr.ipc.messages import (
    Event,
    Hello,
    OutageChanged,
    RecorderEvent,
    SegmentClosed,
    SegmentGrown,
    SegmentOpened,
)
from gstnvr.ipc.spool import LARGEST_BYTES, Spool, left_spools, spool_path
from gstnvr.model.clock import UtcNs
from gstnvr.model.faults import GapCause
from gstnvr.model.ids import CameraId, StreamId, StreamKind
from gstnvr.model.records import Outage, Segment, SegmentState, TrackInfo
from gstnvr.recorder.reporting import outbox as outbox_module
from gstnvr.recorder.reporting.outbox import Outbox
from tests.rig.waiting import until as until_in_time

STREAM = StreamId(CameraId("cam"), StreamKind.MAIN)
HELLO = Hello(1, "", 1, UtcNs(1))


def segment(path: str, frames: int = 0) -> Segment:
    state = SegmentState.OPEN
    return Segment(STREAM, "volume", path, UtcNs(0), UtcNs(1), state, 0, frames, TrackInfo("h264", 1, 1))


def gap(number: int) -> OutageChanged:
    return OutageChanged(Outage(str(number), STREAM, UtcNs(number), None, GapCause.NETWORK))


def numbers(events: list[Event]) -> list[int]:
    return [event.number for event in events]


def run(story: Callable[[], Awaitable[None]]) -> None:
    async def limited() -> None:
        await asyncio.wait_for(story(), 60)

    asyncio.run(limited())


def make_spool(folder: Path, largest_bytes: int = LARGEST_BYTES) -> Spool:
    return Spool(spool_path(folder / "recorder-0.sock", HELLO), HELLO, largest_bytes)


async def until(condition: Callable[[], object], what: str) -> None:
    await until_in_time(condition, what=what, within_s=30)


def files(folder: Path) -> list[str]:
    return [path.name for path in folder.glob("*.events")]


def kept_in(folder: Path, largest_bytes: int = LARGEST_BYTES) -> Outbox:
    box = Outbox()
    box.keep_in(make_spool(folder, largest_bytes))
    return box


def on_disk(folder: Path) -> list[int]:
    """What would be read if the recorder died now."""
    other = [path.read_bytes() for path in folder.glob("*.events")]
    copy = folder / "copy"
    copy.mkdir(exist_ok=True)
    for content in other:
        (copy / "dead.events").write_bytes(content)
    found = [event.number for left in left_spools(copy) for event in left.events()]
    for path in copy.iterdir():
        path.unlink()
    return found


async def hear(box: Outbox, count: int, acknowledge: bool = False) -> list[RecorderEvent]:
    """The first events, but for growth, that a supervisor would hear."""
    heard: list[RecorderEvent] = []
    stream = box.listen()
    async for event in stream:
        if not isinstance(event.body, SegmentGrown):
            heard.append(event.body)
        if acknowledge:
            box.acknowledge(event.number)
        if len(heard) == count:
            break
    await stream.aclose()
    return heard


def test_events_are_numbered_and_stay_until_acknowledged() -> None:
    box = Outbox()
    assert box.empty
    for number in (1, 2, 3):
        box.tell(gap(number))
    assert numbers(box.since(0)) == [1, 2, 3]
    assert numbers(box.since(2)) == [3]
    box.acknowledge(2)
    assert numbers(box.since(0)) == [3]
    box.acknowledge(3)
    assert box.empty
    box.tell(gap(4))
    assert numbers(box.since(0)) == [4], "no number is used twice"


def test_only_the_newest_growth_of_a_file_is_kept_and_none_once_it_is_closed() -> None:
    box = Outbox()
    for frames in (1, 2):
        box.tell(SegmentGrown(segment("a", frames)))
        box.tell(SegmentGrown(segment("b", frames)))
    box.tell(SegmentClosed(segment("b", 2)))
    box.tell(SegmentGrown(segment("a", 3)))
    found = [(event.number, event.body) for event in box.since(0)]
    assert found == [(5, SegmentClosed(segment("b", 2))), (6, SegmentGrown(segment("a", 3)))]
    box.acknowledge(6)
    assert box.empty


def test_news_are_events_and_acknowledgements() -> None:
    async def listen() -> None:
        box = Outbox()
        for change in (partial(box.tell, gap(1)), partial(box.acknowledge, 1)):
            waiting = asyncio.create_task(box.news())
            await asyncio.sleep(0)
            assert not waiting.done()
            change()
            async with asyncio.timeout(1):
                await waiting

    asyncio.run(listen())


def test_what_nobody_hears_is_on_the_disk_and_told_to_the_next_who_listens(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox_module, "MOST_IN_MEMORY", 100)

    async def story() -> None:
        box = kept_in(tmp_path)
        told = [gap(number) for number in range(1, 2001)]
        for body in told[:1500]:
            box.tell(body)
            box.tell(SegmentGrown(segment("a", 1)))
        await until(lambda: box.in_memory <= 100, "memory is bounded")
        assert len(on_disk(tmp_path)) == 1500
        for body in told[1500:]:
            box.tell(body)
        assert await hear(box, 2000) == told
        assert await hear(box, 2000, acknowledge=True) == told
        assert box.empty
        await until(lambda: on_disk(tmp_path) == [], "the file holds nothing any more")
        await box.close()
        assert files(tmp_path) == []

    run(story)


def test_what_is_acknowledged_at_once_never_touches_the_disk(tmp_path: Path) -> None:
    async def story() -> None:
        box = kept_in(tmp_path)
        hearing = asyncio.create_task(hear(box, 50, acknowledge=True))
        for number in range(1, 51):
            await asyncio.sleep(0.005)
            box.tell(gap(number))
        assert len(await hearing) == 50
        await box.close()
        assert files(tmp_path) == []

    run(story)


def test_what_is_not_acknowledged_although_somebody_listens_is_saved_all_the_same(tmp_path: Path) -> None:
    async def story() -> None:
        box = kept_in(tmp_path)
        hearing = asyncio.create_task(hear(box, 3))
        box.tell(gap(1))
        box.tell(gap(2))
        await until(lambda: on_disk(tmp_path) == [1, 2], "saved after a while")
        box.tell(gap(3))
        await hearing
        await until(lambda: on_disk(tmp_path) == [1, 2, 3], "saved at once when the listener has gone")
        box.acknowledge(2)
        await until(lambda: on_disk(tmp_path) == [3], "the acknowledgement is noted")
        await box.close()
        assert on_disk(tmp_path) == [3]

    run(story)


def test_events_of_the_last_moment_are_saved_at_the_end(tmp_path: Path) -> None:
    async def story() -> None:
        box = kept_in(tmp_path)
        box.tell(SegmentOpened(segment("a")))
        box.tell(gap(2))
        await box.close()
        assert on_disk(tmp_path) == [1, 2]

    run(story)


def test_a_disk_that_takes_nothing_costs_no_event_until_memory_is_full(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox_module, "MOST_WITHOUT_FILE", 10)
    monkeypatch.setattr(outbox_module, "_RETRY_S", 0.05)
    real_open = os.open

    def full(path: object, *arguments: int) -> int:
        raise OSError(errno.ENOSPC, "No space left on device", str(path))

    async def story() -> None:
        monkeypatch.setattr(os, "open", full)
        box = kept_in(tmp_path)
        for number in range(1, 5):
            box.tell(gap(number))
        for number in range(5, 13):
            box.tell(SegmentOpened(segment(str(number))))
        assert box.lost == 2
        assert numbers(box.since(0)) == [1, 2, 3, 4, *range(7, 13)], "segments go first, the files tell of them"
        await asyncio.sleep(0.2)
        assert files(tmp_path) == []
        monkeypatch.setattr(os, "open", real_open)
        await until(lambda: on_disk(tmp_path) == numbers(box.since(0)), "saved once there is room")
        await box.close()

    run(story)


def test_a_disk_that_hangs_holds_up_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox_module, "_DISK_TIMEOUT_S", 0.2)
    monkeypatch.setattr(outbox_module, "_RETRY_S", 0.05)
    pipe_read, pipe_write = os.pipe()
    write = Spool.write

    def hang(spool: Spool, events: list[Event]) -> None:
        os.read(pipe_read, 1)
        write(spool, events)

    async def story() -> None:
        monkeypatch.setattr(Spool, "write", hang)
        box = kept_in(tmp_path)
        box.tell(gap(1))
        assert await hear(box, 1) == [gap(1)]
        await asyncio.sleep(0.5)
        box.tell(gap(2))
        assert await hear(box, 2) == [gap(1), gap(2)]
        monkeypatch.setattr(Spool, "write", write)
        os.write(pipe_write, b"x")
        await until(lambda: on_disk(tmp_path) == [1, 2], "saved when the disk is back, each once")
        await box.close()

    run(story)
    os.close(pipe_read)
    os.close(pipe_write)


def test_the_file_stays_within_its_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox_module, "MOST_IN_MEMORY", 10)
    largest = 40_000

    async def story() -> None:
        box = kept_in(tmp_path, largest)
        for number in range(1, 401):
            box.tell(SegmentOpened(segment(str(number))))
            if number % 20 == 0:
                box.tell(gap(number))
            if number % 50 == 0:
                await until(lambda: box.in_memory <= 10, "saved")
        (name,) = files(tmp_path)
        await until(lambda: (tmp_path / name).stat().st_size <= largest, "small enough")
        assert box.lost > 0
        heard: list[RecorderEvent] = []
        stream = box.listen()
        async for event in stream:
            heard.append(event.body)
            if event.body == gap(400):
                break
        await stream.aclose()
        assert [body for body in heard if isinstance(body, OutageChanged)] == [gap(n) for n in range(20, 401, 20)]
        assert len(heard) + box.lost == 420
        await box.close()

    run(story)
