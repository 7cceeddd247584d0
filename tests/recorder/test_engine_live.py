"""Those who watch get what comes, and cost the recording nothing."""

import asyncio
import stat
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from gstnvr.ipc.connection import open_stream
from gstnvr.ipc.live import LIVE_SUFFIX, LiveBatch, LiveIdle, LiveRefused, Watch, encode, open_tap
from gstnvr.model.ids import CameraId, StreamId, StreamKind
from gstnvr.testing.media import fake_audio
from tests.rig.engine_rig import EngineRig, play
from tests.rig.live_watcher import watch


@asynccontextmanager
async def tapped(rig: EngineRig) -> AsyncIterator[Path]:
    """Where it can be watched, beginning when it is recorded."""
    with tempfile.TemporaryDirectory(prefix="gstnvr-live-") as folder:
        await rig.engine.live.listen(Path(folder) / "recorder-0.sock")
        await rig.configure()
        await rig.until(rig.is_recording)
        yield (Path(folder) / "recorder-0.sock").with_suffix(LIVE_SUFFIX)
        await rig.engine.live.close()


def consecutive(numbers: list[int]) -> bool:
    return numbers == list(range(numbers[0], numbers[0] + len(numbers)))


def test_everything_comes_once_from_a_key_frame_on(tmp_path: Path) -> None:
    async def story(rig: EngineRig) -> None:
        rig.add(audio=fake_audio())
        async with tapped(rig) as socket:
            watcher = await watch(socket)
            await rig.until(lambda: len(watcher.units()) > 30)
            await watcher.close()
        assert watcher.units()[0].key
        assert consecutive(watcher.numbers())
        assert consecutive(watcher.numbers(audio=True))
        (form,) = watcher.formats
        assert (form.video.codec, form.video.width, form.video.config) == ("h264", 1280, b"config of h264")
        assert form.audio is not None
        assert (form.audio.codec, form.audio.sample_rate) == ("aac", 16_000)

    play(tmp_path, story).check_nothing_missing()


def test_sound_is_left_out_for_those_who_do_not_want_it(tmp_path: Path) -> None:
    async def story(rig: EngineRig) -> None:
        rig.add(audio=fake_audio())
        async with tapped(rig) as socket:
            watcher = await watch(socket, audio=False)
            await rig.until(lambda: len(watcher.units()) > 15)
            await watcher.close()
        assert watcher.formats[0].audio is None
        assert not watcher.units(audio=True)

    play(tmp_path, story)


def test_only_its_owner_may_watch(tmp_path: Path) -> None:
    async def story(rig: EngineRig) -> None:
        rig.add()
        async with tapped(rig) as socket:
            assert stat.S_IMODE(socket.stat().st_mode) == 0o600

    play(tmp_path, story)


def test_viewers_who_never_read_cost_the_recording_nothing(tmp_path: Path) -> None:
    async def story(rig: EngineRig) -> None:
        rig.add(unit_bytes=100_000)
        async with tapped(rig) as socket:
            connections = []
            for _ in range(5):
                _reader, writer = await open_stream(socket)
                writer.write(encode(Watch(1, StreamId(CameraId("door"), StreamKind.MAIN))))
                writer.transport.pause_reading()  # type: ignore[attr-defined]
                connections.append(writer)
            watcher = await watch(socket)
            await rig.until_closed(4)
            assert consecutive(watcher.numbers())
            await watcher.close()
            for writer in connections:
                writer.transport.abort()

    rig = play(tmp_path, story)
    rig.check_closed_files()
    rig.check_nothing_missing()


def test_who_reads_late_goes_on_with_a_key_frame(tmp_path: Path) -> None:
    async def story(rig: EngineRig) -> None:
        rig.add(unit_bytes=100_000)
        async with tapped(rig) as socket:
            tap = await open_tap(socket, StreamId(CameraId("door"), StreamKind.MAIN), audio=True)
            await rig.until_closed(4)
            message = await tap.receive()
            while not (isinstance(message, LiveBatch) and message.skipped):
                assert message is not None
                message = await tap.receive()
            assert message.units[0].key
            tap.close()

    play(tmp_path, story).check_nothing_missing()


def test_a_camera_that_is_gone_is_told_and_comes_back(tmp_path: Path) -> None:
    async def story(rig: EngineRig) -> None:
        camera = rig.add()
        async with tapped(rig) as socket:
            watcher = await watch(socket)
            await rig.until(lambda: watcher.batches)
            camera.close()
            await rig.until(lambda: any(isinstance(one, LiveIdle) for one in watcher.messages))
            await rig.until(lambda: len(watcher.formats) == 2, "it comes back")
            await watcher.close()

    play(tmp_path, story)


def test_nothing_runs_once_the_last_viewer_has_gone(tmp_path: Path) -> None:
    def pumping() -> bool:
        return any(task.get_name() == "live" for task in asyncio.all_tasks())

    async def story(rig: EngineRig) -> None:
        rig.add()
        async with tapped(rig) as socket:
            assert not pumping()
            first, second = await watch(socket), await watch(socket)
            await rig.until(lambda: first.batches and second.batches)
            await first.close()
            assert pumping()
            await second.close()
            await rig.until(lambda: not pumping())

    play(tmp_path, story)


def test_who_asks_for_what_is_not_there_is_told(tmp_path: Path) -> None:
    async def story(rig: EngineRig) -> None:
        rig.add()
        async with tapped(rig) as socket:
            stranger = await watch(socket, "garden")
            await rig.until(lambda: stranger.gone)
            (refusal,) = stranger.messages
            assert isinstance(refusal, LiveRefused)
            assert "garden/main" in refusal.reason
            await stranger.close()

    play(tmp_path, story)


def test_who_asks_for_nothing_that_makes_sense_is_sent_away(tmp_path: Path) -> None:
    async def story(rig: EngineRig) -> None:
        rig.add()
        async with tapped(rig) as socket:
            reader, writer = await open_stream(socket)
            writer.write(b"\x00\x00\x00\x05hello")
            assert await reader.read() == b""
            writer.close()

    play(tmp_path, story)
