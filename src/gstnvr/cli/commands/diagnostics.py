"""``gstnvr diagnostics``: one file for whoever is asked for help."""

import os
from pathlib import Path
from typing import Annotated

import typer

from gstnvr.cli.api_access import Url, asking
from gstnvr.cli.errors import CommandError
from gstnvr.cli.exit_codes import ExitCode
from gstnvr.client.client import DEFAULT_URL


def diagnostics(
    file: Annotated[Path, typer.Argument(help="File to write, which must not be there yet.")] = Path(
        "gstnvr-diagnostics.zip"
    ),
    url: Url = DEFAULT_URL,
) -> None:
    """Write state, settings, incidents and logs of a running gstnvr, without secrets, into a ZIP file."""
    with asking(url) as client:
        content = client.diagnostics()
    try:
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as output:
            output.write(content)
    except OSError as error:
        raise CommandError(f"cannot write {file}: {error.strerror}", ExitCode.ENVIRONMENT) from None
    typer.echo(f"{file}: {len(content)} bytes; look through it before you hand it on")
