"""``gstnvr run`` and ``gstnvr check``: one line and an exit code for what is wrong."""

import json
import os
import socket
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from gstnvr.cli.exit_codes import ExitCode
from gstnvr.cli.run_screen import missing_s, plain_line
from gstnvr.cli.status_table import StatusRow
from gstnvr.config.load import load
from gstnvr.db.index import Index
from gstnvr.model.clock import NS_PER_S, SystemClock, UtcNs
from gstnvr.model.faults import Fault, FaultReport, GapCause, Reason, Severity
from gstnvr.model.ids import CameraId, StreamId, StreamKind
from gstnvr.model.records import Outage, Segment, SegmentState, TrackInfo, Volume
from gstnvr.model.status import RecordingPhase, StreamStatistics
from gstnvr.model.stream_state import StreamState
from gstnvr.storage.invariants import INVARIANTS
from gstnvr.supervisor.demo import CAMERAS, SUB_STREAMS, DemoCameras, prepare
from gstnvr.supervisor.errors import StartupError
from gstnvr.supervisor.lock import InstanceLock
from gstnvr.supervisor.places import DATABASE
from gstnvr.volume.identity import create_identity

RUN = "import sys; from gstnvr.cli.main import main; sys.exit(main())"
FRONT = StreamId(CameraId("front"), StreamKind.MAIN)
NOW = UtcNs(1_790_000_000 * NS_PER_S)


def gstnvr(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", RUN, *arguments], capture_output=True, text=True, check=False, timeout=60
    )


def write_config(folder: Path, port: int = 8080, extra: str = "") -> Path:
    config = folder / "gstnvr.yaml"
    config.write_text(
        f"data_dir: {folder / 'data'}\napi: {{port: {port}}}\n"
        f"storage: {{volumes: [{{path: {folder / 'video'}}}]}}\n{extra}"
    )
    return config


def one_line(done: subprocess.CompletedProcess[str]) -> str:
    lines = [line for line in done.stderr.splitlines() if line.startswith("gstnvr: ")]
    assert len(lines) == 1, done.stderr
    return lines[0]


def test_a_wrong_configuration_is_told_with_line_and_key(tmp_path: Path) -> None:
    done = gstnvr("run", "-c", str(write_config(tmp_path, extra="colour: red\n")))
    assert done.returncode == ExitCode.CONFIGURATION
    assert "gstnvr.yaml:4: colour" in one_line(done)


