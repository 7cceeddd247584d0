"""The command ``gstnvr``: finds its commands, runs one, and turns errors into one line and an exit code."""

import importlib
import pkgutil
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from gstnvr import __version__
from gstnvr.cli import commands
from gstnvr.cli.errors import CommandError
from gstnvr.cli.exit_codes import ExitCode
from gstnvr.cli.given_token import token_file
from gstnvr.cli.output import complain
from gstnvr.config.problems import ConfigurationError
from gstnvr.logs.line import fold_exception
from gstnvr.logs.redaction import redact


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        result = build_app(given)(given, prog_name="gstnvr", standalone_mode=False)
    except typer.TyperException as error:
        message = " ".join(error.format_message().split()).rstrip(".")
        if message:
            complain(f"{message} (see gstnvr --help)")
        return error.exit_code
    except ConfigurationError as error:
        complain(str(error))
        return ExitCode.CONFIGURATION
    except CommandError as error:
        complain(redact(str(error)))
        return error.exit_code
    except typer.Abort:
        return ExitCode.INTERRUPTED
    except Exception as error:
        _complain_of_ourselves(error, verbose="--verbose" in given)
        raise SystemExit(ExitCode.INTERNAL) from error
    return result if isinstance(result, int) else ExitCode.OK


def build_app(arguments: Sequence[str]) -> typer.Typer:
    """The commands; only the one that is called is imported, which halves the time until it starts."""
    names = command_names()
    called = next((word for word in arguments if not word.startswith("-")), None)
    app = typer.Typer(
        add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False, callback=_options
    )
    for name in [called] if called in names else names:
        _add(app, name)
    return app


def command_names() -> list[str]:
    """Names of all commands, in alphabetical order."""
    return sorted(module.name.replace("_", "-") for module in pkgutil.iter_modules(commands.__path__))


def _add(app: typer.Typer, name: str) -> None:
    called = name.replace("-", "_")
    module = importlib.import_module(f"{commands.__name__}.{called}")
    if hasattr(module, "app"):
        app.add_typer(module.app, name=name)
    else:
        app.command(name, **getattr(module, "OPTIONS", {}))(getattr(module, called))


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"gstnvr {__version__}")
        raise typer.Exit


def _remember_token_file(path: Path | None) -> None:
    token_file.set(path)


def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version.")
    ] = False,
    verbose: Annotated[
        bool, typer.Option("--verbose", help="Print where in the program an error came up.")
    ] = False,
    token: Annotated[
        Path | None,
        typer.Option(
            "--token-file",
            callback=_remember_token_file,
            envvar="GSTNVR_TOKEN_FILE",
            metavar="FILE",
            help="API token to show; otherwise GSTNVR_TOKEN, then that of the gstnvr on this machine.",
        ),
    ] = None,
) -> None:
    """Record IP cameras around the clock, and account for every missing second."""


def _complain_of_ourselves(error: Exception, *, verbose: bool) -> None:
    complain(redact(f"internal error, please report it: {fold_exception(error)}"))
    if verbose:
        complain(redact("".join(traceback.format_exception(error))))
    else:
        complain("gstnvr --verbose … shows more")
