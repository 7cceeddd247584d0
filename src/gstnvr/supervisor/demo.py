"""Simulated cameras and a configuration that records them, for the first look."""

import asyncio
import contextlib
import os
import secrets
import signal
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from gstnvr.config.secrets import read_secret_file
from gstnvr.config.settings import Settings
from gstnvr.supervisor.errors import StartupError

SIMULATOR = (sys.executable, "-m", "gstnvr.simulator")
USER = "demo"

_PASSWORD_FILE = "camera-password"  # noqa: S105 - the name of the file, not what is in it
_PASSWORD_VARIABLE = "GSTNVR_DEMO_PASSWORD"  # noqa: S105 - likewise
_START_TIMEOUT_S = 300.0
_STOP_TIMEOUT_S = 5.0
_SHORT_START_S = 3.0
_PROGRESS_INTERVAL_S = 0.5

CAMERAS = {
    "entrance": ("Entrance", "720p25"),
    "yard": ("Yard", "720p15:h264:aac"),
    "garage": ("Garage", "480p15:h265"),
    "office": ("Office", "480p15:h264:pcma"),
}
"""Id, name and pattern."""
SUB_STREAMS = {"garage": "360p15"}
"""Pattern of the sub stream: browsers that cannot play H.265 show it."""

_HEAD = """\
# Configuration of the demonstration: four simulated cameras, served by gstnvr itself.
# Replace them by your own. Every key, its default and its limits: docs/ref/configuration.md
# It is read again when it changes; only data_dir and api count after a restart.

data_dir: {folder}/data      # database, sockets

api:
  port: {api_port}           # http://127.0.0.1:{api_port}

recording:
  segment_s: 60              # length of a file

storage:
  volumes:
    - path: {folder}/video   # the recordings

cameras:
"""

_SUB_STREAM = """\
    sub:                       # connected while somebody watches
      url: rtsp://127.0.0.1:{port}/{id}-sub   # pattern {pattern}
      username: {user}
      password_file: {password_file}
"""

_CAMERA = """\
  - id: {id}
    name: {name}
    main:
      url: rtsp://127.0.0.1:{port}/{id}   # pattern {pattern}
      username: {user}
      password_file: {password_file}
"""


def prepare(folder: Path) -> Path:
    """Make what is missing in a folder, and return the configuration file in it.

    Raises:
        StartupError: the folder cannot be written.
    """
    folder = folder.absolute()
    try:
        (folder / "video").mkdir(parents=True, exist_ok=True)
        password_file = folder / _PASSWORD_FILE
        if not password_file.exists():
            _write_private(password_file, secrets.token_urlsafe(12) + "\n")
        configuration = folder / "gstnvr.yaml"
        if not configuration.exists():
            _write_private(configuration, _configuration(folder, password_file))
    except OSError as error:
        raise StartupError(f"cannot write to {folder}: {error.strerror}; name another folder with --dir") from None
    return configuration


def _write_private(path: Path, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)


def _configuration(folder: Path, password_file: Path) -> str:
    port = _free_port(0)
    head = _HEAD.format(folder=folder, api_port=_free_port(8080))
    access = {"port": port, "user": USER, "password_file": password_file}
    cameras = []
    for camera, (name, pattern) in CAMERAS.items():
        sub = SUB_STREAMS.get(camera)
        text = _CAMERA.format(id=camera, name=name, pattern=pattern, **access)
        cameras.append(text if sub is None else text + _SUB_STREAM.format(id=camera, pattern=sub, **access))
    return head + "\n".join(cameras)


def _free_port(wanted: int) -> int:
    """The wanted port if it is free, else another."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", wanted))
        except OSError:
            probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class DemoCameras:
    """The simulator as a child process, for those of its cameras that the configuration still has."""

    def __init__(self, folder: Path, settings: Settings) -> None:
        self._folder = folder.absolute()
        urls = {camera.id: urlsplit(camera.main.url) for camera in settings.cameras if camera.id in CAMERAS}
        self.simulated = tuple(
            camera for camera, url in urls.items() if url.hostname == "127.0.0.1" and url.path == f"/{camera}"
        )
        """Cameras of the demonstration that nobody replaced by real ones."""
        self._port = next((urls[camera].port for camera in self.simulated), None)
        self._process: asyncio.subprocess.Process | None = None

    async def start(self, say: Callable[[str], None]) -> None:
        """Serve; the first time patterns are encoded, which takes a while and is told.

        Raises:
            StartupError: the simulator does not start.
        """
        if self._port is None:
            return
        if _answers(self._port):
            say("the simulated cameras run already")
            return
        with (self._folder / "simulator.log").open("wb") as errors:
            self._process = await asyncio.create_subprocess_exec(
                *self._command(),
                env={**os.environ, _PASSWORD_VARIABLE: read_secret_file(self._folder / _PASSWORD_FILE)},
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=errors,
                start_new_session=True,
            )
        progress = asyncio.create_task(self._tell_progress(say))
        try:
            await self._until_ready()
        finally:
            progress.cancel()

    async def _tell_progress(self, say: Callable[[str], None]) -> None:
        """The first start takes a minute."""
        await asyncio.sleep(_SHORT_START_S)
        say("encoding the pictures of the simulated cameras, which happens only once")
        told = 0
        while True:
            log = (self._folder / "simulator.log").read_text(errors="replace")
            lines = [line for line in log.splitlines() if line.endswith(": preparing")]
            for line in lines[told:]:
                say(f"  {line.removesuffix(': preparing')} …")
            told = len(lines)
            await asyncio.sleep(_PROGRESS_INTERVAL_S)

    def _command(self) -> list[str]:
        sources = [f"{camera}=pattern:{CAMERAS[camera][1]}" for camera in self.simulated]
        sources += [
            f"{camera}-sub=pattern:{SUB_STREAMS[camera]}" for camera in self.simulated if camera in SUB_STREAMS
        ]
        access = ["--user", USER, "--password-env", _PASSWORD_VARIABLE]
        place = ["--listen", f"127.0.0.1:{self._port}", "--cache", str(self._folder / "patterns")]
        return [*SIMULATOR, *place, *access, *sources]

    async def _until_ready(self) -> None:
        assert self._process is not None
        assert self._process.stdout is not None
        line = b""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_START_TIMEOUT_S):
                line = await self._process.stdout.readline()
        if not line.startswith(b"ready"):
            await self.stop()
            log = (self._folder / "simulator.log").read_text(errors="replace").strip().splitlines()
            raise StartupError(f"the simulated cameras do not start: {log[-1] if log else 'no answer'}")

    async def stop(self) -> None:
        """End the cameras."""
        process, self._process = self._process, None
        if process is None or process.returncode is not None:
            return
        process.send_signal(signal.SIGTERM)
        try:
            async with asyncio.timeout(_STOP_TIMEOUT_S):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1.0)
        return probe.connect_ex(("127.0.0.1", port)) == 0
