"""Runs the simulator from its options to its end."""

import asyncio
import gc
import logging
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from gstnvr.media.clips import ClipError, ClipReader, PatternEncoder
from gstnvr.simulator.behaviour import OrderError
from gstnvr.simulator.control_server import ControlServer
from gstnvr.simulator.loader import Loader
from gstnvr.simulator.options import Options
from gstnvr.simulator.packets import PreparedClip
from gstnvr.simulator.schedule import ScheduledOrder
from gstnvr.simulator.server import Server
from gstnvr.simulator.sources import SourceError

EXIT_OK = 0
EXIT_USAGE = 2

_log = logging.getLogger(__name__)


class StartError(Exception):
    """The simulator cannot start; the message is one line."""


def run(options: Options, reader: ClipReader, encoder: PatternEncoder) -> int:
    """Serve until SIGTERM or SIGINT; returns the exit code.

    Prints ``ready rtsp://HOST:PORT`` when cameras can be connected to, with ``http://HOST:PORT`` behind it if that
    is served; errors go to stderr, one line each.
    """
    loader = Loader(reader, encoder, options.cache)
    try:
        with _stopping_on_sigterm():
            clips = _load(options, loader)
        asyncio.run(_serve(options, clips, loader))
    except (StartError, ClipError) as error:
        print(f"gstnvr simulate: {error}", file=sys.stderr)  # noqa: T201 - a command speaks to a person
        return EXIT_USAGE
    except KeyboardInterrupt:
        return EXIT_OK
    return EXIT_OK


@contextmanager
def _stopping_on_sigterm() -> Iterator[None]:
    """While there is no event loop yet, SIGTERM does what SIGINT does."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _load(options: Options, loader: Loader) -> dict[str, PreparedClip]:
    clips: dict[str, PreparedClip] = {}
    for camera in options.cameras:
        _log.info("camera %s: preparing", camera.mount)
        clips[camera.mount] = loader.load(camera.source)
    gc.collect()
    gc.freeze()  # thousands of units live as long as the process: spare the collector the look at them
    return clips


async def _serve(options: Options, clips: dict[str, PreparedClip], loader: Loader) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    server = Server(
        clips,
        loader.load_text,
        credentials=options.credentials,
        session_timeout_s=options.session_timeout_s,
        paced=options.paced,
        tls=options.tls,
    )
    control = None if options.control is None else ControlServer(server, options.control)
    addresses = await _listen(server, options)
    schedule: list[asyncio.Task[None]] = []
    try:
        if control is not None:
            await _start_control(control, options)
        schedule = [asyncio.create_task(_obey_later(server, fault)) for fault in options.faults]
        print(f"ready {' '.join(addresses)}", flush=True)  # noqa: T201 - who started it waits for this
        await _first_of(stop, server.failed)
    finally:
        for task in schedule:
            task.cancel()
        if control is not None:
            await control.stop()
        await server.stop()
    if server.failed.is_set():
        raise StartError("the sending thread has died: see the trace above")


async def _listen(server: Server, options: Options) -> list[str]:
    """Addresses that were taken."""
    secure = "" if options.tls is None else "s"
    host, port = options.host, options.port
    try:
        addresses = [_address(f"rtsp{secure}", host, await server.start(host, port))]
    except OSError as error:
        raise _cannot_listen(host, port, error) from None
    if options.http is not None:
        host, port = options.http
        try:
            addresses.append(_address(f"http{secure}", host, server.start_http(host, port)))
        except OSError as error:
            await server.stop()
            raise _cannot_listen(host, port, error) from None
    return addresses


def _cannot_listen(host: str, port: int, error: OSError) -> StartError:
    return StartError(f"cannot listen at {host}:{port}: {error.strerror}")


def _address(scheme: str, host: str, port: int) -> str:
    return f"{scheme}://[{host}]:{port}" if ":" in host else f"{scheme}://{host}:{port}"


async def _first_of(*events: asyncio.Event) -> None:
    waits = [asyncio.create_task(event.wait()) for event in events]
    await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    for wait in waits:
        wait.cancel()


async def _start_control(control: ControlServer, options: Options) -> None:
    try:
        await control.start()
    except OSError as error:
        raise StartError(f"cannot make the control socket {options.control}: {error.strerror}") from None


async def _obey_later(server: Server, fault: ScheduledOrder) -> None:
    await asyncio.sleep(fault.after_s)
    try:
        await server.obey(fault.order)
    except (OrderError, SourceError, ClipError) as error:
        _log.error("--fault: %s", error)
