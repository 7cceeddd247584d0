"""One connection to the recorder serves any number of viewers."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from gstnvr.ipc.connection import listen_for_streams
from gstnvr.ipc.live import (
    LiveBatch,
    LiveFormat,
    LiveIdle,
    LiveMessage,
    LiveRefused,
    LiveTrack,
    LiveUnit,
    encode,
    receive_watch,
)
from gstnvr.live import hub as live_hub
from gstnvr.live.hub import LiveHub
from gstnvr.live.viewer import LiveViewer, Shown
from gstnvr.model.clock import NS_PER_MS, UtcNs
from gstnvr.model.ids import CameraId, StreamId, StreamKind
from gstnvr.model.live import ShownFormat, Skipped, TooManyViewersError, Waiting, WaitReason
from gstnvr.testing.segments import picture as made
from tests.rig.waiting import until

YARD = StreamId(CameraId("yard"), StreamKind.MAIN)
FORMAT = LiveFormat(LiveTrack("h264", bytes.fromhex("0142c01effe1000467420a1e01000268ce"), 640, 360), None)
STEP = 40 * NS_PER_MS


def batch(*numbers: int, keys: tuple[int, ...] = (), skipped: bool = False) -> LiveBatch:
    units = [
        LiveUnit(False, number * STEP, number * STEP, STEP, number in keys, made(number)) for number in numbers
    ]
    return LiveBatch(units, UtcNs(10**18), skipped)


class FakeRecorder:
    """Sends the same to whoever connects, as long as it is there."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.connections: list[asyncio.StreamWriter] = []
        self.wishes: list[tuple[StreamId, bool]] = []
        self.watching = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        wish = await receive_watch(reader)
        self.wishes.append((wish.stream, wish.audio))
        self.connections.append(writer)
        self.watching += 1
        await reader.read()
        self.watching -= 1
        writer.close()

    async def say(self, *messages: LiveMessage) -> None:
        """To the one that connected last."""
        await until(lambda: self.watching)
        for message in messages:
            self.connections[-1].write(encode(message))

    def hang_up(self) -> None:
        """On the one that connected last."""
        self.connections[-1].close()


@asynccontextmanager
async def recorder(folder: Path) -> AsyncIterator[FakeRecorder]:
    (folder / "sockets").mkdir(mode=0o700)
    fake = FakeRecorder(folder / "sockets" / "recorder-0.live")
    listener = await listen_for_streams(fake.path, fake.serve)
    try:
        yield fake
        await until(lambda: fake.watching == 0, what="nobody is left")
    finally:
        await listener.close()


async def taken(viewer: LiveViewer, count: int) -> list[Shown]:
    async with asyncio.timeout(30):
        return [await viewer.next() for _ in range(count)]


def pictures_in(piece: Shown) -> list[int]:
    """Numbers of the pictures in a piece."""
    assert isinstance(piece, bytes)
    return [number for number in range(100) if made(number) in piece]


def run(folder: Path, story: Callable[[FakeRecorder, LiveHub], Awaitable[None]]) -> None:
    async def all_of_it() -> None:
        async with recorder(folder) as fake:
            await story(fake, LiveHub(lambda _: fake.path))

    asyncio.run(all_of_it())


def test_whoever_comes_later_begins_with_the_last_key_frame(tmp_path: Path) -> None:
    async def story(fake: FakeRecorder, hub: LiveHub) -> None:
        async with hub.watch(YARD, audio=True) as first:
            await fake.say(FORMAT, batch(0, 1, 2, 3, keys=(0, 2)))
            form, beginning, *pieces = await taken(first, 4)
            assert isinstance(form, ShownFormat)
            assert [pictures_in(piece) for piece in pieces] == [[0, 1], [2, 3]]
            async with hub.watch(YARD, audio=True) as second:
                assert await taken(second, 3) == [form, beginning, pieces[-1]]
                await fake.say(batch(4))
                assert pictures_in((await taken(first, 1))[0]) == [4]
                assert pictures_in((await taken(second, 1))[0]) == [4]
        assert fake.wishes == [(YARD, True)]

    run(tmp_path, story)


def test_with_and_without_sound_are_two_streams(tmp_path: Path) -> None:
    async def story(fake: FakeRecorder, hub: LiveHub) -> None:
        async with hub.watch(YARD, audio=True), hub.watch(YARD, audio=False):
            await until(lambda: fake.watching == 2)
        assert sorted(fake.wishes) == [(YARD, False), (YARD, True)]

    run(tmp_path, story)


