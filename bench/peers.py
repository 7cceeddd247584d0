"""Recorders that can be compared, and ffmpeg as one of them."""

import asyncio
import contextlib
import signal
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from bench.errors import BenchError

START_WITHIN_S = 60.0
STOP_WITHIN_S = 20.0
_LOOK_AGAIN_S = 0.1
_SEGMENT_S = 60


class Peer(Protocol):
    """Something that records cameras, each into a folder of its name."""

    @property
    def name(self) -> str:
        """Column of the table."""
        ...

    @property
    def processes(self) -> Sequence[int]:
        """While it records; those below them count, too."""
        ...

    async def start(self, cameras: Mapping[str, str], folder: Path) -> None:
        """Record cameras (name and URL) into an empty folder; returns when all have begun.

        Raises:
            BenchError: one did not.
        """
        ...

    async def stop(self) -> None:
        """End all files properly.

        Raises:
            BenchError: something went wrong while it recorded.
        """
        ...


class Ffmpeg:
    """``ffmpeg -c copy``: a process for each camera, segments of fragmented MP4."""

    name = "ffmpeg"

    def __init__(self) -> None:
        self._running: dict[str, asyncio.subprocess.Process] = {}

    @property
    def processes(self) -> Sequence[int]:
        return [process.pid for process in self._running.values()]

    async def start(self, cameras: Mapping[str, str], folder: Path) -> None:
        for camera, url in cameras.items():
            (folder / camera).mkdir()
            self._running[camera] = await _ffmpeg(url, folder / camera)
        await wait_until(lambda: all(_has_file(folder / camera) for camera in cameras), "ffmpeg", self._trouble)

    def _trouble(self) -> str:
        ended = [camera for camera, process in self._running.items() if process.returncode is not None]
        return f"ffmpeg ended for {', '.join(ended)}" if ended else ""

    async def stop(self) -> None:
        trouble = self._trouble()
        for process in self._running.values():
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(signal.SIGINT)
        ends = [end_process(process) for process in self._running.values()]
        self._running = {}
        await asyncio.gather(*ends)
        if trouble:
            raise BenchError(trouble)


async def _ffmpeg(url: str, folder: Path) -> asyncio.subprocess.Process:
    fragmented = "movflags=+frag_keyframe+empty_moov+default_base_moof"
    command = ["ffmpeg", "-nostdin", "-loglevel", "error", "-rtsp_transport", "tcp", "-i", url, "-c", "copy"]
    command += ["-f", "segment", "-segment_time", f"{_SEGMENT_S}", "-reset_timestamps", "1"]
    command += ["-segment_format", "mp4", "-segment_format_options", fragmented]
    with (folder / "messages.txt").open("wb") as messages:
        return await asyncio.create_subprocess_exec(
            *command, str(folder / "%05d.mp4"), stdin=asyncio.subprocess.DEVNULL, stderr=messages
        )


def _has_file(folder: Path) -> bool:
    return any(path.stat().st_size for path in folder.glob("*.mp4"))


async def wait_until(begun: Callable[[], bool], name: str, trouble: Callable[[], str]) -> None:
    """Wait until all cameras are being recorded.

    Raises:
        BenchError: there is trouble, or it takes too long.
    """
    try:
        async with asyncio.timeout(START_WITHIN_S):
            while not begun():
                if message := trouble():
                    raise BenchError(message)
                await asyncio.sleep(_LOOK_AGAIN_S)
    except TimeoutError:
        raise BenchError(f"{name} did not record all cameras within {START_WITHIN_S:g} s") from None


async def end_process(process: asyncio.subprocess.Process) -> None:
    """Wait for a process that was told to end; kill it if it does not."""
    try:
        async with asyncio.timeout(STOP_WITHIN_S):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()
        raise BenchError(f"process {process.pid} did not end within {STOP_WITHIN_S:g} s and was killed") from None
