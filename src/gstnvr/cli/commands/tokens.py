"""``gstnvr tokens``: what programs show instead of a password."""

from typing import Annotated

import msgspec
import typer
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from gstnvr.cli.api_access import Url, asking_with
from gstnvr.cli.moments import date_and_time
from gstnvr.cli.output import AsJson, print_json
from gstnvr.cli.status_table import printable
from gstnvr.client.accounts import AccountsClient, Token
from gstnvr.client.client import DEFAULT_URL
from gstnvr.model.access import Role

app = typer.Typer(help="What programs show instead of a password.")


@app.callback(invoke_without_command=True)
def tokens(context: typer.Context, *, as_json: AsJson = False, url: Url = DEFAULT_URL) -> None:
    """List all tokens; none is ever shown again."""
    if context.invoked_subcommand is not None:
        return
    with asking_with(AccountsClient, url) as client:
        found = client.tokens()
    if as_json:
        print_json(msgspec.to_builtins(found))
    elif found:
        Console().print(_table(found))
    else:
        typer.echo("there are no tokens")


@app.command()
def add(
    user: Annotated[str, typer.Argument(help="Name of the user for whom it acts.")],
    label: Annotated[str, typer.Argument(help="What it is for.")],
    *,
    scope: Annotated[Role, typer.Option(help="It may do no more than this.")] = Role.VIEWER,
    camera: Annotated[
        list[str] | None, typer.Option(help="Id of a camera that it sees, repeatable; otherwise the user's.")
    ] = None,
    days: Annotated[int, typer.Option(min=1, max=3650, help="It expires after so many.")] = 365,
    url: Url = DEFAULT_URL,
) -> None:
    """Make a token, and print it: standard output has it and nothing else."""
    with asking_with(AccountsClient, url) as client:
        made = client.add_token(user, label, scope=scope, cameras=camera, days=days)
    typer.echo(made.token)


@app.command()
def remove(uid: Annotated[str, typer.Argument(help="Number of the token.")], *, url: Url = DEFAULT_URL) -> None:
    """Make a token worthless."""
    with asking_with(AccountsClient, url) as client:
        client.remove_token(uid)
    typer.echo(f"token {uid} is worth nothing any more")


def _table(found: tuple[Token, ...]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False, show_edge=False, header_style="dim")
    for title in (" Number", "User", "For", "Scope", "Cameras", "Expires"):
        table.add_column(title, no_wrap=title != "Cameras")
    for one in found:
        table.add_row(
            f" {one.uid}",
            Text(printable(one.user)),
            Text(printable(one.label)),
            one.scope,
            "of the user" if one.cameras is None else ", ".join(one.cameras),
            date_and_time(one.expires),
        )
    return table
