"""A process that moves segments, killed again and again."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

from gstnvr.db.index import Index
from gstnvr.model.clock import SystemClock
from gstnvr.model.records import Volume
from gstnvr.storage.check import check
from gstnvr.storage.reconcile import reconcile
from gstnvr.volume.identity import create_identity
from tests.storage.archive import Archive, at

COUNT = 40
NOW = at(7200)
_MOVER = """
import sys
from pathlib import Path
from gstnvr.db.index import Index
from gstnvr.model.records import Volume
from gstnvr.storage.moving import Order, move_segment

database, now = Path(sys.argv[1]), int(sys.argv[2])
with Index.open(database) as index:
    source, target = (Volume(*each.split("=")) for each in sys.argv[3:])
    print("ready", flush=True)
    for row in index.segments():
        if row.volume == source.uuid:
            move_segment(index, Order(row, source, target, 0), lambda _: None, now)
"""


def test_wherever_it_is_killed_every_segment_is_there_once(archive: Archive, tmp_path: Path) -> None:
    root = tmp_path / "cold"
    root.mkdir()
    cold = Volume(create_identity(root, SystemClock()).uuid, str(root))
    rows = [archive.record(2 * number) for number in range(COUNT)]
    contents = {row.path: archive.file(row).read_bytes() for row in rows}
    grow_old([archive.volume, cold])
    volumes = [archive.volume, cold]
    places = [f"{volume.uuid}={volume.path}" for volume in volumes]
    chance = random.Random(9)
    for _ in range(60):
        mover = subprocess.Popen(
            [sys.executable, "-c", _MOVER, str(tmp_path / "index.db"), str(NOW), *places], stdout=subprocess.PIPE
        )
        assert mover.stdout is not None
        mover.stdout.readline()
        time.sleep(chance.uniform(0.0, 0.04))
        mover.send_signal(signal.SIGKILL)
        ended_by_itself = mover.wait() == 0
        mover.stdout.close()
        assert_once(archive.index, volumes, contents)
        if ended_by_itself or not any(row.volume == archive.volume.uuid for row in archive.index.segments()):
            break
    moved = sum(row.volume == cold.uuid for row in archive.index.segments())
    assert moved > 0, "it got somewhere"


def grow_old(volumes: list[Volume]) -> None:
    for volume in volumes:
        for file in Path(volume.path).rglob("*.m*"):
            if file.is_file():
                os.utime(file, (NOW / 1e9 - 3600, NOW / 1e9 - 3600))


def assert_once(index: Index, volumes: list[Volume], contents: dict[str, bytes]) -> None:
    grow_old(volumes)
    reconcile(index, volumes, now=NOW)
    where = {volume.uuid: Path(volume.path) for volume in volumes}
    found = {row.path: (where[row.volume] / row.path).read_bytes() for row in index.segments()}
    assert found == contents
    files = [file for root in where.values() for file in root.rglob("*.m*") if file.is_file()]
    assert len(files) == len(contents)
    assert check(index, volumes, now=NOW, running=False).findings == ()
