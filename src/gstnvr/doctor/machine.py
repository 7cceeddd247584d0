"""Clock, network port and limits of this machine."""

import ctypes
import errno
import resource
import socket
from collections.abc import Iterator
from datetime import UTC, datetime

import psutil

from gstnvr.config.settings import Settings
from gstnvr.model.findings import Finding, Remedy, failed, ok, warning

_FIRST_SANE_YEAR = 2024
_LAST_SANE_YEAR = 2099
_FILES_PER_STREAM = 24
"""Sockets of a camera, and what the pipelines of a stream use to wake each other."""
_FILES_PER_PROCESS = 200

_CLOCK_NOT_SYNCHRONISED = 5
_TIMEX_BYTES = 1024


def check_clock() -> Iterator[Finding]:
    """Segments are named by the clock; a wrong one makes recordings hard to find."""
    now = datetime.now(UTC)
    shown = f"{now:%Y-%m-%d %H:%M:%S} UTC"
    if not _FIRST_SANE_YEAR <= now.year <= _LAST_SANE_YEAR:
        yield failed(
            "clock",
            f"it shows {shown}",
            "set it, and see that a time service runs: timedatectl set-ntp true",
            Remedy.SET_CLOCK,
        )
        return
    synchronised = _is_synchronised()
    if synchronised is False:
        advice = "let a time service keep it right: timedatectl set-ntp true"
        yield warning("clock", f"it shows {shown} and is not synchronised", advice, Remedy.SET_CLOCK)
        return
    yield ok("clock", f"{shown}, {'synchronised' if synchronised else 'whether synchronised is not known here'}")


def _is_synchronised() -> bool | None:
    """What the kernel says; None where it does not say."""
    adjtimex = getattr(ctypes.CDLL(None, use_errno=True), "adjtimex", None)
    if adjtimex is None:
        return None
    # All zeros ask for nothing to be changed; the buffer is larger than any struct timex.
    state = adjtimex(ctypes.create_string_buffer(_TIMEX_BYTES))
    return None if state < 0 else state != _CLOCK_NOT_SYNCHRONISED


def check_port(settings: Settings) -> Iterator[Finding]:
    """Whether the API can listen."""
    host, port = settings.api.host, settings.api.port
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            yield _port_taken(host, port, error)
            return
    yield ok("port", f"{host}:{port} is free")


def _port_taken(host: str, port: int, error: OSError) -> Finding:
    if error.errno != errno.EADDRINUSE:
        return failed(
            "port",
            f"cannot listen on {host}:{port}: {error.strerror}",
            "change api.host or api.port",
            Remedy.OTHER_PORT,
        )
    place = f"{host}:{port}"
    try:
        process, command = _listener(port)
    except psutil.Error:
        advice = "change api.port, unless that program is gstnvr itself"
        return warning(
            "port", f"{place} is in use by a program that this user may not see", advice, Remedy.OTHER_PORT
        )
    if any("gstnvr" in word for word in command):
        return ok("port", f"{place} is served by gstnvr, process {process}")
    program = command[0] if command else "a program"
    return failed(
        "port",
        f"{place} is in use by {program}, process {process}",
        "change api.port or stop it",
        Remedy.OTHER_PORT,
    )


def _listener(port: int) -> tuple[int, list[str]]:
    """Number and command line of the process that listens there.

    Raises:
        psutil.Error: this user may not know.
    """
    for connection in psutil.net_connections("tcp"):
        if connection.status == psutil.CONN_LISTEN and connection.laddr[1:] == (port,) and connection.pid:
            return connection.pid, psutil.Process(connection.pid).cmdline()
    raise psutil.AccessDenied


def check_limits(settings: Settings) -> Iterator[Finding]:
    """Open files that one recorder process may need."""
    streams = sum(camera.enabled for camera in settings.cameras)
    largest = min(streams, settings.recorder.streams_per_process)
    wanted = _FILES_PER_PROCESS + _FILES_PER_STREAM * largest
    allowed, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    unlimited = allowed == resource.RLIM_INFINITY
    number = "any number" if unlimited else str(allowed)
    found = (
        f"{number} allowed, about {wanted} needed for {largest} stream{'' if largest == 1 else 's'} in a process"
    )
    if not unlimited and allowed < wanted:
        yield failed(
            "open files",
            found,
            f"raise it: ulimit -n {2 * wanted}, or LimitNOFILE= in the systemd unit",
            Remedy.MORE_OPEN_FILES,
        )
    else:
        yield ok("open files", found)
