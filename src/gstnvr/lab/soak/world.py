"""What a soak strikes: cameras at the ends of cables, one disk, and the whole product."""

import contextlib
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from gstnvr.lab.cables import Cable, begin_networks
from gstnvr.lab.faulty_volumes import LoopVolume, prepared
from gstnvr.lab.product import Product
from gstnvr.lab.simulated_cameras import SimulatedCameras
from gstnvr.supervisor.places import DATABASE

SIMULATORS = ("north", "east", "south", "west")
RTSP_PORT = 8554
SOURCES = (
    "pattern:180p10",
    "pattern:180p10:h265",
    "pattern:180p10:h264:aac",
    "pattern:180p5:h264:pcma",
)
"""One for each camera of a simulator, over and over."""
HOGS = 4
HOG = "while True: pass"
STREAMS_PER_PROCESS = 8
"""So that a recorder that dies has neighbours that do not."""


def camera_places(count: int) -> dict[str, str]:
    """Simulator of each camera."""
    return {f"cam{number:02}": SIMULATORS[number % len(SIMULATORS)] for number in range(1, count + 1)}


class World:
    """Everything that can be struck; made by ``living_world``."""

    def __init__(
        self,
        places: Mapping[str, str],
        simulators: Mapping[str, SimulatedCameras],
        cables: Mapping[str, Cable],
        volume: LoopVolume,
        product: Product,
    ) -> None:
        self.places = places
        self.simulators = simulators
        self.cables = cables
        self.volume = volume
        self.product = product
        self._lock: sqlite3.Connection | None = None
        self._hogs: list[subprocess.Popen[bytes]] = []

    def simulator_of(self, camera: str) -> SimulatedCameras:
        """That plays this camera."""
        return self.simulators[self.places[camera]]

    def signal_youngest_recorder(self, number: signal.Signals) -> None:
        """Only ever the youngest: the others live on for long enough to see whether they grow."""
        recorders = self.product.recorders()
        if recorders:
            youngest = max(recorders, key=lambda process: process.create_time())
            with contextlib.suppress(ProcessLookupError):
                os.kill(youngest.pid, number)

    def keep(self, folder: Path) -> None:
        """Copy what tells what happened."""
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copy(self.product.log_file, folder)
        shutil.copytree(self.product.data_dir, folder / "data", dirs_exist_ok=True, ignore=_no_sockets)
        shutil.copytree(self.volume.path, folder / "video", dirs_exist_ok=True)

    def lock_database(self) -> None:
        """Keep everybody else from writing to it."""
        self._lock = sqlite3.connect(
            self.product.data_dir / DATABASE, timeout=30, isolation_level=None, check_same_thread=False
        )
        self._lock.execute("BEGIN IMMEDIATE")

    def unlock_database(self) -> None:
        """Let them write again."""
        if self._lock is not None:
            self._lock.rollback()
            self._lock.close()
            self._lock = None

    def begin_hogging(self) -> None:
        """Take most of the CPU away."""
        self._hogs = [subprocess.Popen([sys.executable, "-c", HOG]) for _ in range(HOGS)]

    def end_hogging(self) -> None:
        """Give it back."""
        for hog in self._hogs:
            hog.kill()
            hog.wait()
        self._hogs = []


def _no_sockets(_folder: str, names: list[str]) -> list[str]:
    return [name for name in names if name.endswith(".sock")]


@contextlib.contextmanager
def living_world(folder: Path, cameras: int, disk_bytes: int) -> Iterator[World]:
    """Everything started, for the length of a ``with`` block.

    Takes a process with a network and mounts of its own.
    """
    begin_networks()
    places = camera_places(cameras)
    cables = {name: Cable(name, number) for number, name in enumerate(SIMULATORS, 1)}
    (folder / "disk").mkdir()
    volume = LoopVolume(folder / "disk", disk_bytes)
    with contextlib.ExitStack() as stack:
        simulators = {
            name: stack.enter_context(_simulator(cable, [camera for camera in places if places[camera] == name]))
            for name, cable in cables.items()
        }
        stack.enter_context(prepared(volume))
        urls = {camera: simulators[place].url(camera) for camera, place in places.items()}
        sections = {
            "recorder": {"streams_per_process": STREAMS_PER_PROCESS},
            "recording": {"segment_s": 20},
        }
        product = stack.enter_context(Product(folder, urls, sections, volume=volume.path))
        world = World(places, simulators, cables, volume, product)
        stack.callback(world.end_hogging)
        stack.callback(world.unlock_database)
        product.wait_until_recording()
        yield world


def _simulator(cable: Cable, cameras: Sequence[str]) -> SimulatedCameras:
    cable.lay()
    sources = {camera: SOURCES[index % len(SOURCES)] for index, camera in enumerate(cameras)}
    return SimulatedCameras(sources, host=cable.camera, port=RTSP_PORT, prefix=cable.inside)
