"""A simulated camera on a host of its own, which can be switched off, replaced and cut off."""

import os
import signal
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Protocol
from urllib.parse import urlsplit

from gstnvr.lab.cables import Cable
from gstnvr.lab.certificates import Certificate
from gstnvr.lab.host_names import name_of
from gstnvr.lab.simulated_cameras import SimulatedCameras
from gstnvr.simulator.control import UnitSequence

_PORT = 8554


class Replacement(Protocol):
    """A process that listens where a camera should."""

    def start(self) -> None:
        """It can be connected to when this returns."""
        ...

    def stop(self) -> None:
        """End it; its connections end as well."""
        ...


MakeReplacement = Callable[[str, int, Sequence[str]], Replacement]
"""By host, port and the command in front that enters the camera's network."""


class CameraHost:
    """One camera between the beginning and the end of a ``with`` block."""

    def __init__(
        self,
        name: str,
        source: str,
        cable: Cable | None,
        arguments: Sequence[str] = (),
        *,
        by_name: bool = False,
        encrypted: Certificate | None = None,
        fallback: str = "",
    ) -> None:
        """Nothing is started yet.

        Args:
            source: as in ``gstnvr simulate NAME=SOURCE``.
            cable: None: on loopback, at any free port.
            arguments: more of the simulator's.
            by_name: its address is to have a name and no number; takes a cable.
            encrypted: it speaks TLS, with this certificate.
            fallback: what it plays over HTTP as well, Motion JPEG.
        """
        self.name = name
        self.cable = cable
        self.loops: list[UnitSequence] = []
        """Everything that it was seen to play, in order."""
        self.late_s = 0.0
        """See ``note_lateness``."""
        self._by_name = by_name
        self._mounts = [name, *([f"{name}/http"] if fallback else [])]
        if encrypted is not None:
            files = ("--tls-certificate", str(encrypted.file), "--tls-key", str(encrypted.key))
            arguments = (*arguments, *files)
        self._was_stopped = False
        self._replacement: Replacement | None = None
        self._on = False
        self._simulator = SimulatedCameras(
            {name: source, **({f"{name}/http": fallback} if fallback else {})},
            *arguments,
            host=cable.camera if cable is not None else "127.0.0.1",
            port=_PORT if cable is not None else 0,
            http=bool(fallback),
            prefix=cable.inside if cable is not None else (),
        )

    @property
    def url(self) -> str:
        """Of its main stream."""
        url = self._simulator.url(self.name)
        if not self._by_name:
            return url
        return urlsplit(url)._replace(netloc=f"{name_of(self.name)}:{self.port}").geturl()

    @property
    def http_url(self) -> str:
        """Of its Motion JPEG; takes a ``fallback``."""
        return self._simulator.http_url(self.name)

    @property
    def port(self) -> int:
        return self._simulator.port

    def __enter__(self) -> "CameraHost":
        self._simulator.__enter__()
        self._on = True
        self.note_loop()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._replacement is not None:
            self._replacement.stop()
        if self._on:
            os.kill(self._simulator.pid, signal.SIGCONT)
        else:
            self._simulator.start()
        self._simulator.__exit__(kind, error, trace)

    def note_loop(self) -> None:
        """Remember what it plays now, for the audit."""
        for mount in self._mounts:
            loop = self._simulator.control.sequence(mount)
            if loop not in self.loops:
                self.loops.append(loop)

    def watch_lateness(self) -> None:
        """Begin to watch whether it sends in time."""
        self._simulator.control.status()

    def note_lateness(self) -> None:
        """Take down by how much it was late since then; none if it was stopped on purpose."""
        self.late_s = 0.0 if self._was_stopped else self._simulator.control.status().worst_late_ms / 1e3

    def misbehave(self, what: str, value: str = "") -> None:
        """Give an order; the words are those of ``gstnvr simulate``."""
        camera = "*" if what == "refuse" else self.name
        self._simulator.control.do(what, camera, value)
        if what == "switch":
            self.note_loop()

    def behave(self) -> None:
        """Take all orders back."""
        self._simulator.control.clear()
        self.note_loop()

    def switch_off(self) -> None:
        """End it at once; its kernel still closes the connections."""
        self._on = False
        self._simulator.kill()

    def switch_on(self) -> None:
        """Start it again at the same address; it can be connected to when this returns."""
        self._simulator.restart()
        self._on = True

    def stop(self) -> None:
        """Stop its process without ending it."""
        self._was_stopped = True
        os.kill(self._simulator.pid, signal.SIGSTOP)

    def go_on(self) -> None:
        """Let its process run again."""
        os.kill(self._simulator.pid, signal.SIGCONT)

    def replace(self, make: MakeReplacement) -> None:
        """Put something else at its address."""
        self.switch_off()
        host = self.cable.camera if self.cable is not None else "127.0.0.1"
        self._replacement = make(host, self.port, self.cable.inside if self.cable is not None else ())
        self._replacement.start()

    def come_back(self) -> None:
        """Undo ``replace``."""
        if self._replacement is not None:
            self._replacement.stop()
            self._replacement = None
        self.switch_on()
