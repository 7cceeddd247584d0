"""Recorders in turns on the same simulated cameras, and what each used."""

import asyncio
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import psutil

from bench.clip import FRAMES_PER_S
from bench.errors import BenchError
from bench.peers import Peer
from bench.usage import processors, read_cpu, read_pss
from gstnvr.container.scan import scan_file
from gstnvr.lab.simulated_cameras import SimulatedCameras

IN_FLIGHT_S = 1.0
"""What was sent just before the end may be on its way still; anything else missing spoils the figure."""
_S_PER_HOUR = 3600
_BYTES_PER_MB = 1e6


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds."""

    warm_up: float
    measured: float


@dataclass(frozen=True, slots=True)
class Figures:
    """What one recorder used in one round."""

    cpu_s_per_camera_hour: float
    pss_mb_per_camera: float
    stored_mb_per_camera_hour: float
    """On disk, containers included."""
    others_share: float
    """Of the machine's CPU: used by anything but this recorder, which includes the simulated cameras."""
    worst_late_ms: float
    """By how much the simulated cameras sent a packet too late."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """What is in the files of a camera."""

    frames: int
    bytes: int


async def play_round(peer: Peer, cameras: SimulatedCameras, names: Sequence[str], timing: Timing) -> Figures:
    """Let one recorder record.

    Raises:
        BenchError: not everything that was sent is in its files.
    """
    folder = Path(tempfile.mkdtemp(prefix="gstnvr-bench-"))
    try:
        before = _sent(cameras, names)
        try:
            await peer.start({name: cameras.url(name) for name in names}, folder)
            figures = await _measure(peer, cameras, len(names), timing)
            after = _sent(cameras, names)
        finally:
            await peer.stop()
        recorded = {name: _in_files(folder / name) for name in names}
        _check(peer, {name: after[name] - before[name] for name in names}, recorded)
        return _with_storage(figures, recorded)
    finally:
        shutil.rmtree(folder)


async def _measure(peer: Peer, cameras: SimulatedCameras, count: int, timing: Timing) -> Figures:
    await asyncio.sleep(timing.warm_up)
    cameras.control.status()
    try:
        begin = read_cpu(peer.processes)
        await asyncio.sleep(timing.measured)
        end = read_cpu(peer.processes)
        pss = read_pss(peer.processes)
    except psutil.NoSuchProcess as error:
        raise BenchError(f"{peer.name}: {error}") from error
    seconds = end.at - begin.at
    used = end.of_processes - begin.of_processes
    return Figures(
        cpu_s_per_camera_hour=used / seconds / count * _S_PER_HOUR,
        pss_mb_per_camera=pss / count / _BYTES_PER_MB,
        stored_mb_per_camera_hour=0,
        others_share=end.others_since(begin) / seconds / processors(),
        worst_late_ms=cameras.control.status().worst_late_ms,
    )


def _sent(cameras: SimulatedCameras, names: Sequence[str]) -> Mapping[str, int]:
    status = cameras.control.status()
    return {name: status.cameras[name].frames_sent for name in names}


def _in_files(folder: Path) -> Recorded:
    scans = [scan_file(path) for path in sorted(folder.rglob("*.m[pk][4v]"))]
    return Recorded(sum(scan.video_units for scan in scans), sum(scan.size for scan in scans))


def _check(peer: Peer, sent: Mapping[str, int], recorded: Mapping[str, Recorded]) -> None:
    allowed = IN_FLIGHT_S * FRAMES_PER_S
    for name, frames in sent.items():
        if frames - recorded[name].frames > allowed:
            raise BenchError(
                f"{peer.name}: of {frames} frames of {name} only {recorded[name].frames} were recorded"
            )


def _with_storage(figures: Figures, recorded: Mapping[str, Recorded]) -> Figures:
    hours = sum(each.frames for each in recorded.values()) / FRAMES_PER_S / _S_PER_HOUR
    stored = sum(each.bytes for each in recorded.values()) / _BYTES_PER_MB
    return replace(figures, stored_mb_per_camera_hour=stored / hours)
