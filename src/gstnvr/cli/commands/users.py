"""``gstnvr users``: who may log in, and what he may do."""

from typing import Annotated

import msgspec
import typer
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from gstnvr.cli.api_access import Url, asking_with
from gstnvr.cli.moments import date_and_time
from gstnvr.cli.new_password import new_password
from gstnvr.cli.output import AsJson, print_json
from gstnvr.cli.status_table import printable
from gstnvr.client.accounts import AccountsClient, User
from gstnvr.client.client import DEFAULT_URL
from gstnvr.model.access import Role

app = typer.Typer(help="Who may log in, and what he may do.")

Name = Annotated[str, typer.Argument(help="Name of the user.")]


@app.callback(invoke_without_command=True)
def users(context: typer.Context, *, as_json: AsJson = False, url: Url = DEFAULT_URL) -> None:
    """List all users."""
    if context.invoked_subcommand is not None:
        return
    with asking_with(AccountsClient, url) as client:
        found = client.users()
    if as_json:
        print_json(msgspec.to_builtins(found))
    elif found:
        Console().print(_table(found))
    else:
        typer.echo("there are no users yet: open the link that gstnvr run printed, or run gstnvr users add")


@app.command()
def add(
    name: Name,
    *,
    role: Annotated[Role, typer.Option(help="What he may do.")] = Role.VIEWER,
    camera: Annotated[
        list[str] | None, typer.Option(help="Id of a camera that he sees, repeatable; otherwise all.")
    ] = None,
    url: Url = DEFAULT_URL,
) -> None:
    """Add a user; the password is asked for, or read from standard input."""
    password = new_password("New password")
    with asking_with(AccountsClient, url) as client:
        user = client.add_user(name, role, camera, password)
    typer.echo(f"{user.name} may log in as {user.role}")


@app.command()
def password(name: Name, *, url: Url = DEFAULT_URL) -> None:
    """Give a user another password, which ends his logins; it is asked for, or read from standard input."""
    new = new_password("New password")
    with asking_with(AccountsClient, url) as client:
        user = client.set_password(name, new)
    typer.echo(f"{user.name} has a new password")


@app.command()
def remove(name: Name, *, url: Url = DEFAULT_URL) -> None:
    """Remove a user with his logins and tokens."""
    with asking_with(AccountsClient, url) as client:
        client.remove_user(name)
    typer.echo(f"{name} is removed")


@app.command("no-codes")
def no_codes(name: Name, *, url: Url = DEFAULT_URL) -> None:
    """Let a user log in without his authenticator app, e.g. because the telephone is lost."""
    with asking_with(AccountsClient, url) as client:
        client.remove_codes(name)
    typer.echo(f"{name} needs no one-time code any more")


def _table(found: tuple[User, ...]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False, show_edge=False, header_style="dim")
    for title in (" Name", "Role", "Cameras", "Codes", "Since"):
        table.add_column(title, no_wrap=title != "Cameras")
    for one in found:
        table.add_row(
            Text(printable(f" {one.name}")),
            one.role if one.enabled else f"{one.role} (disabled)",
            "all" if one.cameras is None else ", ".join(one.cameras) or "none",
            "yes" if one.one_time_codes else "-",
            date_and_time(one.created),
        )
    return table
