"""Simulated cameras: a real process, real sockets, faults on command."""

import os
import selectors
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType

from gstnvr.simulator.control import ControlClient

START_TIMEOUT_S = 60.0
STOP_TIMEOUT_S = 10.0


class SimulatedCameras:
    """Runs ``python -m gstnvr.simulator`` for the length of a ``with`` block.

    ::

        with SimulatedCameras({"cam1": "pattern:180p10", "cam1/sub": "pattern:180p5"}) as cameras:
            record(cameras.url("cam1"))
            cameras.control.do("silent", camera="cam1", seconds=5)

    Patterns are encoded once and kept in a directory of the user below the temporary one.
    """

    def __init__(
        self,
        sources: Mapping[str, str],
        *arguments: str,
        host: str = "127.0.0.1",
        port: int = 0,
        http: bool = False,
        prefix: Sequence[str] = (),
        environment: Mapping[str, str] | None = None,
        cache: Path | None = None,
    ) -> None:
        """Take sources by mount, and more arguments for the command line.

        Args:
            host: address to listen on.
            port: 0 takes any free one, and keeps it over ``restart``.
            http: serve Motion JPEG over HTTP as well.
            prefix: command in front of it that becomes the simulator, e.g. to enter another network.
            environment: more variables for the process.
            cache: another directory for patterns.
        """
        self._sources = dict(sources)
        self._arguments = arguments
        self._host = host
        self._prefix = prefix
        self._environment = {**os.environ, **(environment or {})}
        self._cache = cache or Path(tempfile.gettempdir()) / f"gstnvr-test-patterns-{os.getuid()}"
        self._directory = tempfile.TemporaryDirectory(prefix="gstnvr-simulator-")
        self._process: subprocess.Popen[bytes] | None = None
        self.port = port
        self.http_port = 0 if http else None
        """None: not served."""
        self._scheme = "rtsp"
        self.control = ControlClient(Path(self._directory.name) / "control.sock")

    def url(self, mount: str) -> str:
        """Address of a mount: ``cam1`` or ``cam1/sub``."""
        return f"{self._scheme}://{self._host}:{self.port}/{mount}"

    def http_url(self, mount: str) -> str:
        """Address of the Motion JPEG of ``cam1``: of the mount ``cam1/http``, or else of ``cam1`` itself."""
        assert self.http_port is not None, "not served over HTTP"
        return f"{self._scheme.replace('rtsp', 'http')}://{self._host}:{self.http_port}/{mount}.mjpg"

    @property
    def pid(self) -> int:
        """Of the running process, to stop or kill it."""
        assert self._process is not None, "the simulator does not run"
        return self._process.pid

    @property
    def messages(self) -> str:
        """What the process has written to its standard error so far."""
        return self._log.read_text()

    def start(self) -> None:
        """Start the process and wait until it is ready."""
        command = self._command()
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log, env=self._environment
            )
        assert self._process.stdout is not None
        line = self._first_line(self._process)
        if not line.startswith("ready "):
            self.kill()
            raise RuntimeError(f"the simulator did not start: {line or self.messages}")
        address, *others = line.removeprefix("ready ").split()
        self._scheme = address.partition(":")[0]
        self.port = _port_of(address)
        if others:
            self.http_port = _port_of(others[0])

    def stop(self) -> int:
        """Ask it to end; returns its exit code."""
        return self._end(signal.SIGTERM)

    def kill(self) -> int:
        """End it as a power cut would; returns its exit code."""
        return self._end(signal.SIGKILL)

    def restart(self) -> None:
        """Start it again at the same address; it must be down."""
        self.start()

    def __enter__(self) -> "SimulatedCameras":
        try:
            self.start()
        except BaseException:
            self._directory.cleanup()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if self._process is not None:
                self.stop()
        finally:
            self._directory.cleanup()

    @property
    def _log(self) -> Path:
        return Path(self._directory.name) / "messages.txt"

    def _command(self) -> Sequence[str]:
        cameras = [f"{mount}={source}" for mount, source in self._sources.items()]
        options = ["--listen", f"{self._host}:{self.port}", "--cache", str(self._cache)]
        control = ["--control", str(Path(self._directory.name) / "control.sock")]
        program = [*self._prefix, sys.executable, "-m", "gstnvr.simulator"]
        http = [] if self.http_port is None else ["--http", f"{self._host}:{self.http_port}"]
        return [*program, *options, *control, *http, *self._arguments, *cameras]

    @staticmethod
    def _first_line(process: subprocess.Popen[bytes]) -> str:
        assert process.stdout is not None
        deadline = time.monotonic() + START_TIMEOUT_S
        with selectors.DefaultSelector() as selector:
            selector.register(process.stdout, selectors.EVENT_READ)
            if not selector.select(deadline - time.monotonic()):
                return ""
        return process.stdout.readline().decode().strip()

    def _end(self, number: signal.Signals) -> int:
        process, self._process = self._process, None
        assert process is not None, "the simulator does not run"
        try:
            process.send_signal(signal.SIGCONT)
            process.send_signal(number)
            return process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise
        finally:
            if process.stdout is not None:
                process.stdout.close()


def _port_of(address: str) -> int:
    return int(address.rpartition(":")[2])
