"""Which configuration file a command works with."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from gstnvr.cli.errors import CommandError
from gstnvr.cli.exit_codes import ExitCode

USUAL_PLACES = (Path("gstnvr.yaml"), Path("/etc/gstnvr/gstnvr.yaml"))

ConfigFile = Annotated[
    Path | None,
    typer.Option(
        "--config",
        "-c",
        envvar="GSTNVR_CONFIG",
        metavar="FILE",
        help="Configuration file; otherwise ./gstnvr.yaml, then /etc/gstnvr/gstnvr.yaml.",
    ),
]


def find_configuration(given: Path | None, places: Sequence[Path] = USUAL_PLACES) -> Path:
    """The file that was named, or the first that is there.

    Raises:
        CommandError: none was named and none is there.
    """
    if given is not None:
        return given
    for place in places:
        if place.exists():
            return place
    raise CommandError(
        f"there is no configuration file at {' or '.join(map(str, places))};"
        " name one with -c FILE or in GSTNVR_CONFIG",
        ExitCode.CONFIGURATION,
    )
