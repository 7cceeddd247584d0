"""Settings of recording, recorder processes and storage change what a recorder does, on real files."""

import asyncio
import contextlib
import itertools
import logging
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from statistics import median

import pytest

from gstnvr.config.settings import LogLevel, RecorderSettings, RecordingSettings, Settings
from gstnvr.container.facts import TrackKind
from gstnvr.container.scan import scan_file
from gstnvr.ipc.messages import Configure, RecorderEvent, SegmentGrown, VolumeSpec
from gstnvr.logs.setup import set_level
from gstnvr.media.units import AccessUnit, AudioCodec
from gstnvr.model.choices import G711
from gstnvr.model.clock import NS_PER_S, SystemClock
from gstnvr.model.faults import Fault, Reason
from gstnvr.model.status import RecordingPhase
from gstnvr.recorder.storage.volume_guard import VolumeGuard
from gstnvr.supervisor.recording.assignment import volume_spec
from gstnvr.testing.fast_loop import LoopClock, run_fast
from gstnvr.testing.media import fake_audio
from gstnvr.volume.identity import IDENTITY_FILE, create_identity
from tests.rig.engine_rig import EngineRig, play
from tests.rig.waiting import until

# --- recording ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("milliseconds", [300, 1000])
def test_fragment_length_is_that_of_the_setting(tmp_path: Path, milliseconds: int) -> None:
    async def story(rig: EngineRig) -> None:
        rig.add(key_every=40)
        await rig.configure(segment_s=4, fragment_ms=milliseconds)
        await rig.until_closed(1)

    rig = play(tmp_path, story)
    fragments = scan_file(rig.root / rig.closed()[0].path).fragments
    lengths = [fragment.units(TrackKind.VIDEO) for fragment in fragments[:-1]]
    assert set(lengths) == {milliseconds // 100}


@pytest.mark.parametrize(("seconds", "times"), [(0.5, range(5, 19)), (3.0, range(1, 4))])
def test_data_is_synced_at_the_interval(tmp_path: Path, seconds: float, times: range) -> None:
    grown: list[SegmentGrown] = []

    async def story(rig: EngineRig) -> None:
        tell = rig.engine.outbox.tell

        def note(body: RecorderEvent) -> None:
            if isinstance(body, SegmentGrown):
                grown.append(body)
            tell(body)

        rig.engine.outbox.tell = note  # type: ignore[method-assign]
        rig.add()
        await rig.configure(segment_s=60, sync_interval_s=seconds)
        await rig.until(rig.is_recording, "the recording")
        await rig.pause(8)
        (open_segment,) = rig.segments()
        assert 0 < open_segment.size <= (rig.root / open_segment.path).stat().st_size

    play(tmp_path, story)
    assert len(grown) in times


@pytest.mark.parametrize(("ring_s", "lost"), [(1, True), (20, False)])
def test_what_the_ring_holds_bridges_an_outage(tmp_path: Path, ring_s: float, lost: bool) -> None:
    async def story(rig: EngineRig) -> None:
        rig.add()
        await rig.configure(segment_s=4, ring_s=ring_s, outage_buffer_s=1)
        await rig.until(lambda: len(rig.segments()) and len(rig.numbers()) > 15, "a recording")
        hidden = rig.root / "hidden"
        (rig.root / IDENTITY_FILE).rename(hidden)
        await rig.until(lambda: rig.status().recording is RecordingPhase.BLOCKED, "the fault being noticed")
        await rig.pause(6)
        hidden.rename(rig.root / IDENTITY_FILE)
        await rig.until_closed(len(rig.closed()) + 3)

    rig = play(tmp_path, story)
    holes = [after - before - 1 for before, after in itertools.pairwise(rig.numbers()) if after != before + 1]
    assert bool(holes) is lost


def test_g711_is_left_out_by_setting(tmp_path: Path) -> None:
    async def story(rig: EngineRig) -> None:
        rig.add(audio=fake_audio(AudioCodec.PCMA))
        rig.specs["door"] = replace(rig.specs["door"], g711=G711.DROP)
        await rig.configure()
        await rig.until_closed(1)

    rig = play(tmp_path, story)
    assert rig.closed()[0].tracks.audio_codec is None
    assert rig.media.sources[0].spec.audio is None


# --- the process --------------------------------------------------------------------------------------


async def configure(rig: EngineRig, recorder: RecorderSettings, log_level: str = "info") -> None:
    await rig.engine.configure(
        Configure(list(rig.specs.values()), rig.recording, recorder, [rig.volume], log_level)
    )


@pytest.mark.parametrize("milliseconds", [400, 600])
def test_streams_are_drained_on_the_tick(tmp_path: Path, milliseconds: int) -> None:
    async def story(rig: EngineRig) -> None:
        rig.add()
        await configure(rig, RecorderSettings(tick_ms=700))
        await configure(rig, RecorderSettings(tick_ms=milliseconds))
        await rig.until(rig.is_recording, "the recording")
        (source,) = rig.media.sources
        moments: list[float] = []
        pull = source.pull

        def noted() -> list[AccessUnit]:
            moments.append(rig.clock.monotonic())
            return pull()

        source.pull = noted  # type: ignore[method-assign]
        await rig.until(lambda: len(moments) > 5, "some ticks")
        usual = median(after - before for before, after in itertools.pairwise(moments))
        assert usual == pytest.approx(milliseconds / 1000, rel=0.3)

    play(tmp_path, story)


@pytest.mark.parametrize("limit", [1, 3])
def test_no_more_connections_are_being_set_up_than_the_setting_allows(tmp_path: Path, limit: int) -> None:
    most = 0
    connected = 0

    async def say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal most, connected
        connected += 1
        most = max(most, connected)
        with contextlib.suppress(ConnectionError):
            await reader.read()
        connected -= 1
        writer.close()

    async def story(rig: EngineRig) -> None:
        server = await asyncio.start_server(say_nothing, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        for name in "abcde":
            rig.add(name)
            rig.specs[name] = replace(rig.specs[name], url=f"rtsp://127.0.0.1:{port}/{name}")
        await configure(rig, RecorderSettings(max_concurrent_connects=limit))
        await rig.until(lambda: len(rig.incidents()) == 5, "each having been tried")
        await rig.engine.shutdown()
        server.close()

    play(tmp_path, story)
    assert most == limit


def test_the_level_of_the_log_reaches_the_recorder(tmp_path: Path) -> None:
    async def story(rig: EngineRig) -> None:
        await configure(rig, RecorderSettings(), "error")
        assert logging.getLogger().level == logging.ERROR
        await configure(rig, RecorderSettings(), "debug")
        assert logging.getLogger().level == logging.DEBUG

    before = logging.getLogger().level
    try:
        play(tmp_path, story)
    finally:
        set_level(LogLevel.INFO)
        logging.getLogger().setLevel(before)


# --- storage ------------------------------------------------------------------------------------------


def wanted(root: Path, **storage: float) -> VolumeSpec:
    """As the supervisor makes it of the settings."""
    uuid = create_identity(root, SystemClock()).uuid
    settings = Settings.model_validate(
        {"storage": {"volumes": [{"path": str(root)}], "min_free_mb": 1, **storage}}
    )
    return volume_spec(settings.storage, root, uuid)


@contextlib.contextmanager
def guarding(spec: VolumeSpec) -> Iterator[tuple[VolumeGuard, LoopClock]]:
    clock = LoopClock(asyncio.get_running_loop())
    guard = VolumeGuard(spec, lambda _: None, clock)
    guard.start()
    try:
        yield guard, clock
    finally:
        guard.stop()


def moments_of(clock: LoopClock, reading: Callable[[], int]) -> Callable[[], list[float]]:
    """Moments at which a reading had changed, gathered by asking again and again."""
    last = reading()
    moments: list[float] = []

    def look() -> list[float]:
        nonlocal last
        if (now := reading()) != last:
            last = now
            moments.append(clock.monotonic())
        return moments

    return look


@pytest.mark.parametrize("seconds", [1.5, 6.0])
def test_all_checks_are_made_again_at_the_interval(tmp_path: Path, seconds: float) -> None:
    async def watch() -> None:
        with guarding(wanted(tmp_path, check_interval_s=seconds)) as (guard, clock):
            look = moments_of(clock, lambda: tmp_path.stat().st_mtime_ns)  # a check makes and removes a folder
            await until(lambda: len(look()) >= 2 and look()[-1] - look()[0] > seconds / 2, 30, "two checks")
            assert seconds - 0.3 <= look()[-1] - look()[0] <= seconds + 4
            assert guard.fault is None

    run_fast(watch())


@pytest.mark.parametrize("seconds", [0.2, 4.0])
def test_a_volume_that_failed_is_tried_again_at_the_interval(tmp_path: Path, seconds: float) -> None:
    async def watch() -> None:
        with guarding(wanted(tmp_path, retry_interval_s=seconds, check_interval_s=1)) as (guard, clock):
            hidden = tmp_path / "hidden"
            (tmp_path / IDENTITY_FILE).rename(hidden)
            await until(lambda: guard.fault is not None, 30, "the fault being noticed")
            hidden.rename(tmp_path / IDENTITY_FILE)
            noticed = clock.monotonic()
            await until(lambda: guard.fault is None, 30, "the volume being back")
            assert seconds - 0.3 <= clock.monotonic() - noticed <= seconds + 2.5

    run_fast(watch())


def test_nothing_is_written_with_less_free_space_than_the_setting(tmp_path: Path) -> None:
    async def watch(spec: VolumeSpec) -> VolumeGuard:
        with guarding(spec) as (guard, _):
            await guard.examine()
            return guard

    spec = wanted(tmp_path)
    assert run_fast(watch(spec)).fault is None
    (tmp_path / IDENTITY_FILE).unlink()
    guard = run_fast(watch(wanted(tmp_path, min_free_mb=1 << 40)))
    assert guard.fault is not None
    assert (guard.fault.fault, guard.fault.reason) == (Fault.DISK_FULL, Reason.NO_SPACE)


# --- while it runs ------------------------------------------------------------------------------------


def test_no_setting_of_recording_or_recorder_costs_a_running_stream_its_connection(tmp_path: Path) -> None:
    changed = RecordingSettings(
        segment_s=3, fragment_ms=200, sync_interval_s=2, ring_s=4, outage_buffer_s=9, container="mkv"
    )

    async def story(rig: EngineRig) -> None:
        rig.add()
        await rig.configure(segment_s=5)
        await rig.until(rig.is_recording, "the recording")
        for key, value in changed:
            await rig.configure(**{key: value})
        await configure(rig, RecorderSettings(tick_ms=50, max_concurrent_connects=1), "warning")
        await rig.until(lambda: [path for path in rig.files() if path.suffix == ".mkv"], "the other container")
        await rig.until_closed(len(rig.closed()) + 2)
        assert rig.status().generation == 1

    level = logging.getLogger().level
    try:
        rig = play(tmp_path, story)
    finally:
        set_level(LogLevel.INFO)
        logging.getLogger().setLevel(level)
    rig.check_nothing_missing()
    assert len(rig.media.sources) == 1
    last = rig.closed()[-2]
    assert (last.end - last.start) / NS_PER_S == pytest.approx(3.0, abs=0.01)
