"""What somebody sees who watches is what the camera sent, and the recording does not notice."""

import asyncio
import contextlib
import json
import random
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect

from gstnvr.access.local_token import read_local_token
from gstnvr.lab.audit import Audit, RecordedFile, audit
from gstnvr.lab.product import Product
from gstnvr.lab.simulated_cameras import SimulatedCameras
from gstnvr.model.clock import NS_PER_MS, UtcNs
from gstnvr.model.ids import CameraId, StreamId, StreamKind

pytestmark = [pytest.mark.gst, pytest.mark.e2e]

SOURCES = {"front": "pattern:360p25:h264:aac", "yard": "pattern:180p15:h265"}
PIECES = 60
"""Some seconds of them."""
COMINGS = 16


@dataclass(frozen=True, slots=True)
class World:
    cameras: SimulatedCameras
    product: Product

    @property
    def headers(self) -> dict[str, str]:
        """With which everything is allowed."""
        return {"Authorization": f"Bearer {read_local_token(self.product.data_dir)}"}

    def audit_of(self, camera: str, path: Path, start: UtcNs) -> Audit:
        return audit([RecordedFile(path, start)], self.cameras.control.sequence(camera))

    def audit_recording(self, camera: str) -> Audit:
        """Of all that was recorded; once the product has ended."""
        with self.product.index() as index:
            rows = index.segments(StreamId(CameraId(camera), StreamKind.MAIN))
        files = [RecordedFile(self.product.volume / row.path, row.start) for row in rows]
        return audit(files, self.cameras.control.sequence(camera))

    @contextlib.asynccontextmanager
    async def watching(self, camera: str) -> AsyncIterator[ClientConnection]:
        address = self.product.address.replace("http:", "ws:")
        path = f"{address}/api/v1/cameras/{camera}/streams/main/live"
        async with connect(
            path, proxy=None, max_size=None, open_timeout=30, additional_headers=self.headers
        ) as connection:
            yield connection


@contextlib.contextmanager
def running(folder: Path) -> Iterator[World]:
    short = {"recording": {"segment_s": 3}}
    with (
        SimulatedCameras(SOURCES) as cameras,
        Product(folder, {name: cameras.url(name) for name in SOURCES}, short) as product,
    ):
        product.wait_until_recording()
        yield World(cameras, product)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with running(tmp_path_factory.mktemp("live")) as world:
        yield world


async def save(connection: ClientConnection, path: Path, pieces: int) -> dict[str, Any]:
    """Write so many pieces to a file; the format that was told."""
    told: dict[str, Any] = {}
    with path.open("wb") as file:
        while pieces >= 0:
            async with asyncio.timeout(30):
                message = await connection.recv()
            if isinstance(message, str):
                assert not told, "all of it is one piece"
                told = json.loads(message)
                assert told["type"] == "format"
            else:
                file.write(message)
                pieces -= 1
    return told


@pytest.mark.parametrize("camera", SOURCES)
def test_every_picture_and_sound_arrives_as_it_was_sent(world: World, tmp_path: Path, camera: str) -> None:
    path = tmp_path / "watched.mp4"

    async def watch() -> dict[str, Any]:
        async with world.watching(camera) as connection:
            return await save(connection, path, PIECES)

    told = asyncio.run(watch())
    found = world.audit_of(camera, path, UtcNs(told["epoch_ms"] * NS_PER_MS))
    assert found.flawless
    assert found.video.units >= PIECES
    assert (found.audio.units > 0) == (told["audio"] is not None)


def test_the_recording_does_not_notice_viewers_who_come_and_go(tmp_path: Path) -> None:
    async def come_and_go(own: World, number: int) -> None:
        """Some read all for a moment, some read nothing, some go in the middle of it."""
        async with own.watching(random.choice(list(SOURCES))) as connection:
            if number % 3 == 0:
                connection.transport.pause_reading()
                await asyncio.sleep(1)
                connection.transport.abort()
            else:
                await save(connection, tmp_path / f"{number}.mp4", random.randrange(20))

    async def all_of_them(own: World) -> None:
        async with asyncio.TaskGroup() as tasks:
            for number in range(COMINGS):
                tasks.create_task(come_and_go(own, number))
                await asyncio.sleep(0.2)

    with running(tmp_path) as own:
        asyncio.run(all_of_them(own))
        assert own.product.stop() == 0
        for camera in SOURCES:
            found = own.audit_recording(camera)
            assert found.flawless, camera
            assert found.video.units > 50


def test_a_snapshot_shows_what_the_camera_sees(world: World, tmp_path: Path) -> None:
    path = tmp_path / "snapshot.jpg"
    for camera, query, size in (("front", {}, (640, 360)), ("yard", {"width": "160"}, (160, 90))):
        address = f"{world.product.address}/api/v1/cameras/{camera}/snapshot"
        answer = httpx.get(address, params=query, headers=world.headers, timeout=60, trust_env=False)
        assert answer.status_code == 200, answer.text
        path.write_bytes(answer.content)
        assert jpeg_size(answer.content) == size
        assert len(answer.content) > 2000, "there is something in the picture"


def test_a_recorder_that_dies_is_waited_for(world: World, tmp_path: Path) -> None:
    async def watch() -> None:
        async with world.watching("front") as connection:
            await save(connection, tmp_path / "before.mp4", 5)
            world.product.kill_recorder()
            kinds: list[str] = []
            while kinds[-1:] != ["format"]:
                async with asyncio.timeout(60):
                    message = await connection.recv()
                if isinstance(message, str):
                    kinds.append(json.loads(message)["type"])
            assert kinds[0] == "waiting"
            async with asyncio.timeout(60):
                assert isinstance(await connection.recv(), bytes)

    asyncio.run(watch())


def jpeg_size(picture: bytes) -> tuple[int, int]:
    """Width and height, from the start of the frame."""
    at = 2
    while picture[at + 1] not in (0xC0, 0xC1, 0xC2):
        at += 2 + int.from_bytes(picture[at + 2 : at + 4], "big")
    return int.from_bytes(picture[at + 7 : at + 9], "big"), int.from_bytes(picture[at + 5 : at + 7], "big")
