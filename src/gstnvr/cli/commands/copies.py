"""``gstnvr copies``: copies at other places, bringing them back, and reading one without gstnvr running."""

import os
import time
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from gstnvr.cli.api_access import From, To, Url, asking
from gstnvr.cli.durations import data_size
from gstnvr.cli.errors import CommandError
from gstnvr.cli.exit_codes import ExitCode
from gstnvr.cli.moments import date_and_time
from gstnvr.cli.output import AsJson, print_json
from gstnvr.cli.status_table import printable
from gstnvr.client.client import DEFAULT_URL
from gstnvr.client.copy_models import CopyPlace, CopyPlaces
from gstnvr.config.secrets import SecretError
from gstnvr.model.ids import StreamKind

_NOTHING = "-"
_LOOK_EVERY_S = 0.5
_READ_BYTES = 1 << 20

app = typer.Typer(help="Copies at other places, and bringing them back.")


@app.callback(invoke_without_command=True)
def copies(context: typer.Context, *, as_json: AsJson = False, url: Url = DEFAULT_URL) -> None:
    """How far copies at other places are, and what is wrong."""
    if context.invoked_subcommand is not None:
        return
    with asking(url) as client:
        found = client.copies()
    if as_json:
        print_json(msgspec.to_builtins(found))
    elif not found.places:
        typer.echo("no copies are made: storage.copies.places is empty")
    else:
        Console().print(_table(found), *_problems(found), sep="\n")


@app.command()
def restore(
    *,
    camera: Annotated[str, typer.Option(help="Id of the camera.")],
    stream: Annotated[StreamKind, typer.Option(help="Which of its streams.")] = StreamKind.MAIN,
    start: From = None,
    end: To = None,
    timeout_s: Annotated[
        float, typer.Option("--timeout", min=0, help="Seconds to wait for the end of it.")
    ] = 3600,
    url: Url = DEFAULT_URL,
) -> None:
    """Bring recordings, whose files are at other places only, back to their volumes, verified."""
    deadline = time.monotonic() + timeout_s
    with asking(url) as client:
        first = left = client.restore_copies(camera, stream, start, end)
        typer.echo(f"segments to bring back: {first.remote}")
        if first.asked < first.remote:
            raise CommandError(f"{first.remote - first.asked} segments have no copy any more", ExitCode.PROBLEMS)
        while left.remote and time.monotonic() < deadline:
            time.sleep(_LOOK_EVERY_S)
            left = client.restore_copies(camera, stream, start, end)
        if left.remote:
            errors = [place.last_error for place in client.copies().places if place.last_error is not None]
            why = f": {errors[0]}" if errors else ""
            raise CommandError(f"{left.remote} segments are not back yet{why}", ExitCode.PROBLEMS)
    typer.echo("done")


@app.command()
def decrypt(
    file: Annotated[Path, typer.Argument(help="A copy that was encrypted, as it lies at the place.")],
    *,
    key: Annotated[Path, typer.Option(help="File that holds the key: encrypt_key_file of the place.")],
    output: Annotated[Path | None, typer.Option(help="New file; without it, the name without .gstnvr.")] = None,
) -> None:
    """Decrypt a copy, with nothing but its key; gstnvr need not run."""
    # It takes a package that only those have who encrypt.
    try:
        from gstnvr.copies import encryption  # noqa: PLC0415
    except ImportError as error:
        raise CommandError(f"this takes pip install 'gstnvr[copies]' ({error})", ExitCode.ENVIRONMENT) from None
    if output is None:
        output = (
            file.with_suffix("") if file.suffix == encryption.SUFFIX else file.with_name(f"{file.name}.decrypted")
        )
    unfinished = output.with_name(f"{output.name}.unfinished")
    try:
        if output.exists():
            raise CommandError(f"{output} is there already", ExitCode.PROBLEMS)
        with file.open("rb") as source, unfinished.open("xb") as sink:
            for piece in encryption.decrypt(iter(lambda: source.read(_READ_BYTES), b""), encryption.read_key(key)):
                sink.write(piece)
            sink.flush()
            os.fsync(sink.fileno())
        unfinished.rename(output)
    except encryption.EncryptionError as error:
        unfinished.unlink(missing_ok=True)
        raise CommandError(f"{file}: {error}", ExitCode.PROBLEMS) from None
    except (OSError, SecretError) as error:
        unfinished.unlink(missing_ok=True)
        raise CommandError(str(error), ExitCode.PROBLEMS) from None
    typer.echo(str(output))


def _table(found: CopyPlaces) -> Table:
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False, show_edge=False, header_style="dim")
    table.add_column(" Place", no_wrap=True)
    table.add_column("Kind")
    table.add_column("State")
    for name in ("Done", "Waiting", "", "Rate"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("Oldest that waits", no_wrap=True)
    for place in found.places:
        waiting = place.waiting_bytes
        table.add_row(
            Text(printable(f" {place.name}")),
            place.kind,
            _state(place),
            _NOTHING if place.done is None else str(place.done),
            _NOTHING if place.waiting is None else str(place.waiting),
            data_size(waiting) if waiting else "",
            f"{data_size(round(place.rate_bytes_per_s))}/s" if place.rate_bytes_per_s else _NOTHING,
            _NOTHING if place.oldest_waiting is None else date_and_time(place.oldest_waiting),
        )
    return table


def _state(place: CopyPlace) -> Text:
    if place.problem is not None:
        return Text("not usable", style="bold red")
    if place.waits_for_window:
        return Text("waits for its window")
    return Text("copying" if place.under_way else "idle")


def _problems(found: CopyPlaces) -> list[Text]:
    lines = []
    for place in found.places:
        if place.lost:
            lines.append(Text(f" {place.name}: {place.lost} segments were deleted before they were copied"))
        if place.last_error is not None:
            lines.append(Text(printable(f" {place.name}: {place.problem or place.last_error}")))
    return lines
