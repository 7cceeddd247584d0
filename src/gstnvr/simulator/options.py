"""Command line of the simulator."""

import argparse
import os
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from gstnvr.rtsp.digest import Credentials
from gstnvr.simulator import schedule, sources
from gstnvr.simulator.behaviour import Misbehaviour, OrderError
from gstnvr.simulator.schedule import ScheduledOrder, parse_scheduled
from gstnvr.simulator.sources import CameraSource, SourceError, parse_camera
from gstnvr.simulator.tls import server_context

DEFAULT_SESSION_TIMEOUT_S = 60.0


class UsageError(Exception):
    """The command line makes no sense; the message is one line and says what is wrong."""


@dataclass(frozen=True, slots=True)
class Options:
    """Everything that the simulator can be started with."""

    cameras: tuple[CameraSource, ...]
    host: str = "127.0.0.1"
    port: int = 8554
    http: tuple[str, int] | None = None
    """Host and port of Motion JPEG over HTTP; None: not served."""
    control: Path | None = None
    cache: Path = Path()
    credentials: Credentials | None = None
    paced: bool = False
    faults: tuple[ScheduledOrder, ...] = ()
    session_timeout_s: float = DEFAULT_SESSION_TIMEOUT_S
    tls: ssl.SSLContext | None = None
    """Of all connections; None: in the clear."""


def default_cache() -> Path:
    """Where patterns are kept if nothing else is said."""
    home = os.environ.get("XDG_CACHE_HOME")
    return (Path(home) if home else Path.home() / ".cache") / "gstnvr" / "patterns"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare all options and arguments."""
    parser.add_argument("cameras", nargs="+", metavar="NAME=SOURCE", help=sources.GRAMMAR)
    parser.add_argument("--listen", default="127.0.0.1:8554", metavar="HOST:PORT", help="port 0: any free one")
    parser.add_argument(
        "--http", metavar="HOST:PORT", help="serve Motion JPEG at http://HOST:PORT/NAME.mjpg as well"
    )
    parser.add_argument("--control", type=Path, metavar="PATH", help="Unix socket that takes orders")
    parser.add_argument("--cache", type=Path, default=default_cache(), help="directory of encoded patterns")
    parser.add_argument("--user", help="ask clients for this user by digest authentication")
    parser.add_argument("--password-env", metavar="VARIABLE", help="environment variable with the password")
    parser.add_argument(
        "--tls-certificate", type=Path, metavar="FILE", help="serve rtsps:// and https:// with this certificate"
    )
    parser.add_argument("--tls-key", type=Path, metavar="FILE", help="its private key")
    parser.add_argument("--paced", action="store_true", help="send packets as a link of 100 Mbit/s does")
    parser.add_argument(
        "--fault",
        action="append",
        default=[],
        metavar="ORDER",
        help=f"misbehave later: '{schedule.GRAMMAR}'; faults: {', '.join(Misbehaviour)}",
    )
    parser.add_argument(
        "--session-timeout",
        type=float,
        default=DEFAULT_SESSION_TIMEOUT_S,
        metavar="SECONDS",
        help="sessions without keep-alive end after so long",
    )


def parse_options(arguments: Sequence[str], program: str = "gstnvr simulate") -> Options:
    """Read the command line.

    Raises:
        UsageError: something in it is wrong.
        SystemExit: help was asked for.
    """
    parser = _Parser(prog=program, description="Serve simulated cameras over RTSP.", allow_abbrev=False)
    add_arguments(parser)
    return make_options(parser.parse_args(arguments))


def make_options(values: argparse.Namespace) -> Options:
    """Check what was parsed by ``add_arguments``.

    Raises:
        UsageError: something in it is wrong.
    """
    try:
        cameras = tuple(parse_camera(text) for text in values.cameras)
        faults = tuple(parse_scheduled(text) for text in values.fault)
    except SourceError as error:
        raise UsageError(str(error)) from None
    except OrderError as error:
        raise UsageError(f"--fault: {error}") from None
    mounts = [camera.mount for camera in cameras]
    doubled = next((mount for mount in mounts if mounts.count(mount) > 1), None)
    if doubled is not None:
        raise UsageError(f"camera {doubled} is there twice: give each a name of its own")
    if not 1 <= values.session_timeout <= 86_400:
        raise UsageError("--session-timeout takes 1 to 86400 seconds")
    host, port = _address("--listen", values.listen)
    return Options(
        cameras=cameras,
        host=host,
        port=port,
        http=None if values.http is None else _address("--http", values.http),
        control=values.control,
        cache=values.cache,
        credentials=_credentials(values.user, values.password_env),
        paced=values.paced,
        faults=faults,
        session_timeout_s=values.session_timeout,
        tls=_tls(values.tls_certificate, values.tls_key),
    )


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise UsageError(message)


def _address(option: str, text: str) -> tuple[str, int]:
    host, separator, port = text.rpartition(":")
    if not separator or not port.isdecimal() or int(port) > 65535:
        raise UsageError(f"{option} takes HOST:PORT, not {text!r}")
    return host.strip("[]") or "127.0.0.1", int(port)


def _credentials(user: str | None, variable: str | None) -> Credentials | None:
    if user is None and variable is None:
        return None
    if user is None or variable is None:
        raise UsageError("--user and --password-env go together")
    password = os.environ.get(variable)
    if password is None:
        raise UsageError(f"environment variable {variable} (--password-env) is not set")
    return Credentials(user, password)


def _tls(certificate: Path | None, key: Path | None) -> ssl.SSLContext | None:
    if certificate is None and key is None:
        return None
    if certificate is None or key is None:
        raise UsageError("--tls-certificate and --tls-key go together")
    try:
        return server_context(certificate, key)
    except OSError as error:
        raise UsageError(f"--tls-certificate {certificate}: {error.strerror or error}") from None
