"""The power fails while segments are moved to a colder volume: each is there once, and as it was."""

import os
import random
import shutil
import time
from collections.abc import Mapping
from pathlib import Path

import pytest

from gstnvr.db.index import Index
from gstnvr.model.clock import SystemClock
from gstnvr.model.records import Volume
from gstnvr.volume.identity import create_identity
from tests.rig.cut_disk import CutDisk, mounted
from tests.storage.archive import Archive
from tests.storage.mover import assert_once, grow_old, start_mover

pytestmark = [
    pytest.mark.faults,
    pytest.mark.skipif(os.geteuid() != 0 or shutil.which("mkfs.ext4") is None, reason="needs root and e2fsprogs"),
    pytest.mark.skipif(shutil.which("fusermount3") is None, reason="needs fuse3"),
]

SEGMENTS_PER_CUT = 10
LONGEST_PAUSE_S = 0.4
DATABASE = "index.db"


def make_volume(disk: Path, name: str) -> Volume:
    root = disk / name
    root.mkdir()
    return Volume(create_identity(root, SystemClock()).uuid, str(root))


def cut_while_moving(place: Path, times: int) -> tuple[list[Path], list[Volume], Mapping[str, bytes]]:
    """Images of the disk, the volumes on it, and what every segment holds by its path."""
    seed = random.SystemRandom().randrange(1 << 32)
    print(f"seed {seed}")
    chance = random.Random(seed)
    with CutDisk(place) as disk:
        hot, cold = make_volume(disk.path, "hot"), make_volume(disk.path, "cold")
        with Index.open(disk.path / DATABASE) as index:
            with index.writing() as writer:
                writer.ensure_volume(hot)
                writer.ensure_volume(cold)
            archive = Archive(index, hot)
            rows = [archive.record(2 * number) for number in range(SEGMENTS_PER_CUT * times)]
            contents = {row.path: archive.file(row).read_bytes() for row in rows}
        grow_old([hot])
        os.sync()
        mover = start_mover(disk.path / DATABASE, hot, cold)
        cuts = []
        for _ in range(times):
            time.sleep(chance.uniform(0, LONGEST_PAUSE_S))
            cuts.append(disk.cut(chance.randrange(1 << 32)))
        assert mover.wait(120) == 0
    return cuts, [hot, cold], contents


def cut_and_switch_on(place: Path, times: int) -> None:
    cuts, volumes, contents = cut_while_moving(place, times)
    for image in cuts:
        with mounted(image) as path:
            there = [Volume(volume.uuid, str(path / Path(volume.path).name)) for volume in volumes]
            with Index.open(path / DATABASE) as index:
                with index.writing() as writer:
                    for volume in there:
                        writer.ensure_volume(volume)
                moved = sum(row.volume == there[1].uuid for row in index.segments())
                assert_once(index, there, contents)
        image.unlink()
        print(f"cut when {moved} of {len(contents)} were moved")


def test_three_power_cuts_lose_and_double_nothing(tmp_path: Path) -> None:
    cut_and_switch_on(tmp_path, 3)


@pytest.mark.slow
def test_twenty_power_cuts_lose_and_double_nothing(tmp_path: Path) -> None:
    cut_and_switch_on(tmp_path, 20)
