"""``gstnvr export``: recordings in files of their own, signed."""

from pathlib import Path
from typing import Annotated

import msgspec
import typer

from gstnvr.cli.api_access import From, To, Url, Zone, asking
from gstnvr.cli.durations import data_size, duration
from gstnvr.cli.errors import CommandError
from gstnvr.cli.exit_codes import ExitCode
from gstnvr.cli.exporting import fetch, wait_for
from gstnvr.cli.moments import local_zone
from gstnvr.cli.output import AsJson, print_json
from gstnvr.client.client import DEFAULT_URL, Client
from gstnvr.client.evidence_models import Export
from gstnvr.evidence.verify import verify
from gstnvr.model.ids import StreamKind


def export(
    cameras: Annotated[list[str], typer.Argument(metavar="CAMERA...", help="Ids of the cameras.")],
    *,
    start: From = None,
    end: To = None,
    out: Annotated[
        Path | None,
        typer.Option(help="New or empty folder for it; without it, it stays in the data directory of gstnvr."),
    ] = None,
    reason: Annotated[str, typer.Option(help="Why; it stands in the sheet and in the audit log.")] = "",
    pictures: Annotated[bool, typer.Option(help="Pictures in the sheet.")] = True,
    keep: Annotated[bool, typer.Option("--keep", help="With --out: leave it with gstnvr as well.")] = False,
    stream: Annotated[StreamKind, typer.Option(help="Which of their streams.")] = StreamKind.MAIN,
    zone: Zone = None,
    as_json: AsJson = False,
    url: Url = DEFAULT_URL,
) -> None:
    """Put recordings into MP4 files without encoding them anew, with a sheet and a signed list of all files."""
    if start is None or end is None:
        raise typer.BadParameter("give --from and --to")
    if out is not None:
        _check_folder(out)
    with asking(url) as client:
        wanted = client.export(
            cameras, start, end, stream=stream, zone=zone or local_zone(), reason=reason, pictures=pictures
        )
        made = wait_for(client, wanted)
        if out is not None:
            _fetch_all(client, made, out)
            if not keep:
                client.remove_export(made.uid)
    if as_json:
        print_json(msgspec.to_builtins(made))
    else:
        _tell(made, Path(made.folder) if out is None else out)


def _check_folder(out: Path) -> None:
    try:
        if out.exists() and any(out.iterdir()):
            raise CommandError(f"{out} is not empty: give a new folder", ExitCode.USAGE)
    except OSError as error:
        raise CommandError(f"cannot use {out}: {error.strerror}", ExitCode.USAGE) from None


def _fetch_all(client: Client, made: Export, out: Path) -> None:
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CommandError(f"cannot make {out}: {error.strerror}", ExitCode.ENVIRONMENT) from None
    for file in made.files:
        fetch(client, made, file.name, out / file.name)
    problems = verify(out).problems
    if problems:
        first = problems[0]
        message = f"{first.file} {first.message}; export {made.uid} is still there: see gstnvr exports"
        raise CommandError(message, ExitCode.PROBLEMS)


def _tell(made: Export, folder: Path) -> None:
    videos = [file for file in made.files if file.name.endswith(".mp4")]
    size = data_size(sum(file.bytes for file in made.files))
    typer.echo(f"{len(videos)} video file{'' if len(videos) == 1 else 's'}, {size}, in {folder}")
    if made.missing_s:
        typer.echo(f"{duration(made.missing_s)} of the span are missing: index.html says why")
