"""``gstnvr evidence``: the key that exports are signed with."""

import typer

from gstnvr.cli.configuration import ConfigFile, find_configuration
from gstnvr.cli.errors import CommandError
from gstnvr.cli.exit_codes import ExitCode
from gstnvr.config.load import load
from gstnvr.evidence.signing import KEY_FILE, KeyFileError, fingerprint, load_or_make_key, public_bytes

app = typer.Typer(no_args_is_help=True, help="The key that exports are signed with.")


@app.callback()
def _group() -> None:
    """Without this, a single command would be no group."""


@app.command()
def key(config: ConfigFile = None) -> None:
    """Print the fingerprint of the key that exports are signed with; it is made if there is none yet."""
    settings = load(find_configuration(config), secrets=False).settings
    try:
        found = load_or_make_key(settings.data_dir / KEY_FILE)
    except KeyFileError as error:
        raise CommandError(str(error), ExitCode.ENVIRONMENT) from None
    typer.echo(fingerprint(public_bytes(found)))
