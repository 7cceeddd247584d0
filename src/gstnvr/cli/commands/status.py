"""``gstnvr status``: what every stream is doing."""

import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import Annotated

import msgspec
import typer
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.text import Text

from gstnvr.cli.api_access import Url, asking
from gstnvr.cli.durations import duration
from gstnvr.cli.errors import CommandError
from gstnvr.cli.exit_codes import ExitCode
from gstnvr.cli.intents import intent_text, is_plain, order_text
from gstnvr.cli.moments import clock_time, date_and_time
from gstnvr.cli.output import AsJson, print_json
from gstnvr.cli.status_table import row_from_api, status_view
from gstnvr.cli.stream_details import stream_details
from gstnvr.cli.volume_table import volume_table
from gstnvr.client.client import DEFAULT_URL, Client
from gstnvr.client.errors import ApiError, ClientError
from gstnvr.client.models import Incident, Stream, Streams
from gstnvr.model.ids import StreamKind
from gstnvr.model.status import RecordingPhase

_REFRESH_S = 1.0
_HISTORY_EVERY_S = 30.0

Missing = Mapping[tuple[str, StreamKind], float]


def status(
    camera: Annotated[str | None, typer.Argument(help="Id of a camera, for all its figures.")] = None,
    *,
    url: Url = DEFAULT_URL,
    watch: Annotated[bool, typer.Option("--watch", help="Refresh each second until Ctrl-C.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show what every stream is doing and where it is recorded to, and what is wrong; or all of one camera."""
    if watch and as_json:
        raise typer.BadParameter("give either --watch or --json")
    with asking(url) as client:
        if as_json:
            print_json(msgspec.to_builtins(_of_camera(client.streams(), camera)))
        elif watch:
            _watch(_StatusScreen(client, camera))
        else:
            Console().print(_StatusScreen(client, camera).current())


def _of_camera(answer: Streams, camera: str | None) -> Streams:
    """Only the streams of this camera, if one is named.

    Raises:
        CommandError: there is no such camera.
    """
    if camera is None:
        return answer
    streams = tuple(stream for stream in answer.streams if stream.camera == camera)
    if not streams:
        raise CommandError(f"there is no camera {camera!r}; 'gstnvr status' lists those there are", ExitCode.USAGE)
    return replace(answer, streams=streams)


class _StatusScreen:
    """Asks for the state each time and for the history, which costs more, now and then."""

    def __init__(self, client: Client, camera: str | None) -> None:
        self._client = client
        self._camera = camera
        self._missing: Missing = {}
        self._history_due = 0.0
        self._notes: list[str] = []

    def current(self) -> RenderableType:
        """The state of now.

        Raises:
            ClientError: gstnvr does not answer.
            CommandError: there is no such camera.
        """
        answer = _of_camera(self._client.streams(), self._camera)
        if time.monotonic() >= self._history_due:
            self._read_history(answer.streams)
            self._history_due = time.monotonic() + _HISTORY_EVERY_S
        now = answer.time.astimezone()
        rows = [
            row_from_api(
                stream,
                self._missing.get((stream.camera, stream.stream)),
                "" if is_plain(stream.intent) else intent_text(stream.intent, now),
            )
            for stream in answer.streams
        ]
        notes = [*self._notes, *_orders(answer.streams, now)]
        view = status_view(rows, f"gstnvr at {self._client.url} · {clock_time(answer.time)}", notes)
        if self._camera is None:
            volumes = self._client.volumes().volumes
            return Group(view, Text(), volume_table(volumes)) if volumes else view
        return Group(view, Text(), *(stream_details(stream) for stream in answer.streams))

    def _read_history(self, streams: tuple[Stream, ...]) -> None:
        try:
            self._missing = {
                (stream.camera, stream.stream): self._client.recordings(
                    stream.camera, stream.stream
                ).totals.missing_s
                for stream in streams
                if stream.recording is not RecordingPhase.OFF
            }
            latest = self._client.incidents(limit=1)
        except ApiError as error:
            self._missing, self._notes = {}, [f"what is missing is not known: {error}"]
        else:
            self._notes = [_incident_note(latest[0])] if latest else []


def _orders(streams: tuple[Stream, ...], now: datetime) -> list[str]:
    """What somebody had started or stopped."""
    texts = [(stream.camera, order_text(stream.intent, now)) for stream in streams]
    return [f"{camera}: recording {text}" for camera, text in texts if text is not None]


def _incident_note(incident: Incident) -> str:
    end = "it lasts" if incident.recovered is None else f"over after {duration(incident.seconds)}"
    whose = f"{incident.camera}: " if incident.camera else ""
    return f"last incident {date_and_time(incident.started)}  {whose}{incident.message} ({end})"


def _watch(screen: _StatusScreen) -> None:
    with suppress(KeyboardInterrupt), Live(screen.current(), auto_refresh=False) as live:
        while True:
            time.sleep(_REFRESH_S)
            live.update(_current_or_error(screen), refresh=True)


def _current_or_error(screen: _StatusScreen) -> RenderableType:
    try:
        return screen.current()
    except ClientError as error:
        return Text(f" {error}; trying again", style="yellow")
