"""A process that moves segments from one volume to another, and what is to be true whenever it ends."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from gstnvr.db.index import Index
from gstnvr.model.records import Volume
from gstnvr.storage.check import check
from gstnvr.storage.reconcile import reconcile
from tests.storage.archive import at

NOW = at(7200)
_PROGRAM = """
import sys
from collections.abc import Mapping
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


def start_mover(database: Path, source: Volume, target: Volume) -> "subprocess.Popen[bytes]":
    """Returns when it begins to move."""
    places = [f"{volume.uuid}={volume.path}" for volume in (source, target)]
    mover = subprocess.Popen(
        [sys.executable, "-c", _PROGRAM, str(database), str(NOW), *places], stdout=subprocess.PIPE
    )
    assert mover.stdout is not None
    mover.stdout.readline()
    mover.stdout.close()
    return mover


def grow_old(volumes: list[Volume]) -> None:
    """What was written a moment ago is left alone by a start."""
    for volume in volumes:
        for file in Path(volume.path).rglob("*.m*"):
            if file.is_file():
                os.utime(file, (NOW / 1e9 - 3600, NOW / 1e9 - 3600))


def assert_once(index: Index, volumes: list[Volume], contents: Mapping[str, bytes]) -> None:
    """Each segment is on one of the volumes, as it was, and nothing else is there."""
    grow_old(volumes)
    reconcile(index, volumes, now=NOW)
    where = {volume.uuid: Path(volume.path) for volume in volumes}
    found = {row.path: (where[row.volume] / row.path).read_bytes() for row in index.segments()}
    assert found == contents
    files = [file for root in where.values() for file in root.rglob("*.m*") if file.is_file()]
    assert len(files) == len(contents)
    assert check(index, volumes, now=NOW, running=False).findings == ()
