"""``gstnvr release``: let a protected span be deleted again."""

from typing import Annotated

import typer

from gstnvr.cli.api_access import Url, asking
from gstnvr.cli.moments import date_and_time
from gstnvr.cli.status_table import printable
from gstnvr.client.client import DEFAULT_URL


def release(
    uid: Annotated[str, typer.Argument(metavar="NUMBER", help="Of the protection: see gstnvr protections.")],
    *,
    reason: Annotated[str, typer.Option(help="Why; it is kept in the audit log.")],
    url: Url = DEFAULT_URL,
) -> None:
    """Let a protected span be deleted again."""
    with asking(url) as client:
        released = client.release(uid, reason)
    span = f"{date_and_time(released.start)} to {date_and_time(released.end)}"
    typer.echo(printable(f"{released.camera} from {span} is not protected by this any more"))
