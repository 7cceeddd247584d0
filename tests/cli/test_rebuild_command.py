"""``gstnvr check --rebuild``: the index made anew, the difference told."""

import json
import subprocess
import sys
from pathlib import Path

from gstnvr.cli.exit_codes import ExitCode
from gstnvr.db.index import Index
from gstnvr.model.clock import NS_PER_S, SystemClock, UtcNs
from gstnvr.model.ids import CameraId, StreamId, StreamKind
from gstnvr.model.records import Segment, SegmentState, TrackInfo, Volume
from gstnvr.supervisor.lock import InstanceLock
from gstnvr.supervisor.places import DATABASE
from gstnvr.testing.segments import make_segment
from gstnvr.volume.identity import create_identity

RUN = "import sys; from gstnvr.cli.main import main; sys.exit(main())"
FRONT = StreamId(CameraId("front"), StreamKind.MAIN)
NOON = UtcNs(1_795_262_400 * NS_PER_S)


def rebuild(folder: Path, *more: str) -> subprocess.CompletedProcess[str]:
    arguments = ["check", "--rebuild", "-c", str(folder / "gstnvr.yaml"), *more]
    return subprocess.run(
        [sys.executable, "-c", RUN, *arguments], capture_output=True, text=True, check=False, timeout=120
    )


def record_one(folder: Path, frames: int = 50) -> None:
    """A segment of 50 frames, of which the index may say something else."""
    video = folder / "video"
    video.mkdir()
    (folder / "data").mkdir()
    (folder / "gstnvr.yaml").write_text(
        f"data_dir: {folder / 'data'}\nstorage: {{volumes: [{{path: {video}}}]}}\n"
    )
    volume = Volume(create_identity(video, SystemClock()).uuid, str(video))
    path = "front/20261121/front_main_20261121T120000000Z.mp4"
    made = make_segment()
    made.write(video / path)
    end, tracks = UtcNs(NOON + made.duration_ns), TrackInfo("h264", 1920, 1080)
    size = len(made.content)
    row = Segment(FRONT, volume.uuid, path, NOON, end, SegmentState.CLOSED, size, frames, tracks)
    with Index.open(folder / "data" / DATABASE) as index, index.writing() as writer:
        writer.ensure_volume(volume)
        writer.ensure_stream(FRONT, "Front door")
        writer.segment_closed(row)


def test_an_index_that_was_right_is_identical(tmp_path: Path) -> None:
    record_one(tmp_path)
    done = rebuild(tmp_path)
    assert done.returncode == ExitCode.OK, done.stdout + done.stderr
    assert "rebuilt from the volumes: 1 files" in done.stdout
    assert "identical: 1 segments and 0 gaps are the same" in done.stdout
    assert "only the index before has: 1 names of cameras" in done.stdout
    assert "ok      9." in done.stdout


def test_a_row_that_differs_is_printed_as_it_was_and_as_it_is(tmp_path: Path) -> None:
    record_one(tmp_path, frames=49)
    done = rebuild(tmp_path)
    assert done.returncode == ExitCode.PROBLEMS
    before, after = (line for line in done.stdout.splitlines() if line.startswith(("- ", "+ ")))
    assert "49 frames" in before
    assert "50 frames" in after
    assert "1 differ" in done.stdout
    again = json.loads(rebuild(tmp_path, "--json").stdout)
    assert again["rebuilt"]["comparison"]["identical"] is True
    assert Path(again["rebuilt"]["kept"]).exists()


def test_nothing_is_touched_while_gstnvr_runs(tmp_path: Path) -> None:
    record_one(tmp_path)
    with InstanceLock(tmp_path / "data"):
        done = rebuild(tmp_path)
    assert done.returncode == ExitCode.ENVIRONMENT
    assert "the index was not rebuilt: another gstnvr" in done.stderr
    assert [file.name for file in (tmp_path / "data").glob(f"{DATABASE}*")] == [DATABASE]


def test_a_volume_that_is_not_there_is_told(tmp_path: Path) -> None:
    record_one(tmp_path)
    (tmp_path / "video").rename(tmp_path / "elsewhere")
    done = rebuild(tmp_path)
    assert done.returncode == ExitCode.ENVIRONMENT
    assert f"volume {tmp_path / 'video'} cannot be used" in done.stderr
