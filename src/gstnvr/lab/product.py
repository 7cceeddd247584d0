"""The whole product as a user runs it: ``gstnvr run -c FILE`` and its recorders, killed and started at will."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

import psutil

from gstnvr.access.local_token import read_local_token
from gstnvr.client.client import Client
from gstnvr.client.errors import ApiError, NotRunningError
from gstnvr.db.index import Index
from gstnvr.model.ids import StreamKind
from gstnvr.model.status import RecordingPhase
from gstnvr.supervisor.places import DATABASE

READY_WITHIN_S = 30.0
ENDS_WITHIN_S = 30.0


def local_client(address: str, data_dir: Path, timeout_s: float = 10.0) -> Client:
    """A client that may do everything: it has the token of the gstnvr that works in this directory."""
    return Client(address, timeout_s, token=read_local_token(data_dir))


@dataclass(slots=True)
class ProductSettings:
    """What is written into the configuration file; may be changed and written again."""

    cameras: dict[str, dict[str, Any]]
    """Settings of each camera by its id, as in the file."""
    sections: dict[str, dict[str, Any]] = field(default_factory=dict)
    """More settings by section, such as ``recording``."""

    def text(self) -> str:
        """Lines of YAML, one for each section and each camera."""
        lines = [f"{name}: {json.dumps(section)}" for name, section in self.sections.items()]
        lines += ["cameras:"] if self.cameras else ["cameras: []"]
        lines += [f"  - {json.dumps({'id': name} | camera)}" for name, camera in self.cameras.items()]
        return "\n".join([*lines, ""])


class Product:
    """Runs it for the length of a ``with`` block; no process is left behind."""

    def __init__(
        self,
        folder: Path,
        cameras: Mapping[str, str],
        sections: Mapping[str, dict[str, Any]] | None = None,
        *,
        volume: Path | None = None,
        environment: Mapping[str, str] | None = None,
        database: str | None = None,
    ) -> None:
        """Write a configuration.

        Args:
            cameras: addresses by camera id.
            sections: more settings by section.
            volume: of somebody else; made in the folder if there is none.
            environment: more variables for its processes.
            database: URL of its index; None: a file in its data directory.
        """
        self.folder = folder
        self.config = folder / "gstnvr.yaml"
        self.volume = volume or folder / "video"
        self.data_dir = folder / "data"
        self._database = database
        self._environment = {**os.environ, **(environment or {})}
        self.log_file = folder / "gstnvr.log"
        self._supervisor: subprocess.Popen[bytes] | None = None
        if volume is None:
            self.volume.mkdir()
        with socket.create_server(("127.0.0.1", 0)) as server:
            port = server.getsockname()[1]
        self.address = f"http://127.0.0.1:{port}"
        self.settings = ProductSettings(
            {name: {"g711": "mkv", "main": {"url": url}} for name, url in cameras.items()},
            {"api": {"port": port}, "storage": {"volumes": [{"path": str(self.volume)}], "min_free_mb": 1}},
        )
        if database is not None:
            self.settings.sections["database"] = {"url": database}
        for name, section in (sections or {}).items():
            self.settings.sections.setdefault(name, {}).update(section)
        self.write_settings()

    def write_settings(self) -> None:
        """Write the configuration file anew; who runs notices by himself."""
        new = self.config.with_suffix(".new")
        new.write_text(f"data_dir: {self.data_dir}\n{self.settings.text()}")
        new.rename(self.config)

    @property
    def log(self) -> str:
        """What all processes have written so far."""
        return self.log_file.read_text()

    def __enter__(self) -> "Product":
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end()

    def end(self) -> None:
        """Let no process of it be there any more, however it is."""
        if self._supervisor is not None:
            self._supervisor.kill()
            self._supervisor.wait()
            self._supervisor = None
        for process in self.recorders():
            process.kill()
            process.wait(ENDS_WITHIN_S)

    def start(self) -> None:
        """Start the supervisor; recorders that are there already are found by it."""
        with self.log_file.open("ab") as log:
            self._supervisor = subprocess.Popen(
                self._command("run"),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                env=self._environment,
            )

    @property
    def supervisor(self) -> psutil.Process | None:
        """To be looked at, while it runs."""
        return None if self._supervisor is None else psutil.Process(self._supervisor.pid)

    @property
    def supervisor_pid(self) -> int:
        """Of the process that runs."""
        assert self._supervisor is not None, "the supervisor does not run"
        return self._supervisor.pid

    def stop(self) -> int:
        """Ask it to end as systemd does; its exit code."""
        assert self._supervisor is not None
        supervisor, self._supervisor = self._supervisor, None
        supervisor.send_signal(signal.SIGTERM)
        return supervisor.wait(ENDS_WITHIN_S)

    def kill_supervisor(self) -> None:
        """SIGKILL."""
        assert self._supervisor is not None
        supervisor, self._supervisor = self._supervisor, None
        supervisor.kill()
        supervisor.wait()

    def kill_recorder(self) -> int:
        """SIGKILL the one that runs; its process id."""
        (recorder,) = self.recorders()
        os.kill(recorder.pid, signal.SIGKILL)
        return recorder.pid

    def recorders(self) -> list[psutil.Process]:
        """Those of this data directory."""
        found = []
        for process in psutil.process_iter():
            try:
                words = process.cmdline()
            except (psutil.NoSuchProcess, psutil.AccessDenied):
                continue
            if "gstnvr.recorder" in words and any(word.startswith(f"{self.data_dir}/") for word in words):
                found.append(process)
        return found

    def run_command(self, *words: str) -> "subprocess.CompletedProcess[str]":
        """Run a command of gstnvr that asks the one that runs."""
        environment = {**self._environment, "GSTNVR_URL": self.address, "GSTNVR_CONFIG": str(self.config)}
        command = [str(Path(sys.executable).with_name("gstnvr")), *words]
        return subprocess.run(
            command, env=environment, capture_output=True, text=True, timeout=ENDS_WITHIN_S, check=False
        )

    def client(self, timeout_s: float = 5.0) -> Client:
        """One that may do everything."""
        return local_client(self.address, self.data_dir, timeout_s)

    def check(self, within_s: float = 60) -> "subprocess.CompletedProcess[str]":
        """Run ``gstnvr check``, which reads all that was recorded.

        Raises:
            subprocess.TimeoutExpired: it has not ended in time.
        """
        command = self._command("check")
        return subprocess.run(command, capture_output=True, text=True, timeout=within_s, check=False)

    def index(self) -> Index:
        """The index, to be read and closed."""
        return Index.open(self._database or self.data_dir / DATABASE)

    def wait_until_recording(self, not_by: int = 0) -> None:
        """Wait until all cameras are recorded, by another recorder than this one.

        Raises:
            TimeoutError: they are not; the message has the end of the log.
        """

        def all_recording() -> bool:
            pids = [process.pid for process in self.recorders() if process.status() != psutil.STATUS_ZOMBIE]
            if not pids or not_by in pids:
                return False
            try:
                with self.client() as client:
                    streams = [one for one in client.streams().streams if one.stream is StreamKind.MAIN]
            except (NotRunningError, ApiError):
                return False
            return len(streams) == len(self.settings.cameras) and all(
                stream.recording is RecordingPhase.RECORDING for stream in streams
            )

        self.wait_for("all cameras are recorded", all_recording)

    def wait_for(self, what: str, condition: Callable[[], bool]) -> None:
        """Wait until a condition holds.

        Raises:
            TimeoutError: it does not; the message has the end of the log.
        """
        deadline = time.monotonic() + READY_WITHIN_S
        while not condition():
            if time.monotonic() > deadline:
                raise TimeoutError(f"not within {READY_WITHIN_S:g} s: {what}\n{self.log[-4000:]}")
            time.sleep(0.05)

    def _command(self, name: str) -> list[str]:
        return [str(Path(sys.executable).with_name("gstnvr")), name, "-c", str(self.config)]
