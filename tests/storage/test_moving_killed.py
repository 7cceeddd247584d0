"""A process that moves segments, killed again and again."""

import random
import signal
import time
from pathlib import Path

import pytest

from gstnvr.model.clock import SystemClock
from gstnvr.model.records import Volume
from gstnvr.volume.identity import create_identity
from tests.storage.archive import Archive
from tests.storage.mover import assert_once, grow_old, start_mover

COUNT = 40


@pytest.mark.parametrize("times", [12, pytest.param(60, marks=pytest.mark.slow)])
def test_wherever_it_is_killed_every_segment_is_there_once(archive: Archive, times: int, tmp_path: Path) -> None:
    root = tmp_path / "cold"
    root.mkdir()
    cold = Volume(create_identity(root, SystemClock()).uuid, str(root))
    rows = [archive.record(2 * number) for number in range(COUNT)]
    contents = {row.path: archive.file(row).read_bytes() for row in rows}
    grow_old([archive.volume, cold])
    volumes = [archive.volume, cold]
    chance = random.Random(9)
    for _ in range(times):
        mover = start_mover(tmp_path / "index.db", archive.volume, cold)
        time.sleep(chance.uniform(0.0, 0.04))
        mover.send_signal(signal.SIGKILL)
        ended_by_itself = mover.wait() == 0
        assert_once(archive.index, volumes, contents)
        if ended_by_itself or not any(row.volume == archive.volume.uuid for row in archive.index.segments()):
            break
    moved = sum(row.volume == cold.uuid for row in archive.index.segments())
    assert moved > 0, "it got somewhere"
