"""Hostile cameras in a process of their own."""

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from types import TracebackType


class HostileCameras:
    """Runs ``python -m gstnvr.lab.hostile`` for the length of a ``with`` block."""

    def __init__(
        self,
        cases: Sequence[str] = (),
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        bytes_per_s: int = 5_000_000,
        prefix: Sequence[str] = (),
    ) -> None:
        """Take the names of cases; all if there is none.

        Args:
            port: of the first; 0: any free ones.
            bytes_per_s: of floods, for each connection.
            prefix: a command in front, e.g. to enter another network.
        """
        options = ["--port", str(port), "--bytes-per-second", str(bytes_per_s)]
        self._command = [*prefix, sys.executable, "-m", "gstnvr.lab.hostile", *options, host, *cases]
        self._host = host
        self._process: subprocess.Popen[bytes] | None = None
        self.ports: Mapping[str, int] = {}
        """By case."""

    def url(self, case: str) -> str:
        """Address of a case."""
        return f"rtsp://{self._host}:{self.ports[case]}/{case}"

    def start(self) -> None:
        """All can be connected to when this returns.

        Raises:
            RuntimeError: they cannot listen.
        """
        self._process = subprocess.Popen(self._command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"{' '.join(self._command)} did not start")
        self.ports = json.loads(line)

    def stop(self) -> None:
        """End them, and their connections."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()

    def __enter__(self) -> "HostileCameras":
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
