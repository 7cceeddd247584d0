"""What the supervisor and the process that serves RTSP say to each other, a line of JSON each."""

from msgspec import Struct

from gstnvr.model.ids import StreamId
from gstnvr.rtsp.digest import Proof


class Serve(Struct, frozen=True, tag=True):
    """The first order: where to listen, and for how many."""

    host: str
    port: int
    """0: any."""
    max_clients: int
    certificate: str | None = None
    """PEM file; None: in the clear."""
    key: str | None = None


class Allowed(Struct, frozen=True, tag=True):
    """Whoever asked may watch."""

    question: int
    recorder: str
    """Path of the live socket of the recorder that has the stream."""


class Denied(Struct, frozen=True, tag=True):
    """Whoever asked may not watch, or cannot now."""

    question: int
    status: int
    """Of RTSP; 401: the proof was wrong."""
    reason: str


class End(Struct, frozen=True, tag=True):
    """A connection may not watch any more."""

    connection: int
    reason: str


Order = Serve | Allowed | Denied | End


class Listening(Struct, frozen=True, tag=True):
    """Clients can connect."""

    port: int


class CannotListen(Struct, frozen=True, tag=True):
    """Nobody can; the process ends."""

    message: str


class Asked(Struct, frozen=True, tag=True):
    """Somebody would like to watch."""

    question: int
    connection: int
    stream: StreamId
    proof: Proof
    address: str


class Watching(Struct, frozen=True, tag=True):
    """A connection is sent a stream from now on, or no more."""

    connection: int
    stream: StreamId
    watching: bool


class Gone(Struct, frozen=True, tag=True):
    """A connection has ended."""

    connection: int


Report = Listening | CannotListen | Asked | Watching | Gone
