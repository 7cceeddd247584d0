"""The whole product on two mirrored disks: one is lost, comes back, and has in the end all that it missed."""

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from gstnvr.config.load import load
from gstnvr.container.scan import scan_file
from gstnvr.db import mirrors
from gstnvr.lab.audit import RecordedFile, audit
from gstnvr.lab.faulty_volumes import LoopVolume, prepared
from gstnvr.lab.product import Product
from gstnvr.lab.simulated_cameras import SimulatedCameras
from gstnvr.model.faults import GapCause, Reason
from gstnvr.model.ids import CameraId, StreamId, StreamKind
from gstnvr.model.records import Segment, SegmentState
from gstnvr.supervisor.supervisor import Supervisor
from gstnvr.supervisor.surroundings import Surroundings
from gstnvr.supervisor.volumes.mirrors import MirrorRhythm
from gstnvr.volume.transfer import same_content
from tests.rig.waiting import wait_until

pytestmark = [pytest.mark.e2e, pytest.mark.faults, pytest.mark.gst]

SOURCES = {"cam1": "pattern:180p10:h264:aac", "cam2": "pattern:180p10:h265"}
SEGMENTS_MEANWHILE = 2
AT_ONCE = MirrorRhythm(look_s=0.5, away_s=2, settled_s=1, search_s=5, rest_s=0)
WITHIN_S = 90.0


@pytest.fixture
def disks(tmp_path: Path) -> Iterator[list[LoopVolume]]:
    with prepared(LoopVolume(tmp_path / "first")) as first, prepared(LoopVolume(tmp_path / "second")) as second:
        yield [first, second]


def stream(camera: str) -> StreamId:
    return StreamId(CameraId(camera), StreamKind.MAIN)


def rows(product: Product, camera: str) -> list[Segment]:
    with product.index() as index:
        return list(index.segments(stream(camera)))


def closed(product: Product, camera: str) -> list[Segment]:
    return [row for row in rows(product, camera) if row.state is SegmentState.CLOSED]


def is_twice(product: Product, row: Segment, disks: list[LoopVolume]) -> bool:
    (other,) = (disk for disk in disks if disk.uuid != row.volume)
    with product.index() as index, index.reading() as connection:
        second = mirrors.mirror_at(connection, other.uuid, row.path)
    return second is not None and second.state is SegmentState.CLOSED


def run(product: Product, story: Callable[[], None]) -> None:
    """The supervisor with less patience than others have, and recorders of its own, for the length of a story."""

    async def both() -> None:
        supervisor = Supervisor(load(product.config), Surroundings(mirrors=AT_ONCE))
        running = asyncio.create_task(supervisor.run())
        try:
            await asyncio.to_thread(story)
        finally:
            supervisor.stop()
            await running

    try:
        asyncio.run(both())
    finally:
        product.end()


def mirrored(disks: list[LoopVolume]) -> dict[str, Any]:
    """Settings of storage."""
    volumes = [{"path": str(disk.path)} for disk in disks]
    return {"volumes": volumes, "policy": "mirror", "check_interval_s": 1, "min_free_mb": 1}


@pytest.mark.parametrize(
    "number", [pytest.param(0, id="the first"), pytest.param(1, id="the second", marks=pytest.mark.slow)]
)
def test_a_disk_that_was_lost_and_is_back_has_all_that_it_missed(
    disks: list[LoopVolume], number: int, tmp_path: Path
) -> None:
    lost = disks[number]
    with SimulatedCameras(SOURCES) as cameras:
        urls = {name: cameras.url(name) for name in SOURCES}
        sections = {"storage": mirrored(disks), "recording": {"segment_s": 4, "sync_interval_s": 1}}
        product = Product(tmp_path, urls, sections, volume=disks[0].path)
        product.data_dir.mkdir(mode=0o700)
        alone: list[Segment] = []

        def story() -> None:
            wait_until(lambda: all(closed(product, name) for name in SOURCES), "a segment of each", WITHIN_S)
            lost.lose_device()
            before = {name: len(closed(product, name)) for name in SOURCES}
            wait_until(
                lambda: all(len(closed(product, name)) >= before[name] + SEGMENTS_MEANWHILE for name in SOURCES),
                "segments on one disk alone",
                WITHIN_S,
            )
            rows = [row for name in SOURCES for row in closed(product, name)]
            alone.extend(row for row in rows if not is_twice(product, row, disks))
            assert len(alone) >= SEGMENTS_MEANWHILE * len(SOURCES)
            lost.mount_anew()
            wait_until(
                lambda: all(is_twice(product, row, disks) for name in SOURCES for row in closed(product, name)),
                "a second file of each",
                WITHIN_S,
            )

        run(product, story)
        loops = {name: cameras.control.sequence(name) for name in SOURCES}
    checked = product.check()
    assert checked.returncode == 0, checked.stdout
    for name in SOURCES:
        found = rows(product, name)
        assert {row.state for row in found} == {SegmentState.CLOSED}
        for disk in disks:
            files = [RecordedFile(disk.path / row.path, row.start) for row in found]
            assert audit(files, loops[name]).flawless, f"{name} at {disk.path}"
    for row in alone:
        assert same_content(disks[0].path / row.path, disks[1].path / row.path)
        assert scan_file(lost.path / row.path).whole
    with product.index() as index:
        assert {gap.cause for gap in index.gaps()} <= {GapCause.CONNECTING, GapCause.SHUTDOWN}
        about_disks = [one for one in index.incidents() if one.camera is None]
        assert {one.reason for one in about_disks} <= {Reason.IO_ERROR, Reason.VOLUME_MISSING}
        assert about_disks
        assert all(one.recovered is not None for one in about_disks)
