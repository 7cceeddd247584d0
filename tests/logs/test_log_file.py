"""Log files: bounded, rotated, written beside standard error."""

import os
import subprocess
import sys
from pathlib import Path

from gstnvr.logs.file import LogFile
from gstnvr.logs.reading import LogWish, ProcessLog, processes, search


def run(program: str, **variables: str) -> str:
    """What a program of its own writes to standard error."""
    command = [sys.executable, "-c", program]
    return subprocess.run(
        command, env=os.environ | variables, capture_output=True, text=True, check=True, timeout=60
    ).stderr


def test_a_file_never_takes_more_than_it_may(tmp_path: Path) -> None:
    file = LogFile(tmp_path / "logs", "recorder-0", most_bytes=2000)
    for number in range(1000):
        file.write(f"2026-11-21T10:00:00.000Z INFO recorder-0 gstnvr: line {number}\n")
        file.flush()
        assert sum(log.size for log in processes(tmp_path / "logs")) <= 2100
    file.close()
    found = search(tmp_path / "logs", LogWish(), 1000)
    assert [line.message for _, line in found[:3]] == ["line 999", "line 998", "line 997"]
    assert len(found) >= 15


def test_a_process_writes_its_lines_into_the_folder_too(tmp_path: Path) -> None:
    program = """
import logging, os
from gstnvr.config.settings import LogLevel
from gstnvr.logs.setup import configure
configure("recorder-0", LogLevel.INFO, folder=os.environ["FOLDER"])
logging.getLogger("gstnvr.recorder").info("password=hunter2 is told")
logging.shutdown()
"""
    said = run(program, FOLDER=str(tmp_path / "logs"))
    path = tmp_path / "logs/recorder-0.log"
    assert path.read_text() == said
    assert processes(tmp_path / "logs") == [ProcessLog("recorder-0", len(said.encode()))]
    assert "password=*** is told" in said
    assert path.parent.stat().st_mode & 0o077 == 0


def test_a_folder_that_cannot_be_made_stops_nothing(tmp_path: Path) -> None:
    program = f"""
import logging
from gstnvr.config.settings import LogLevel
from gstnvr.logs.setup import configure
configure("recorder-0", LogLevel.INFO, folder={str(tmp_path / "missing" / "logs")!r})
logging.getLogger("gstnvr").info("all is well")
logging.shutdown()
"""
    said = run(program)
    assert said.endswith("gstnvr: all is well\n")
