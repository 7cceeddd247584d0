"""``gstnvr run``: record until told to stop."""

import asyncio
import contextlib
import signal
import sys
from pathlib import Path
from typing import Annotated, TextIO

import typer
from rich.console import Console

from gstnvr.cli.configuration import ConfigFile, find_configuration
from gstnvr.cli.errors import CommandError
from gstnvr.cli.exit_codes import ExitCode
from gstnvr.cli.run_screen import RunScreen
from gstnvr.config.load import Configuration, load
from gstnvr.logs.file import FOLDER
from gstnvr.logs.setup import configure
from gstnvr.supervisor import heap
from gstnvr.supervisor.demo import DemoCameras, prepare
from gstnvr.supervisor.errors import StartupError
from gstnvr.supervisor.supervisor import Supervisor
from gstnvr.supervisor.surroundings import Surroundings

_DEMO_FOLDER = Path("var")


def run(
    config: ConfigFile = None,
    demo: Annotated[
        bool, typer.Option("--demo", help="Record four simulated cameras and show how they do.")
    ] = False,
    folder: Annotated[
        Path, typer.Option("--dir", metavar="DIR", help="Where --demo keeps everything.")
    ] = _DEMO_FOLDER,
) -> None:
    """Record all cameras until SIGTERM or Ctrl-C; SIGHUP reads the configuration again."""
    heap.settle()
    try:
        if demo:
            _run_demo(prepare(folder) if config is None else config, folder)
        else:
            _run(load(find_configuration(config)))
    except StartupError as error:
        raise CommandError(str(error), ExitCode.ENVIRONMENT) from None


def _run(configuration: Configuration) -> None:
    settings = configuration.settings
    configure("supervisor", settings.log.level, folder=settings.data_dir / FOLDER)
    asyncio.run(Supervisor(configuration).run())


def _run_demo(path: Path, folder: Path) -> None:
    configuration = load(path)
    console = Console(highlight=False, soft_wrap=True)
    console.print(f"configuration: {path}")
    with (folder / "gstnvr.log").open("a", encoding="utf-8") as log:
        level = configuration.settings.log.level
        configure("supervisor", level, log, configuration.settings.data_dir / FOLDER)
        try:
            asyncio.run(_demo(configuration, folder, console, log))
        except asyncio.CancelledError:
            raise CommandError("stopped before anything was recorded", ExitCode.INTERRUPTED) from None
        finally:
            configure("supervisor", configuration.settings.log.level, sys.stderr)
    console.print("all files are finished")


async def _demo(configuration: Configuration, folder: Path, console: Console, log: TextIO) -> None:
    cameras = DemoCameras(folder, configuration.settings)
    invitation: list[str] = []

    def announce(lines: str) -> None:
        invitation.extend(lines.splitlines())
        if not console.is_terminal:
            console.print(lines)

    supervisor = Supervisor(configuration, Surroundings(errors=log.fileno(), announce=announce))
    notes = [
        f"open {configuration.settings.api.address} in a browser",
        f"recordings: {configuration.settings.storage.recorded_to[0].path}   log: {log.name}",
        "Ctrl-C ends the demonstration",
    ]

    def current_notes() -> list[str]:
        return [*invitation, *notes] if supervisor.setup_needed else notes

    screen = asyncio.create_task(RunScreen(supervisor, current_notes, console).show())
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, _this_task().cancel)
    try:
        await cameras.start(console.print)
        for note in () if console.is_terminal else notes:
            console.print(note)
        await supervisor.run()
    finally:
        screen.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await screen
        await cameras.stop()


def _this_task() -> asyncio.Task[None]:
    task = asyncio.current_task()
    assert task is not None
    return task
