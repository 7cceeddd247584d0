"""Storage that fails and comes back: nothing is lost, nothing doubled, and the ledger says so."""

import errno
import itertools
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from gstnvr.container.facts import TrackKind
from gstnvr.model.choices import Container
from gstnvr.model.clock import NS_PER_S
from gstnvr.model.faults import Fault, GapCause
from gstnvr.model.status import RecordingPhase, SessionPhase
from gstnvr.recorder.segments import segment_file
from gstnvr.testing.media import fake_audio
from gstnvr.testing.world_work import held_up_on_purpose
from gstnvr.volume import files
from gstnvr.volume.files import CreatedSegment
from gstnvr.volume.identity import IDENTITY_FILE
from gstnvr.volume.paths import SegmentName
from tests.rig.engine_rig import EngineRig, play

OUTAGE_S = 8.0


async def recording(rig: EngineRig, name: str = "door") -> None:
    await rig.until(lambda: rig.segments(name) and len(rig.numbers(name)) >= 25, "two segments")


async def outage(rig: EngineRig) -> None:
    """After the fault: the stream streams on, nothing is recorded for a while."""
    await rig.until(lambda: rig.status().recording is RecordingPhase.BLOCKED, "the fault being noticed")
    await rig.pause(OUTAGE_S)
    assert rig.status().recording is RecordingPhase.BLOCKED
    assert rig.status().session is SessionPhase.STREAMING
    assert rig.status().fault is not None


async def back(rig: EngineRig) -> None:
    """Everything that waited is written, and more."""
    newest = max(rig.numbers())
    await rig.until(
        lambda: rig.is_recording() and rig.numbers()[-1] > newest + OUTAGE_S * 10 + 20, "what came since"
    )
    await rig.until_closed(len(rig.closed()) + 1)


def check_nothing_lost(rig: EngineRig) -> None:
    rig.check_closed_files()
    rig.check_nothing_missing()
    assert all(before.end == after.start for before, after in itertools.pairwise(rig.closed()))
    inner = rig.gaps()[1:-1]
    assert inner == [], "the gap closed without a length: nothing is missing"
    assert len(rig.media.sources) == 1, "the session went on"


@pytest.mark.parametrize(
    ("number", "fault", "container"),
    [
        (errno.EIO, Fault.STORAGE_DISCONNECTED, Container.MP4),
        (errno.ENOSPC, Fault.DISK_FULL, Container.MKV),
    ],
)
def test_writes_that_fail_for_a_while_cost_nothing(
    tmp_path: Path, number: int, fault: Fault, container: Container
) -> None:
    async def story(rig: EngineRig) -> None:
        rig.add(audio=fake_audio())
        await rig.configure(container=container)
        await recording(rig)
        rig.media.faults.errno = number
        await rig.until(lambda: rig.status().recording is RecordingPhase.BLOCKED, "the fault being noticed")
        await rig.pause(OUTAGE_S)
        rig.media.faults.errno = None
        await back(rig)

    rig = play(tmp_path, story)
    check_nothing_lost(rig)
    audio = rig.numbers(kind=TrackKind.AUDIO)
    assert audio == list(range(audio[0], audio[0] + len(audio)))
    assert {incident.fault for incident in rig.incidents()} == {fault}
    assert all(incident.recovered is not None for incident in rig.incidents())


def test_writes_that_hang_for_a_while_cost_nothing(tmp_path: Path) -> None:
    async def story(rig: EngineRig) -> None:
        rig.add()
        await rig.configure()
        await recording(rig)
        rig.media.faults.free.clear()
        await rig.until(lambda: rig.status().recording is RecordingPhase.BLOCKED, "the fault being noticed")
        await rig.pause(OUTAGE_S)
        rig.media.faults.free.set()
        await back(rig)

    check_nothing_lost(play(tmp_path, story))


def test_a_volume_that_is_unplugged_and_comes_back_costs_nothing(tmp_path: Path) -> None:
    async def story(rig: EngineRig) -> None:
        rig.add()
        await rig.configure()
        await recording(rig)
        identity = rig.root / IDENTITY_FILE
        content = identity.read_bytes()
        identity.unlink()
        await outage(rig)
        identity.write_bytes(content)
        await back(rig)

    rig = play(tmp_path, story)
    check_nothing_lost(rig)
    (incident,) = rig.incidents()
    assert (incident.fault, incident.camera) == (Fault.STORAGE_DISCONNECTED, None), "the volume's, not a camera's"
    assert incident.recovered is not None


