"""``gstnvr timelapse``: hours of a camera in a minute."""

from pathlib import Path
from typing import Annotated

import typer

from gstnvr.cli.api_access import From, To, Url, asking
from gstnvr.cli.exporting import fetch, wait_for
from gstnvr.cli.moments import local_zone
from gstnvr.client.client import DEFAULT_URL
from gstnvr.model.ids import StreamKind


def timelapse(
    camera: Annotated[str, typer.Argument(help="Id of the camera.")],
    *,
    out: Annotated[Path, typer.Option(metavar="FILE", help="The video, MP4.")],
    start: From = None,
    end: To = None,
    every: Annotated[float, typer.Option(min=0.1, max=86_400, help="One picture for so many seconds.")] = 60.0,
    fps: Annotated[int, typer.Option(min=1, max=60, help="So many pictures a second are shown.")] = 25,
    stream: Annotated[StreamKind, typer.Option(help="Which of its streams.")] = StreamKind.MAIN,
    url: Url = DEFAULT_URL,
) -> None:
    """Show one key frame from each interval, one after the other; nothing is encoded anew."""
    if start is None or end is None:
        raise typer.BadParameter("give --from and --to")
    with asking(url) as client:
        wanted = client.timelapse(camera, start, end, every_s=every, fps=fps, stream=stream, zone=local_zone())
        made = wait_for(client, wanted)
        videos = [file.name for file in made.files if file.name.endswith(".mp4")]
        for number, name in enumerate(videos, 1):
            target = out if number == 1 else out.with_stem(f"{out.stem}-{number}")
            fetch(client, made, name, target)
            typer.echo(str(target))
        client.remove_export(made.uid)
    if len(videos) > 1:
        typer.echo("the format of the video changed in between: each has a file of its own")
