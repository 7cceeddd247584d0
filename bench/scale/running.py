"""A supervisor with recorders on a large archive, and how long it takes until it does what."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from types import TracebackType
from typing import Any

import psutil

from bench.errors import BenchError
from gstnvr.access.local_token import read_local_token
from tests.repository.lints import ROOT

_WITHIN_S = 1800.0
_ENDS_WITHIN_S = 120.0
_LOOK_AGAIN_S = 0.02
_RECONCILED = "index and disks were compared"


@dataclass(frozen=True, slots=True)
class Start:
    """Seconds from the start of the process."""

    answers: float
    """The API answers."""
    first_recorded: float
    """A camera is recorded."""
    all_recorded: float
    foreseen: float
    """There is a forecast of what will be deleted."""
    reconciled: float
    """All files were compared with the index."""
    memory: int
    """Bytes (PSS) of the supervisor, then."""


class Supervised:
    """Runs it for the length of a ``with`` block."""

    def __init__(self, folder: Path, volumes: Sequence[Path], cameras: Mapping[str, str], url: str | None) -> None:
        """Write a configuration.

        Args:
            folder: for its data; with the database if there is no URL.
            cameras: addresses by camera id.
        """
        with socket.create_server(("127.0.0.1", 0)) as server:
            self.port = server.getsockname()[1]
        self._config = folder / "gstnvr.yaml"
        self._log_file = folder / "gstnvr.log"
        self._url = [] if url is None else [url]
        self._cameras = len(cameras)
        self._process: subprocess.Popen[bytes] | None = None
        settings = {
            "data_dir": str(folder / "data"),
            "api": {"port": self.port},
            "database": {"backup": {"every_h": 0}},  # one would be made at once
            "storage": {
                "volumes": [{"path": str(path)} for path in volumes],
                "policy": "round_robin",
                "min_free_mb": 1,
                "retention": {"days": 365, "floor": "10 MB", "resume": "20 MB"},
            },
            "cameras": [{"id": name, "main": {"url": address}} for name, address in cameras.items()],
        }
        self._config.write_text("\n".join(f"{key}: {json.dumps(value)}" for key, value in settings.items()))

    def __enter__(self) -> "Supervised":
        command = [sys.executable, "-m", "bench.scale.supervised", str(self._config), *self._url]
        with self._log_file.open("wb") as log:
            self._process = subprocess.Popen(
                command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        process, self._process = self._process, None
        assert process is not None
        children = psutil.Process(process.pid).children(recursive=True) if process.poll() is None else []
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(_ENDS_WITHIN_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        for child in children:
            if child.is_running():
                child.kill()

    @property
    def process(self) -> psutil.Process:
        """The supervisor's own."""
        assert self._process is not None
        return psutil.Process(self._process.pid)

    def await_start(self) -> Start:
        """Watch it start.

        Raises:
            BenchError: it does not, or a camera is not recorded; the message has the end of its log.
        """
        began = self.process.create_time()

        def since(condition: Callable[[], bool]) -> float:
            self._wait(condition)
            return time.time() - began

        answers = since(lambda: self._phases() is not None)
        first = since(lambda: "recording" in (self._phases() or []))
        everyone = since(lambda: (self._phases() or []).count("recording") == self._cameras)
        foreseen = since(self._foresees)
        reconciled = since(lambda: _RECONCILED in self._log_file.read_text())
        return Start(answers, first, everyone, foreseen, reconciled, self.process.memory_full_info().pss)

    def _phases(self) -> list[str] | None:
        try:
            streams = self.get("/api/v1/streams")["streams"]
        except OSError:
            return None
        return [stream["recording"] for stream in streams]

    def _foresees(self) -> bool:
        try:
            self.get("/api/v1/storage/plan")
        except BenchError:
            return False
        return True

    def headers(self) -> dict[str, str]:
        """Of a program that may do everything."""
        return {"Authorization": f"Bearer {read_local_token(self._config.parent / 'data')}"}

    def get(self, path: str) -> Any:
        """The answer of the API.

        Raises:
            OSError: it does not answer.
            BenchError: it refuses.
        """
        connection = HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            return answer(connection, path, self.headers())
        finally:
            connection.close()

    def _wait(self, condition: Callable[[], bool]) -> None:
        assert self._process is not None
        deadline = time.monotonic() + _WITHIN_S
        while not condition():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise BenchError(f"gstnvr did not do what it should: {self._log_file.read_text()[-2000:]}")
            time.sleep(_LOOK_AGAIN_S)

    def run_command(self, *words: str) -> None:
        """Run a command of gstnvr that asks the one that runs.

        Raises:
            BenchError: it failed.
        """
        environment = {**os.environ, "GSTNVR_CONFIG": str(self._config)}
        command = [str(Path(sys.executable).with_name("gstnvr")), *words]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        if done.returncode:
            raise BenchError(f"gstnvr {' '.join(words)}: {done.stderr.strip()}")


def answer(connection: HTTPConnection, path: str, headers: Mapping[str, str]) -> Any:
    """What the API answers over a connection to somebody who shows these headers.

    Raises:
        OSError: it does not answer.
        BenchError: it refuses.
    """
    connection.request("GET", path, headers=dict(headers))
    response = connection.getresponse()
    body = response.read()
    if response.status != 200:
        raise BenchError(f"{path}: {response.status} {body.decode(errors='replace')[:200]}")
    return json.loads(body)
