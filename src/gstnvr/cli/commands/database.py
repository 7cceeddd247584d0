"""``gstnvr database``: copies of the index, and the way back."""

import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from gstnvr.cli.configuration import ConfigFile, find_configuration
from gstnvr.cli.errors import CommandError
from gstnvr.cli.exit_codes import ExitCode
from gstnvr.config.database_address import database_address
from gstnvr.config.load import load
from gstnvr.config.secrets import SecretError
from gstnvr.config.settings import Settings
from gstnvr.db.backup import BackupError, back_up, is_file, restore, restore_into
from gstnvr.db.engine import DatabaseUnusableError
from gstnvr.supervisor.errors import StartupError
from gstnvr.supervisor.lock import InstanceLock
from gstnvr.supervisor.places import DATABASE, recorder_lives

app = typer.Typer(no_args_is_help=True, help="Back up the index of what was recorded, or restore it.")

File = Annotated[Path, typer.Argument(help="A SQLite file, whatever database is in use.")]


@app.command()
def backup(file: File, config: ConfigFile = None) -> None:
    """Copy the database into a file, also while gstnvr runs."""
    settings = load(find_configuration(config), secrets=False).settings
    address = _address(settings)
    if isinstance(address, Path) and not address.exists():
        raise CommandError(f"there is no index at {address}: nothing was recorded yet", ExitCode.ENVIRONMENT)
    began = time.monotonic()
    try:
        back_up(address, file)
    except (BackupError, DatabaseUnusableError) as error:
        raise CommandError(str(error), ExitCode.ENVIRONMENT) from None
    typer.echo(f"{file}: {file.stat().st_size / 1e6:.1f} MB in {time.monotonic() - began:.1f} s")


@app.command(name="restore")
def restore_(file: File, config: ConfigFile = None) -> None:
    """Put a copy in the database's place while gstnvr is stopped; what came since is found when it starts."""
    settings = load(find_configuration(config), secrets=False).settings
    address = _address(settings)
    kept = settings.data_dir / f"{DATABASE}.before-{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
    try:
        with InstanceLock(settings.data_dir):
            if recorder_lives(settings.data_dir):
                raise CommandError("recorders are still running: stop gstnvr first", ExitCode.ENVIRONMENT)
            if is_file(address):
                restore(file, Path(address), kept)
            else:
                restore_into(file, str(address))
    except (BackupError, DatabaseUnusableError, StartupError, OSError) as error:
        raise CommandError(str(error), ExitCode.ENVIRONMENT) from None
    typer.echo(f"{file} is in use from the next start on" + (f"; kept: {kept}" if kept.exists() else ""))


def _address(settings: Settings) -> str | Path:
    try:
        return database_address(settings.database, settings.data_dir / DATABASE)
    except SecretError as error:
        raise CommandError(f"the password of the database cannot be had: {error}", ExitCode.ENVIRONMENT) from None
