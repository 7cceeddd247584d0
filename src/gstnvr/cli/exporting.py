"""What the commands that have something exported have in common: waiting for it, and fetching it."""

import time
from pathlib import Path

import typer
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

from gstnvr.cli.errors import CommandError
from gstnvr.cli.exit_codes import ExitCode
from gstnvr.client.client import Client
from gstnvr.client.evidence_models import Export
from gstnvr.model.evidence import ExportState

_LOOK_EVERY_S = 0.3
_UNDER_WAY = (ExportState.WAITING, ExportState.RUNNING)


def wait_for(client: Client, export: Export) -> Export:
    """The export once it is made.

    Raises:
        CommandError: it failed.
    """
    try:
        with _progress() as shown:
            task = shown.add_task("waiting", total=None)
            while export.state in _UNDER_WAY:
                time.sleep(_LOOK_EVERY_S)
                export = client.export_state(export.uid)
                total = export.total_bytes or None
                shown.update(task, description=export.step or "waiting", completed=export.done_bytes, total=total)
    except KeyboardInterrupt:
        Console(stderr=True).print(f"export {export.uid} goes on without this command: see gstnvr exports")
        raise typer.Abort from None
    if export.state is ExportState.FAILED:
        raise CommandError(f"export {export.uid} failed: {export.message}", ExitCode.PROBLEMS)
    return export


def _progress() -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    return Progress(*columns, console=Console(stderr=True), transient=True)


def fetch(client: Client, export: Export, name: str, target: Path) -> None:
    """Write one of its files; a file that is there is never written over.

    Raises:
        CommandError: the file cannot be written.
    """
    part = target.with_name(f"{target.name}.part")
    try:
        with part.open("wb") as file:
            for piece in client.export_file(export.uid, name):
                file.write(piece)
        target.hardlink_to(part)
        part.unlink()
    except FileExistsError:
        part.unlink()
        raise CommandError(f"{target} is there already: it is not written over", ExitCode.USAGE) from None
    except OSError as error:
        message = (
            f"cannot write {target}: {error.strerror}; export {export.uid} is still there: see gstnvr exports"
        )
        raise CommandError(message, ExitCode.ENVIRONMENT) from None