@pytest.mark.gst
def test_a_port_in_use_is_told(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = gstnvr("run", "-c", str(write_config(tmp_path, port)))
    assert done.returncode == ExitCode.ENVIRONMENT
    assert f"port {port} on 127.0.0.1 is taken by another program" in one_line(done)


def test_another_gstnvr_is_told(tmp_path: Path) -> None:
    config = write_config(tmp_path)
    with InstanceLock(tmp_path / "data"):
        done = gstnvr("run", "-c", str(config))
    assert done.returncode == ExitCode.ENVIRONMENT
    assert f"another gstnvr (process {os.getpid()}) uses {tmp_path / 'data'}" in one_line(done)


def record_one(folder: Path) -> None:
    """An index with one segment whose file is gone."""
    (folder / "video").mkdir()
    (folder / "data").mkdir()
    volume = Volume(create_identity(folder / "video", SystemClock()).uuid, str(folder / "video"))
    path = "front/20260921/front_main_20260921T141320000Z.mp4"
    end = UtcNs(NOW + 60 * NS_PER_S)
    tracks = TrackInfo("h264", 1920, 1080)
    with Index.open(folder / "data" / DATABASE) as index, index.writing() as writer:
        writer.ensure_volume(volume)
        writer.segment_closed(Segment(FRONT, volume.uuid, path, NOW, end, SegmentState.CLOSED, 1000, 1500, tracks))


def test_check_tells_what_is_wrong_and_mends_it(tmp_path: Path) -> None:
    config = str(write_config(tmp_path))
    record_one(tmp_path)
    done = gstnvr("check", "-c", config)
    assert done.returncode == ExitCode.PROBLEMS
    assert "failed  1. Every closed segment has its file" in done.stdout
    assert "front_main_20260921T141320000Z.mp4" in done.stdout
    assert "ok      4." in done.stdout

    mended = gstnvr("check", "--repair", "--json", "-c", config)
    document = json.loads(mended.stdout)
    assert (mended.returncode, document["ok"]) == (ExitCode.OK, True)
    assert [invariant["ok"] for invariant in document["invariants"]] == [True] * len(INVARIANTS)
    assert "missing" in {change["action"] for change in document["changes"]}
    assert gstnvr("check", "-c", config).returncode == ExitCode.OK


def test_check_without_an_index_says_so(tmp_path: Path) -> None:
    done = gstnvr("check", "-c", str(write_config(tmp_path)))
    assert done.returncode == ExitCode.ENVIRONMENT
    assert "nothing was recorded yet" in one_line(done)
    assert not (tmp_path / "data").exists()


def test_the_demonstration_prepares_a_configuration_once(tmp_path: Path) -> None:
    path = prepare(tmp_path / "var")
    settings = load(path).settings
    assert [camera.id for camera in settings.cameras] == list(CAMERAS)
    assert [camera.id for camera in settings.cameras if camera.sub is not None] == list(SUB_STREAMS)
    assert settings.storage.volumes[0].path.is_dir()
    password = tmp_path / "var" / "camera-password"
    assert stat.S_IMODE(password.stat().st_mode) == 0o600
    assert password.read_text().strip() not in path.read_text()
    before = path.read_bytes(), password.read_bytes()
    assert prepare(tmp_path / "var") == path
    assert (path.read_bytes(), password.read_bytes()) == before


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StartupError, match="name another folder with --dir"):
        prepare(tmp_path / "file" / "var")


def test_no_cameras_are_simulated_once_they_were_replaced_by_real_ones(tmp_path: Path) -> None:
    config = write_config(tmp_path, extra="cameras: [{id: yard, main: {url: 'rtsp://192.0.2.1/stream1'}}]\n")
    assert DemoCameras(tmp_path, load(config).settings).simulated == ()


def row(name: str, state: StreamState, recording: RecordingPhase, cause: FaultReport | None = None) -> StatusRow:
    return StatusRow(name, StreamKind.MAIN, state, None, recording, cause, 1, StreamStatistics(), 0.0)


def test_a_line_for_pipes_says_who_is_in_trouble() -> None:
    refused = FaultReport(Fault.RTSP_NETWORK, Reason.REFUSED, Severity.HIGH, "nobody listens")
    rows = [
        row("Front", StreamState.CONNECTED, RecordingPhase.RECORDING),
        row("Yard", StreamState.RECONNECTING, RecordingPhase.WAITING, refused),
        row("Attic", StreamState.CONNECTING, RecordingPhase.WAITING),
    ]
    assert plain_line(rows) == "1 of 3 cameras are recording; Yard: nobody listens; Attic: connecting"


def test_what_is_missing_is_counted_within_the_last_day(tmp_path: Path) -> None:
    day = 86_400 * NS_PER_S
    off = NOW - day + NS_PER_S
    spans = [
        (NOW - 2 * day, off, GapCause.NETWORK),
        (off, NOW - 10 * NS_PER_S, GapCause.SWITCHED_OFF),
        (NOW - 10 * NS_PER_S, NOW - 8 * NS_PER_S, GapCause.NETWORK),
        (NOW - 8 * NS_PER_S, NOW - NS_PER_S, GapCause.SHUTDOWN),
        (NOW - NS_PER_S, None, GapCause.STORAGE),
    ]
    with Index.open(tmp_path / "index.db") as index:
        with index.writing() as writer:
            for number, (start, end, cause) in enumerate(spans):
                stop = None if end is None else UtcNs(end)
                writer.outage_changed(Outage(f"outage-{number}", FRONT, UtcNs(start), stop, cause))
        assert missing_s(index, FRONT, NOW) == 4.0
