"""The command, real recorders and simulated cameras: nothing is lost, whoever is killed."""

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from gstnvr.client.client import Client
from gstnvr.client.errors import ClientError
from gstnvr.db.index import Index
from gstnvr.lab.audit import Audit, RecordedFile, audit
from gstnvr.lab.product import local_client
from gstnvr.lab.simulated_cameras import SimulatedCameras
from gstnvr.model.faults import GapCause
from gstnvr.model.ids import CameraId, StreamId, StreamKind
from gstnvr.model.records import SegmentState
from gstnvr.model.status import RecordingPhase, VolumeState
from gstnvr.supervisor.places import DATABASE
from tests.rig.ports import free_port
from tests.rig.waiting import wait_until

pytestmark = [pytest.mark.gst, pytest.mark.e2e]

MOUNTS = {"front": "pattern:180p10", "yard": "pattern:180p10:h265:aac"}
RUN = "import sys; from gstnvr.cli.main import main; sys.exit(main())"


@pytest.fixture(scope="module")
def cameras() -> Iterator[SimulatedCameras]:
    with SimulatedCameras(MOUNTS) as running:
        yield running


class Command:
    """``gstnvr run`` in a folder of its own."""

    def __init__(self, folder: Path, cameras: SimulatedCameras) -> None:
        self.folder = folder
        self.volume = folder / "video"
        self.volume.mkdir()
        self.config = folder / "gstnvr.yaml"
        self.port = free_port()
        self.processes: list[subprocess.Popen[bytes]] = []
        self.log = folder / "log"
        listed = "\n".join(f"  - {{id: {name}, main: {{url: '{cameras.url(name)}'}}}}" for name in MOUNTS)
        self.config.write_text(
            f"data_dir: {folder / 'data'}\napi: {{port: {self.port}}}\nrecording: {{segment_s: 3}}\n"
            f"storage: {{volumes: [{{path: {self.volume}}}]}}\ncameras:\n{listed}\n"
        )

    def start(self) -> subprocess.Popen[bytes]:
        with self.log.open("ab") as log:
            command = [sys.executable, "-c", RUN, "run", "-c", str(self.config)]
            self.processes.append(subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log))
        return self.processes[-1]

    def stop(self) -> int:
        self.processes[-1].send_signal(signal.SIGTERM)
        return self.processes[-1].wait(30)

    def client(self) -> Client:
        """Of its API."""
        return local_client(f"http://127.0.0.1:{self.port}", self.folder / "data")

    def recording(self) -> bool:
        """As the API tells it."""
        with self.client() as client, contextlib.suppress(ClientError):
            streams = client.streams().streams
            return len(streams) == 2 and all(each.recording is RecordingPhase.RECORDING for each in streams)
        return False

    def closed(self, name: str) -> int:
        """How many segments of a camera are finished, as the API tells it."""
        with self.client() as client, contextlib.suppress(ClientError):
            return sum(segment.state is SegmentState.CLOSED for segment in client.segments(name))
        return 0

    def recorder_pid(self) -> int:
        """Of the recorder that was started last."""
        started = [line for line in self.log.read_text().splitlines() if "recorder-0 started (process" in line]
        return int(started[-1].rpartition("process ")[2].rstrip(")"))

    def check(self) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-c", RUN, "check", "--json", "-c", str(self.config)]
        return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)

    def index(self) -> Index:
        return Index.open(self.folder / "data" / DATABASE)

    def audit(self, cameras: SimulatedCameras, name: str) -> Audit:
        with self.index() as index:
            rows = index.segments(StreamId(CameraId(name), StreamKind.MAIN))
            roots = {volume.uuid: Path(volume.path) for volume in index.volumes()}
        files = [RecordedFile(roots[row.volume] / row.path, row.start) for row in rows]
        return audit(files, cameras.control.sequence(name))

    def clean_up(self) -> None:
        for process in self.processes:
            if process.poll() is None:
                process.kill()
                process.wait()
        with contextlib.suppress(ProcessLookupError, IndexError, FileNotFoundError):
            pid = self.recorder_pid()
            if str(self.folder) in Path(f"/proc/{pid}/cmdline").read_text():
                os.kill(pid, signal.SIGKILL)


@pytest.fixture
def command(tmp_path: Path, cameras: SimulatedCameras) -> Iterator[Command]:
    made = Command(tmp_path, cameras)
    yield made
    made.clean_up()


def assert_clean(command: Command) -> None:
    checked = command.check()
    failed = [each for each in json.loads(checked.stdout)["invariants"] if not each["ok"]]
    assert (checked.returncode, failed) == (0, [])


