"""``gstnvr record``: start or stop the recording of a camera by hand."""

from datetime import datetime, timedelta
from typing import Annotated

import typer

from gstnvr.cli.api_access import Url, asking
from gstnvr.cli.intents import intent_text
from gstnvr.cli.moments import parse_length, parse_moment
from gstnvr.client.client import DEFAULT_URL
from gstnvr.client.models import OrderAction

app = typer.Typer(
    no_args_is_help=True, help="Start or stop the recording of a camera by hand, whatever its mode says."
)


def _length(text: str) -> timedelta:
    try:
        return parse_length(text)
    except (ValueError, OverflowError):
        raise typer.BadParameter(f"{text!r}; give e.g. 2h, 90m or 1h30m") from None


def _end(text: str) -> datetime:
    now = datetime.now().astimezone()
    try:
        end = parse_moment(text, now)
    except (ValueError, OverflowError):
        raise typer.BadParameter(f"{text!r}; give e.g. 18:00 or 2026-11-21T18:00") from None
    if end <= now and len(text.strip()) <= len("18:00:00"):
        end += timedelta(days=1)
    if end <= now:
        raise typer.BadParameter(f"{text!r} is over already")
    return end


Camera = Annotated[str, typer.Argument(help="Id of the camera.")]
For = Annotated[
    timedelta | None,
    typer.Option("--for", parser=_length, metavar="LENGTH", help="How long it holds, such as 2h or 90m."),
]
Until = Annotated[
    datetime | None,
    typer.Option("--until", parser=_end, metavar="TIME", help="When it ends, such as 18:00 (the next)."),
]


@app.command()
def start(camera: Camera, *, length: For = None, until: Until = None, url: Url = DEFAULT_URL) -> None:
    """Record; until --for or --until, else until the camera's schedule changes next, else until 'auto'."""
    _order(url, camera, OrderAction.START, length, until)


@app.command()
def stop(camera: Camera, *, length: For = None, until: Until = None, url: Url = DEFAULT_URL) -> None:
    """Do not record; until --for or --until, else until the camera's schedule changes next, else until 'auto'."""
    _order(url, camera, OrderAction.STOP, length, until)


@app.command()
def auto(camera: Camera, *, url: Url = DEFAULT_URL) -> None:
    """Take the last start or stop back: the camera's mode decides again."""
    _order(url, camera, OrderAction.AUTOMATIC, None, None)


def _order(url: str, camera: str, action: OrderAction, length: timedelta | None, until: datetime | None) -> None:
    if length is not None and until is not None:
        raise typer.BadParameter("give either --for or --until")
    with asking(url) as client:
        intent = client.order_recording(camera, action, length=length, until=until)
    what = "is recorded" if intent.record else "is not recorded"
    typer.echo(f"{camera} {what} ({intent_text(intent, datetime.now().astimezone())})")
