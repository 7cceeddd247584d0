"""What the API needs in order to show what cameras see now."""

from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol

from gstnvr.model.clock import UtcNs
from gstnvr.model.ids import StreamId
from gstnvr.model.live import ShownFormat, Skipped, Waiting


class NoPictureError(Exception):
    """There is no picture of a stream now; the message says why."""


class NotPlayableError(Exception):
    """The viewer cannot decode what the camera sends; the message says what it would take."""


class WebRtcMissingError(Exception):
    """WebRTC cannot be served; the message says why."""


@dataclass(frozen=True, slots=True)
class WebRtcSession:
    """A viewer over WebRTC."""

    name: str
    """Cannot be guessed."""
    answer: str
    """Session description."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One picture."""

    jpeg: bytes
    taken: UtcNs


@dataclass(frozen=True, slots=True)
class RestreamView:
    """How a stream can be watched over RTSP."""

    host: str | None
    """Address that is listened at; None: it is switched off."""
    port: int | None
    encrypted: bool
    watching: int
    """Clients that are sent the stream."""
    problem: str | None
    """Why nobody can connect."""


class Viewer(Protocol):
    """What comes for one viewer."""

    async def next(self) -> ShownFormat | Waiting | Skipped | bytes:
        """What is to be sent next, bytes as they are; waits until there is something."""
        ...


class Live(Protocol):
    """Live pictures of all configured streams."""

    def watch(self, stream: StreamId, *, audio: bool) -> AbstractAsyncContextManager[Viewer]:
        """Connected for as long as it is entered.

        Raises:
            TooManyViewersError: when it is entered; there are as many as can be.
        """
        ...

    async def open_session(self, stream: StreamId, offer: str) -> WebRtcSession:
        """Let a viewer watch over WebRTC, until it goes or the session is closed.

        Raises:
            NoPictureError: the camera sends none.
            NotPlayableError: there is nothing in the offer that the camera sends.
            TooManyViewersError: there are as many as can be.
            WebRtcMissingError: it cannot be served here.
        """
        ...

    def has_session(self, stream: StreamId, name: str) -> bool:
        """Whether a session of a stream lasts."""
        ...

    def close_session(self, stream: StreamId, name: str) -> bool:
        """End a session of a stream; False: there is none of this name."""
        ...

    def restreamed(self, stream: StreamId) -> RestreamView:
        """How a stream can be watched over RTSP now."""
        ...

    async def snapshot(self, stream: StreamId, width: int | None) -> Snapshot:
        """The newest key frame as JPEG, in its own size or so many points wide.

        Raises:
            NoPictureError: there is none, or it cannot be decoded.
        """
        ...