def test_who_comes_after_all_have_gone_is_connected_anew(tmp_path: Path) -> None:
    async def story(fake: FakeRecorder, hub: LiveHub) -> None:
        for number in (1, 2):
            async with hub.watch(YARD, audio=True) as viewer:
                await until(lambda number=number: len(fake.wishes) == number)  # type: ignore[misc]
                await fake.say(FORMAT, batch(0, keys=(0,)))
                assert pictures_in((await taken(viewer, 3))[-1]) == [0]
            await until(lambda: fake.watching == 0)

    run(tmp_path, story)


def test_a_camera_that_is_not_connected_is_waited_for(tmp_path: Path) -> None:
    async def story(fake: FakeRecorder, hub: LiveHub) -> None:
        async with hub.watch(YARD, audio=True) as first:
            await fake.say(LiveIdle())
            assert await taken(first, 1) == [Waiting(WaitReason.NOT_CONNECTED)]
            async with hub.watch(YARD, audio=True) as second:
                assert await taken(second, 1) == [Waiting(WaitReason.NOT_CONNECTED)]
            await fake.say(FORMAT, batch(0, keys=(0,)))
            assert isinstance((await taken(first, 3))[0], ShownFormat)

    run(tmp_path, story)


def test_a_recorder_that_goes_is_waited_for(tmp_path: Path) -> None:
    async def story(fake: FakeRecorder, hub: LiveHub) -> None:
        async with hub.watch(YARD, audio=True) as viewer:
            await fake.say(FORMAT, batch(0, keys=(0,)))
            await taken(viewer, 3)
            fake.hang_up()
            assert await taken(viewer, 1) == [Waiting(WaitReason.RECORDER_AWAY)]
            await until(lambda: len(fake.wishes) == 2)
            await fake.say(FORMAT, batch(9, keys=(9,)))
            form, _, piece = await taken(viewer, 3)
            assert isinstance(form, ShownFormat)
            assert pictures_in(piece) == [9]

    run(tmp_path, story)


@pytest.mark.parametrize("answer", [LiveRefused("there is no stream yard/main here"), None])
def test_what_a_recorder_does_not_give_is_asked_for_again(tmp_path: Path, answer: LiveRefused | None) -> None:
    async def story(fake: FakeRecorder, hub: LiveHub) -> None:
        async with hub.watch(YARD, audio=True) as viewer:
            if answer is None:
                await until(lambda: fake.watching)
                fake.connections[-1].write(b"\x00\x00\x00\x01\xc1")  # no MessagePack
            else:
                await fake.say(answer)
            assert await taken(viewer, 1) == [Waiting(WaitReason.RECORDER_AWAY)]
            await until(lambda: len(fake.wishes) == 2)

    run(tmp_path, story)


def test_what_the_recorder_left_out_is_told(tmp_path: Path) -> None:
    async def story(fake: FakeRecorder, hub: LiveHub) -> None:
        async with hub.watch(YARD, audio=True) as viewer:
            await fake.say(FORMAT, batch(0, keys=(0,)), batch(50, 51, keys=(50,), skipped=True))
            *_, skipped, piece = await taken(viewer, 5)
            assert skipped == Skipped()
            assert pictures_in(piece) == [50, 51]

    run(tmp_path, story)


def test_a_stream_that_nobody_has_is_waited_for() -> None:
    async def story() -> None:
        async with LiveHub(lambda _: None).watch(YARD, audio=True) as viewer:
            assert await taken(viewer, 1) == [Waiting(WaitReason.RECORDER_AWAY)]

    asyncio.run(story())


def test_there_is_an_end_to_viewers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_hub, "MOST_VIEWERS", 2)

    async def story() -> None:
        hub = LiveHub(lambda _: None)
        async with hub.watch(YARD, audio=True), hub.watch(YARD, audio=True):
            with pytest.raises(TooManyViewersError, match="2 watch"):
                async with hub.watch(YARD, audio=False):
                    pass
        async with hub.watch(YARD, audio=True):
            pass

    asyncio.run(story())


def test_a_camera_whose_times_jump_is_shown_from_a_new_beginning(tmp_path: Path) -> None:
    """What MP4 has no room for does not end the picture of all who watch."""
    far = 40 * 3600 * 25
    begun = LiveUnit(False, -far * STEP, -far * STEP, STEP, True, made(1))

    async def story(fake: FakeRecorder, hub: LiveHub) -> None:
        async with hub.watch(YARD, audio=True) as viewer:
            await fake.say(FORMAT, batch(0, keys=(0,)))
            assert pictures_in((await taken(viewer, 3))[-1]) == [0]
            await fake.say(LiveBatch([begun], UtcNs(10**18)))
            assert await taken(viewer, 1) == [Waiting(WaitReason.RECORDER_AWAY)]
            await until(lambda: len(fake.wishes) == 2 and fake.watching == 1)
            await fake.say(FORMAT, LiveBatch([begun], UtcNs(10**18)))
            assert pictures_in((await taken(viewer, 3))[-1]) == [1]

    run(tmp_path, story)
