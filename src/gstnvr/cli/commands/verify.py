"""``gstnvr verify``: whether an export is as it was when it was signed."""

from pathlib import Path
from typing import Annotated

import typer

from gstnvr.cli.errors import CommandError
from gstnvr.cli.exit_codes import ExitCode
from gstnvr.cli.output import AsJson, print_json
from gstnvr.cli.status_table import printable
from gstnvr.evidence.verify import Verdict
from gstnvr.evidence.verify import verify as verify_folder


def verify(
    folder: Annotated[Path, typer.Argument(help="Folder of the export.")],
    fingerprint: Annotated[
        str | None, typer.Option(help="Of the key that must have signed it: see gstnvr evidence key.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Check every file of an export against its manifest, and that against its signature."""
    try:
        verdict = verify_folder(folder, fingerprint)
    except OSError as error:
        raise CommandError(f"cannot read {folder}: {error.strerror}", ExitCode.ENVIRONMENT) from None
    if as_json:
        problems = [{"file": problem.file, "message": problem.message} for problem in verdict.problems]
        print_json({"ok": verdict.good, "fingerprint": verdict.fingerprint, "problems": problems})
    else:
        _show(verdict, known=fingerprint is not None)
    if not verdict.good:
        raise typer.Exit(ExitCode.PROBLEMS)


def _show(verdict: Verdict, *, known: bool) -> None:
    for problem in verdict.problems:
        typer.echo(printable(f"{problem.file} {problem.message}"))
    if not verdict.good or verdict.manifest is None:
        return
    made = verdict.manifest
    cameras = ", ".join(camera.camera for camera in made.cameras)
    typer.echo(printable(f"{len(made.files)} files of {cameras}, {made.start} to {made.end}: nothing was changed"))
    typer.echo(f"signed by {verdict.fingerprint}")
    if not known:
        typer.echo("that this is the key of whom you think only --fingerprint can tell")
