"""Few connections are set up at once, in fair order, by all recorder processes together."""

import asyncio
import subprocess
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path

import pytest

from gstnvr.model.choices import Priority
from gstnvr.recorder.sessions.shared_slots import SharedSlots
from gstnvr.recorder.sessions.slots import (
    FRESH_HEAD_START_S,
    HEAD_STARTS_S,
    LONGEST_HOLD_S,
    URGENT_AFTER_S,
    ConnectSlots,
    Slot,
    head_start_s,
)
from gstnvr.testing.fast_loop import run_fast
from tests.rig.waiting import until

HIGH, NORMAL, LOW = (head_start_s(each, fresh=False) for each in (Priority.HIGH, Priority.NORMAL, Priority.LOW))

Story = Callable[[], Coroutine[None, None, None]]


class Queue:
    """Writes down who was granted a slot, and keeps the slots."""

    def __init__(self, slots: ConnectSlots) -> None:
        self.slots = slots
        self.granted: list[str] = []
        self.held: list[Slot] = []

    def ask(self, *names: str, ahead_s: float = NORMAL) -> None:
        for name in names:
            self.slots.request(ahead_s, lambda slot, name=name: self._take(name, slot))  # type: ignore[misc]

    def _take(self, name: str, slot: Slot) -> None:
        self.granted.append(name)
        self.held.append(slot)

    def release_one(self) -> None:
        self.held.pop(0).release()


def run(story: Story) -> None:
    run_fast(story(), speed=20.0)


def test_slots_are_granted_in_order_and_no_more_than_there_are() -> None:
    async def story() -> None:
        queue = Queue(ConnectSlots(2))
        queue.ask(*"abcde")
        assert queue.granted == ["a", "b"]
        queue.release_one()
        assert queue.granted == ["a", "b", "c"]
        queue.release_one()
        queue.release_one()
        assert queue.granted == ["a", "b", "c", "d", "e"]

    run(story)


def test_more_slots_are_granted_at_once_fewer_with_time() -> None:
    async def story() -> None:
        queue = Queue(ConnectSlots(1))
        queue.ask(*"abcd")
        queue.slots.set_limit(3)
        assert queue.granted == ["a", "b", "c"]
        queue.slots.set_limit(1)
        queue.release_one()
        queue.release_one()
        assert queue.granted == ["a", "b", "c"]
        queue.release_one()
        assert queue.granted == ["a", "b", "c", "d"]

    run(story)


def test_a_slot_that_is_given_back_twice_counts_once() -> None:
    async def story() -> None:
        queue = Queue(ConnectSlots(1))
        queue.ask(*"abc")
        first = queue.held[0]
        first.release()
        first.release()
        assert queue.granted == ["a", "b"]

    run(story)


def test_cameras_that_answer_nothing_hold_up_the_others_for_a_short_time_only() -> None:
    async def story() -> None:
        queue = Queue(ConnectSlots(2))
        queue.ask("mute", "deaf", "well")
        began = asyncio.get_running_loop().time()
        await until(lambda: "well" in queue.granted, 10 * LONGEST_HOLD_S)
        assert asyncio.get_running_loop().time() - began >= LONGEST_HOLD_S - 0.01

    run(story)


def test_the_more_important_goes_first_and_who_was_well_a_moment_ago_before_who_was_not() -> None:
    async def story() -> None:
        queue = Queue(ConnectSlots(1))
        queue.ask("first")
        queue.ask("low", ahead_s=LOW)
        queue.ask("normal")
        queue.ask("fresh", ahead_s=NORMAL + FRESH_HEAD_START_S)
        queue.ask("high", ahead_s=HIGH)
        for _ in range(4):
            queue.release_one()
        assert queue.granted == ["first", "high", "fresh", "normal", "low"]

    run(story)


def test_the_least_important_is_overtaken_only_by_those_who_ask_within_its_handicap() -> None:
    """With a more important one asking every second, for as long as it takes."""

    async def story() -> None:
        queue = Queue(ConnectSlots(1))
        queue.ask("busy", ahead_s=HIGH)
        queue.ask("low", ahead_s=LOW)
        began = asyncio.get_running_loop().time()
        for second in range(2000):
            queue.ask(f"high {second}", ahead_s=HIGH)
            queue.release_one()
            if "low" in queue.granted:
                break
            await asyncio.sleep(1)
        handicap_s = HEAD_STARTS_S[Priority.HIGH] - HEAD_STARTS_S[Priority.LOW]
        assert asyncio.get_running_loop().time() - began == pytest.approx(handicap_s, abs=5)

    run(story)


