"""``gstnvr protect``: keep a span of cameras from being deleted."""

from datetime import timedelta
from typing import Annotated

import msgspec
import typer
from rich.console import Console

from gstnvr.cli.api_access import Around, From, To, Url, asking
from gstnvr.cli.output import AsJson, print_json
from gstnvr.cli.protections_table import protections_table
from gstnvr.client.client import DEFAULT_URL
from gstnvr.model.ids import StreamKind

_USUAL_S = 10.0
_LONGEST_S = 86_400.0


def protect(
    cameras: Annotated[list[str], typer.Argument(metavar="CAMERA...", help="Ids of the cameras.")],
    *,
    reason: Annotated[str, typer.Option(help="Why; it is kept with the span.")],
    start: From = None,
    end: To = None,
    around: Around = None,
    before: Annotated[float, typer.Option(min=0, max=_LONGEST_S, help="Seconds before that moment.")] = _USUAL_S,
    after: Annotated[float, typer.Option(min=0, max=_LONGEST_S, help="Seconds after it.")] = _USUAL_S,
    stream: Annotated[StreamKind, typer.Option(help="Which of their streams.")] = StreamKind.MAIN,
    as_json: AsJson = False,
    url: Url = DEFAULT_URL,
) -> None:
    """Keep a span of cameras from being deleted until it is released; it may reach into the future."""
    if around is not None:
        if start is not None or end is not None:
            raise typer.BadParameter("--around gives a span by itself: leave out --from and --to")
        start, end = around - timedelta(seconds=before), around + timedelta(seconds=after)
    if start is None or end is None:
        raise typer.BadParameter("give --from and --to, or --around")
    with asking(url) as client:
        made = client.protect(cameras, start, end, reason, stream)
    if as_json:
        print_json(msgspec.to_builtins(made))
    else:
        Console().print(protections_table(made))
