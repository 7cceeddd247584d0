"""``gstnvr database``: a copy while gstnvr runs, the way back while it does not."""

import subprocess
import sys
from pathlib import Path

import pytest

from gstnvr.cli.exit_codes import ExitCode
from gstnvr.db.index import Index
from gstnvr.lab.postgresql import postgresql, programs
from gstnvr.supervisor.lock import InstanceLock
from gstnvr.supervisor.places import DATABASE
from tests.db.facts import VOLUME, segment

RUN = "import sys; from gstnvr.cli.main import main; sys.exit(main())"


def gstnvr(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", RUN, *words, "-c", str(folder / "gstnvr.yaml")]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)


def configure(folder: Path, more: str = "") -> None:
    volumes = f"storage: {{volumes: [{{path: {folder / 'video'}}}]}}"
    (folder / "gstnvr.yaml").write_text(f"data_dir: {folder / 'data'}\n{volumes}\n{more}\n")


def record(address: str | Path, number: int) -> None:
    with Index.open(address) as index, index.writing() as writer:
        writer.ensure_volume(VOLUME)
        writer.segment_closed(segment(100 * number, 100 * number + 60))


def recorded(address: str | Path) -> int:
    with Index.open(address) as index:
        return len(index.segments())


def test_there_and_back(tmp_path: Path) -> None:
    configure(tmp_path)
    (tmp_path / "data").mkdir()
    database, copy = tmp_path / "data" / DATABASE, tmp_path / "copy"
    record(database, 0)
    with InstanceLock(tmp_path / "data"):
        made = gstnvr(tmp_path, "database", "backup", str(copy))
        assert made.returncode == ExitCode.OK, made.stderr
        assert f"{copy}: " in made.stdout
        refused = gstnvr(tmp_path, "database", "restore", str(copy))
        assert refused.returncode == ExitCode.ENVIRONMENT
        assert "another gstnvr" in refused.stderr
    record(database, 1)
    restored = gstnvr(tmp_path, "database", "restore", str(copy))
    assert restored.returncode == ExitCode.OK, restored.stderr
    assert recorded(database) == 1
    (kept,) = (tmp_path / "data").glob(f"{DATABASE}.before-*")
    assert str(kept) in restored.stdout
    assert recorded(kept) == 2


def test_what_cannot_be_done_is_told(tmp_path: Path) -> None:
    configure(tmp_path)
    nothing = gstnvr(tmp_path, "database", "backup", str(tmp_path / "copy"))
    assert nothing.returncode == ExitCode.ENVIRONMENT
    assert "nothing was recorded yet" in nothing.stderr
    (tmp_path / "text").write_text("no database")
    refused = gstnvr(tmp_path, "database", "restore", str(tmp_path / "text"))
    assert refused.returncode == ExitCode.ENVIRONMENT
    assert "cannot restore" in refused.stderr
    assert not (tmp_path / "data" / DATABASE).exists()


@pytest.mark.skipif(programs() is None, reason="PostgreSQL is not installed")
def test_into_postgresql_and_checked_there(tmp_path: Path) -> None:
    configure(tmp_path)
    (tmp_path / "data").mkdir()
    record(tmp_path / "data" / DATABASE, 0)
    copy = str(tmp_path / "copy")
    assert gstnvr(tmp_path, "database", "backup", copy).returncode == ExitCode.OK
    with postgresql() as url:
        configure(tmp_path, f"database: {{url: '{url}'}}")
        assert gstnvr(tmp_path, "database", "restore", copy).returncode == ExitCode.OK
        assert recorded(url) == 1
        again = gstnvr(tmp_path, "database", "restore", copy)
        assert (again.returncode, "holds recordings" in again.stderr) == (ExitCode.ENVIRONMENT, True)
        checked = gstnvr(tmp_path, "check")
        assert checked.returncode == ExitCode.PROBLEMS
        assert "failed  7." in checked.stdout
        rebuilt = gstnvr(tmp_path, "check", "--rebuild")
        assert (rebuilt.returncode, "not rebuilt in place" in rebuilt.stderr) == (ExitCode.ENVIRONMENT, True)