# --- several processes --------------------------------------------------------------------------------


def shared_queue(folder: Path, limit: int) -> Queue:
    slots = ConnectSlots(limit, SharedSlots(folder))
    slots.set_limit(limit)
    return Queue(slots)


def test_the_limit_holds_for_all_processes_together(tmp_path: Path) -> None:
    async def story() -> None:
        one, other = shared_queue(tmp_path, 3), shared_queue(tmp_path, 3)
        one.ask(*"abcdef")
        other.ask(*"uvwxyz")
        for wanted in (3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 2, 1):
            await until(lambda wanted=wanted: len(one.held) + len(other.held) == wanted, 20)  # type: ignore[misc]
            (one if len(one.held) > len(other.held) else other).release_one()
        assert (one.granted, other.granted) == (list("abcdef"), list("uvwxyz"))

    run(story)


def test_no_process_takes_all_slots_for_ever(tmp_path: Path) -> None:
    async def story() -> None:
        one, other = shared_queue(tmp_path, 1), shared_queue(tmp_path, 1)
        one.ask(*(str(number) for number in range(200)))
        other.ask("other")
        while not other.granted:
            await until(lambda: one.held or other.held, 20)
            if one.held:
                one.release_one()
        assert len(one.granted) < 100

    run(story)


def test_a_process_holds_back_while_another_has_a_more_important_one(tmp_path: Path) -> None:
    async def story() -> None:
        one, other = shared_queue(tmp_path, 1), shared_queue(tmp_path, 1)
        one.ask("first", *(str(number) for number in range(50)))
        other.ask(*(f"high {number}" for number in range(8)), ahead_s=HIGH)
        order: list[str] = []
        while len(other.granted) < 8:
            await until(lambda: one.held or other.held, 20)
            order.append("one" if one.held else "other")
            (one if one.held else other).release_one()
        # The mark of a process is refused for the instant in which another one looks at it.
        assert order.count("one") < 4
        await until(lambda: one.held, 20)

    run(story)


def test_waiting_long_makes_anybody_urgent(tmp_path: Path) -> None:
    async def story() -> None:
        one, other = shared_queue(tmp_path, 1), shared_queue(tmp_path, 1)
        one.ask("first", "waits")
        loop = asyncio.get_running_loop()
        asked = loop.time()
        other.ask(*(f"high {number}" for number in range(5000)), ahead_s=HIGH)
        while "waits" not in one.granted:
            await until(lambda: one.held or other.held, 20)
            if loop.time() - asked < URGENT_AFTER_S:
                await asyncio.sleep(0.5)
            (one if one.held else other).release_one()
        assert loop.time() - asked < 3 * URGENT_AFTER_S

    run(story)


HOLDER = """
import sys
from pathlib import Path
from gstnvr.recorder.sessions.shared_slots import SharedSlots
slots = SharedSlots(Path(sys.argv[1]))
slots.open(2)
print(slots.take(), slots.take(), slots.take(), flush=True)
sys.stdin.read()
"""


def test_slots_of_a_process_that_dies_are_free(tmp_path: Path) -> None:
    command = [sys.executable, "-c", HOLDER, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"0 1 None\n"
        slots = SharedSlots(tmp_path)
        slots.open(2)
        assert slots.take() is None
        process.kill()
        process.wait()
        assert (slots.take(), slots.take(), slots.take()) == (0, 1, None)
        slots.close()


def test_where_files_cannot_be_made_a_process_keeps_to_the_limit_by_itself(tmp_path: Path) -> None:
    async def story() -> None:
        queue = shared_queue(tmp_path / "missing", 2)
        queue.ask(*"abc")
        assert queue.granted == ["a", "b"]
        queue.release_one()
        await until(lambda: queue.granted == ["a", "b", "c"], 20)

    run(story)