def test_a_volume_that_fails_just_while_a_segment_is_made_costs_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file is there, the one before it has no end yet: neither is a gap."""
    identity, hidden = tmp_path / IDENTITY_FILE, tmp_path / "hidden"
    armed, failing = threading.Event(), threading.Event()
    create, close = files.create_segment, files.close_segment

    def create_late(root: Path, name: SegmentName) -> CreatedSegment:
        created = create(root, name)
        if armed.is_set():
            identity.rename(hidden)
            with held_up_on_purpose():
                assert failing.wait(10)
        return created

    def close_late(fd: int, path: Path) -> int:
        if armed.is_set():
            with held_up_on_purpose():
                assert failing.wait(10)
        return close(fd, path)

    monkeypatch.setattr(segment_file, "create_segment", create_late)
    monkeypatch.setattr(segment_file, "close_segment", close_late)

    async def story(rig: EngineRig) -> None:
        rig.add()
        await rig.configure(sync_interval_s=5)
        await recording(rig)
        armed.set()
        await rig.until(lambda: rig.status().recording is RecordingPhase.BLOCKED, "the fault being noticed")
        armed.clear()
        hidden.rename(identity)
        failing.set()
        newest = max(rig.numbers())
        await rig.until(lambda: rig.is_recording() and rig.numbers()[-1] > newest + 40, "two segments more")

    check_nothing_lost(play(tmp_path, story))


def change_attributes(change: str, *places: Path) -> bool:
    """Whether the file system has such attributes."""
    command = ["chattr", change, *map(str, places)]
    return subprocess.run(command, check=False, capture_output=True).returncode == 0


@pytest.fixture
def immutable(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path
    change_attributes("-i", tmp_path, *(path for path in tmp_path.rglob("*") if path.is_dir()))


@pytest.mark.faults
def test_folders_that_may_not_be_written_for_a_while_cost_nothing(immutable: Path) -> None:
    async def story(rig: EngineRig) -> None:
        rig.add()
        await rig.configure()
        await recording(rig)
        folder = rig.files()[0].parent
        change_attributes("+i", folder, rig.root)
        await outage(rig)
        change_attributes("-i", folder, rig.root)
        await back(rig)

    if not change_attributes("+i", immutable):
        pytest.skip("this file system has no immutable files")
    change_attributes("-i", immutable)
    check_nothing_lost(play(immutable, story))


def test_an_outage_longer_than_the_buffer_costs_what_does_not_fit_and_no_more(tmp_path: Path) -> None:
    async def story(rig: EngineRig) -> None:
        rig.add()
        await rig.configure(outage_buffer_s=5)
        await recording(rig)
        rig.media.faults.errno = errno.EIO
        (rig.root / IDENTITY_FILE).rename(rig.root / "hidden")
        await rig.until(lambda: rig.status().recording is RecordingPhase.BLOCKED, "the fault being noticed")
        await rig.pause(20)
        rig.media.faults.errno = None
        (rig.root / "hidden").rename(rig.root / IDENTITY_FILE)
        await rig.until_closed(len(rig.closed()) + 3)

    rig = play(tmp_path, story)
    rig.check_closed_files()
    numbers = rig.numbers()
    assert numbers == sorted(set(numbers)), "nothing doubled"
    holes = [(a, b) for a, b in itertools.pairwise(numbers) if b != a + 1]
    assert len(holes) == 1
    (gap,) = rig.gaps()[1:-1]
    assert gap.cause is GapCause.STORAGE
    assert gap.end is not None
    missing = holes[0][1] - holes[0][0] - 1
    assert (gap.end - gap.start) / NS_PER_S == pytest.approx(missing / 10, abs=0.25)
    assert 20 - 5 - 2 - 3 <= missing / 10 <= 20, "ring and buffer were used"


def test_a_stop_during_an_outage_does_not_hang(tmp_path: Path) -> None:
    async def story(rig: EngineRig) -> None:
        rig.add()
        await rig.configure()
        await recording(rig)
        rig.media.faults.free.clear()
        began = rig.clock.monotonic()
        await rig.engine.shutdown()
        assert rig.clock.monotonic() - began < 25

    play(tmp_path, story)


def test_a_process_that_begins_without_its_volume_records_when_it_is_there(tmp_path: Path) -> None:
    async def story(rig: EngineRig) -> None:
        rig.add()
        (rig.root / IDENTITY_FILE).rename(rig.root / "hidden")
        await rig.configure()
        await rig.until(lambda: rig.status().session is SessionPhase.STREAMING, "streaming without a volume")
        await rig.pause(3)
        assert rig.files() == []
        (rig.root / "hidden").rename(rig.root / IDENTITY_FILE)
        await recording(rig)

    rig = play(tmp_path, story)
    rig.check_nothing_missing()
    assert rig.gaps()[0].cause in (GapCause.STORAGE, GapCause.CONNECTING)


@pytest.mark.parametrize("container", [Container.MP4, Container.MKV])
def test_audio_that_is_drained_after_its_video_is_neither_lost_nor_doubled(
    tmp_path: Path, container: Container
) -> None:
    async def story(rig: EngineRig) -> None:
        rig.tick_ms = 500  # a batch holds fifteen pictures, and then their audio
        rig.add(audio=fake_audio(), fps=30, key_every=7, packets_per_s=50)
        await rig.configure(container=container, segment_s=6)
        await rig.until(lambda: rig.segments() and len(rig.numbers()) > 90, "some fragments")
        rig.media.faults.errno = errno.EIO
        await rig.until(lambda: rig.status().recording is RecordingPhase.BLOCKED, "the fault being noticed")
        await rig.pause(3)
        rig.media.faults.errno = None
        await rig.until(rig.is_recording, "the recording again")
        await rig.until_closed(len(rig.closed()) + 2)

    rig = play(tmp_path, story)
    rig.check_closed_files()
    rig.check_nothing_missing()
    audio = rig.numbers(kind=TrackKind.AUDIO)
    assert audio == list(range(audio[0], audio[0] + len(audio)))
