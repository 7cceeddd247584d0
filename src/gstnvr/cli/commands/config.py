"""``gstnvr config``: check the configuration file, seal passwords for it, print its schema."""

from pathlib import Path
from typing import Annotated

import typer

from gstnvr.cli.configuration import ConfigFile, find_configuration
from gstnvr.cli.errors import CommandError
from gstnvr.cli.exit_codes import ExitCode
from gstnvr.cli.new_password import new_password
from gstnvr.cli.output import AsJson, print_json
from gstnvr.config.load import load
from gstnvr.config.problems import ConfigurationError, Problem
from gstnvr.config.schema import json_schema
from gstnvr.config.sealing import Sealer, SecretKeyError

app = typer.Typer(help="Check the configuration file, seal passwords, print the schema.", no_args_is_help=True)


@app.command()
def check(
    file: Annotated[Path | None, typer.Argument(help="The file; otherwise as -c says.")] = None,
    config: ConfigFile = None,
    no_passwords: Annotated[
        bool, typer.Option("--no-passwords", help="Do not look whether the passwords can be had from here.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Tell everything that is wrong with the file, with line and key, and what would be right."""
    path = find_configuration(file or config)
    try:
        settings = load(path, secrets=not no_passwords).settings
    except ConfigurationError as error:
        if not as_json:
            raise
        print_json({"file": str(path), "ok": False, "problems": [_as_document(each) for each in error.problems]})
        raise typer.Exit(ExitCode.CONFIGURATION) from None
    if as_json:
        print_json({"file": str(path), "ok": True, "problems": []})
        return
    count = len(settings.cameras)
    typer.echo(f"{path}: nothing wrong, {count} camera{'' if count == 1 else 's'}")


@app.command()
def seal(config: ConfigFile = None) -> None:
    """Print a camera's password as it may stand in the file; it is asked for, or read from standard input."""
    settings = load(find_configuration(config), secrets=False).settings
    password = new_password("Password of the camera")
    try:
        sealed = Sealer(settings.key_file).seal(password)
    except SecretKeyError as error:
        raise CommandError(str(error), ExitCode.ENVIRONMENT) from None
    typer.echo(f"password_sealed: {sealed}")


@app.command()
def schema() -> None:
    """Print the JSON Schema of the file, for editors that check and complete."""
    print_json(json_schema())


def _as_document(problem: Problem) -> dict[str, str | int | None]:
    return {
        "line": problem.line,
        "key": problem.key,
        "message": problem.message,
        "suggestion": problem.suggestion,
    }
