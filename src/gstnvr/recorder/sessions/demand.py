"""Streams that are connected on demand: while somebody watches, and a while longer."""

from collections.abc import Iterable
from typing import Protocol

from gstnvr.ipc.messages import StreamSpec
from gstnvr.model.clock import Clock
from gstnvr.model.ids import StreamId
from gstnvr.model.status import SessionPhase
from gstnvr.recorder.sessions.session_runner import SessionRunner

_AT_REST = (SessionPhase.IDLE, SessionPhase.STOPPING)


class DemandedStream(Protocol):
    """What of a stream is needed here."""

    spec: StreamSpec
    runner: SessionRunner
    watched: bool
    handed_over: bool
    """Another recorder is to have it."""

    def rest(self) -> None:
        """Disconnect until ``runner`` is started again."""
        ...


class Demand:
    """Of all streams of a process."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._watched_at: dict[StreamId, float] = {}

    def follow(self, streams: Iterable[DemandedStream]) -> None:
        """Connect what is watched; let go of what has not been for a while."""
        now = self._clock.monotonic()
        for stream in streams:
            if stream.spec.linger_s is not None:
                self._follow(stream, now, stream.spec.linger_s)

    def _follow(self, stream: DemandedStream, now: float, linger_s: float) -> None:
        name = stream.spec.stream
        at_rest = stream.runner.state.phase in _AT_REST
        if stream.watched and not stream.handed_over:
            self._watched_at[name] = now
            if at_rest:
                stream.runner.start()
        elif not at_rest and now - self._watched_at.get(name, now) >= linger_s:
            stream.rest()