def test_segments_appear_and_all_files_are_finished_at_the_end(
    command: Command, cameras: SimulatedCameras
) -> None:
    command.start()
    wait_until(lambda: all(command.closed(name) >= 2 for name in MOUNTS), "segments are finished")
    assert command.recording()
    assert command.check().returncode == 0
    assert command.stop() == 0
    assert_clean(command)
    with command.index() as index:
        assert index.open_segments() == []
        assert {(gap.cause, gap.end) for gap in index.open_gaps()} == {(GapCause.SHUTDOWN, None)}
    for name in MOUNTS:
        assert command.audit(cameras, name).flawless


def test_nothing_is_lost_when_the_supervisor_is_killed(command: Command, cameras: SimulatedCameras) -> None:
    command.start()
    wait_until(command.recording, "it is recorded")
    pid = command.recorder_pid()
    command.processes[-1].kill()
    command.processes[-1].wait()
    before = len(list(command.volume.rglob("*.mp4")))
    wait_until(lambda: len(list(command.volume.rglob("*.mp4"))) >= before + 2, "recording goes on alone")
    command.start()
    wait_until(lambda: all(command.closed(name) >= 3 for name in MOUNTS), "what happened meanwhile is entered")
    assert command.recorder_pid() == pid
    assert command.stop() == 0
    assert_clean(command)
    for name in MOUNTS:
        assert command.audit(cameras, name).flawless


def test_a_killed_recorder_costs_its_last_fragment_and_the_ledger_says_so(
    command: Command, cameras: SimulatedCameras
) -> None:
    command.start()
    wait_until(lambda: all(command.closed(name) >= 1 for name in MOUNTS), "segments are finished")
    pid = command.recorder_pid()
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: command.recorder_pid() != pid and command.recording(), "another one records")
    wait_until(lambda: all(command.closed(name) >= 3 for name in MOUNTS), "and finishes segments")
    assert command.stop() == 0
    assert_clean(command)
    for name in MOUNTS:
        found = command.audit(cameras, name)
        assert (found.doubled, found.altered) == (0, 0)
        assert len(found.holes) == 1
        with command.index() as index:
            gaps = [gap for gap in index.gaps(StreamId(CameraId(name), StreamKind.MAIN)) if gap.end is not None]
        died = [gap for gap in gaps if gap.cause is GapCause.PROCESS_DIED]
        assert len(died) == 1
        assert abs(died[0].start - found.holes[0].start) < 0.2e9
        assert max(gap.end or 0 for gap in gaps) - found.holes[0].end < 0.2e9


def test_both_killed_at_once_is_in_order_after_the_next_start(command: Command) -> None:
    command.start()
    wait_until(lambda: all(command.closed(name) >= 1 for name in MOUNTS), "segments are finished")
    os.kill(command.recorder_pid(), signal.SIGKILL)
    command.processes[-1].kill()
    command.processes[-1].wait()
    command.start()
    wait_until(lambda: all(command.closed(name) >= 3 for name in MOUNTS), "it goes on")
    assert command.stop() == 0
    assert_clean(command)


def test_one_of_two_volumes_is_pulled_out_and_put_back(command: Command, cameras: SimulatedCameras) -> None:
    other, away = command.folder / "other", command.folder / "away"
    other.mkdir()
    text = command.config.read_text()
    both = f"[{{path: {command.volume}}}, {{path: {other}}}], policy: round_robin"
    command.config.write_text(text.replace(f"[{{path: {command.volume}}}]", both))

    def state(number: int) -> VolumeState | None:
        with command.client() as client, contextlib.suppress(ClientError):
            return client.volumes().volumes[number].state
        return None

    command.start()
    wait_until(lambda: all(command.closed(name) >= 1 for name in MOUNTS), "segments are finished")
    command.volume.rename(away)
    command.volume.mkdir()
    wait_until(lambda: state(0) is VolumeState.FAILING, "the fault is shown")
    before = {name: command.closed(name) for name in MOUNTS}
    wait_until(lambda: all(command.closed(name) >= before[name] + 2 for name in MOUNTS), "recorded elsewhere")
    assert command.recording()
    assert state(1) is VolumeState.GOOD
    assert list(command.volume.iterdir()) == []
    command.volume.rmdir()
    away.rename(command.volume)
    wait_until(lambda: state(0) is VolumeState.GOOD, "it is back")
    before = {name: command.closed(name) for name in MOUNTS}
    wait_until(lambda: all(command.closed(name) >= before[name] + 2 for name in MOUNTS), "it is used again")
    assert command.stop() == 0
    assert_clean(command)
    for name in MOUNTS:
        assert command.audit(cameras, name).flawless
    with command.index() as index:
        gaps = [gap for stream in index.streams() for gap in index.gaps(stream)]
    assert {gap.cause for gap in gaps} <= {GapCause.CONNECTING, GapCause.SHUTDOWN}
