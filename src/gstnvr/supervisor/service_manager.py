"""Tells systemd how gstnvr does, if systemd started it; see sd_notify(3)."""

import asyncio
import logging
import os
import socket
from collections.abc import Callable, Mapping

_log = logging.getLogger(__name__)

_VARIABLES = ("NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID", "LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES")
_STATUS_INTERVAL_S = 5.0
_US_PER_S = 1_000_000


class ServiceManager:
    """Whoever asked in the environment to be told; nobody, if nobody did."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._address = _address(environment.get("NOTIFY_SOCKET", ""))
        self._watchdog_s = _watchdog_s(environment)
        self._status = ""

    def ready(self) -> None:
        """Recorders are found or started, and the API answers."""
        self._tell("READY=1")

    def stopping(self, within_s: float) -> None:
        """The end has begun, and may take so long."""
        self._tell(
            f"STOPPING=1\nSTATUS=recorders finish their files\nEXTEND_TIMEOUT_USEC={within_s * _US_PER_S:.0f}"
        )

    async def keep_telling(self, status: Callable[[], str]) -> None:
        """For ever: that the event loop turns, often enough for the watchdog, and what ``status`` says."""
        interval_s = (
            _STATUS_INTERVAL_S if self._watchdog_s is None else min(_STATUS_INTERVAL_S, self._watchdog_s / 3)
        )
        while True:
            lines = [] if self._watchdog_s is None else ["WATCHDOG=1"]
            now = status()
            if now != self._status:
                self._status = now
                lines.append(f"STATUS={now}")
            if lines:
                self._tell("\n".join(lines))
            await asyncio.sleep(interval_s)

    def _tell(self, message: str) -> None:
        if self._address is None:
            return
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sender:
                sender.setblocking(False)
                sender.sendto(message.encode(), self._address)
        except OSError as error:
            _log.warning("systemd cannot be told %r: %s", message.partition("\n")[0], error)


def without_service_manager(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment for processes that are not to be taken for the service."""
    return {name: value for name, value in environment.items() if name not in _VARIABLES}


def _address(named: str) -> bytes | None:
    """A path, or after an ``@`` a name in the abstract namespace."""
    if named.startswith("@"):
        return b"\0" + os.fsencode(named[1:])
    return os.fsencode(named) if named.startswith("/") else None


def _watchdog_s(environment: Mapping[str, str]) -> float | None:
    """How often it must be told; None: never."""
    mine = environment.get("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
    interval = environment.get("WATCHDOG_USEC", "")
    return int(interval) / _US_PER_S if mine and interval.isdecimal() and int(interval) else None
