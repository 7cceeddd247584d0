"""What everything is doing now, for the API and the status table."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from operator import attrgetter
from typing import TypeVar

from gstnvr.api.common.ports import ComponentHealth, LiveStream
from gstnvr.api.events.ports import ConfigurationNews, Publish, StreamNews
from gstnvr.config.settings import Settings
from gstnvr.model.clock import NS_PER_MS, Clock, UtcNs
from gstnvr.model.faults import FaultReport
from gstnvr.model.ids import CameraId, Generation, StreamId, StreamKind
from gstnvr.model.recording import RecordingIntent, RecordMode
from gstnvr.model.status import RecordingPhase, SessionPhase, StreamStatistics, StreamStatus, VolumeStatus
from gstnvr.supervisor.api.recent_figures import RecentFigures
from gstnvr.supervisor.recording.assignment import shown_names

_but_figures = attrgetter(
    "session", "recording", "generation", "since", "fault", "attempts", "next_retry", "segment_path", "volume"
)
_SAME_MOMENT_NS = 100 * NS_PER_MS
"""Recorders reckon moments from their monotonic clock, and come to another microsecond each time."""


_Moment = TypeVar("_Moment", UtcNs, UtcNs | None)


def _steady(before: _Moment, now: _Moment) -> _Moment:
    """What was said before, if the same moment is meant."""
    if before is None or now is None or abs(now - before) >= _SAME_MOMENT_NS:
        return now
    return before


_NEVER = RecordingIntent(RecordMode.OFF, record=False)


@dataclass(slots=True)
class _Recorder:
    healthy: bool
    detail: str


class Picture:
    """Kept up to date by whoever knows; read from memory."""

    def __init__(
        self, clock: Clock, intents: Callable[[], Mapping[CameraId, RecordingIntent]], publish: Publish
    ) -> None:
        """Show nothing yet.

        Args:
            intents: of every camera of the settings that ``configure`` is given.
            publish: told what changes of a stream, figures apart.
        """
        self._clock = clock
        self._intents = intents
        self._publish = publish
        self._told_intents: Mapping[CameraId, RecordingIntent] = {}
        self._names: Mapping[StreamId, str] = {}
        self._statuses: dict[StreamId, StreamStatus] = {}
        self._recorders: dict[str, _Recorder] = {}
        self._volumes: dict[str, Sequence[VolumeStatus]] = {}
        self._notes: dict[str, ComponentHealth] = {}
        self.recent_figures = RecentFigures()

    def configure(self, settings: Settings) -> None:
        """From now on these streams are shown."""
        self._names = shown_names(settings)
        self._statuses = {stream: self._statuses.get(stream, self._unknown(stream)) for stream in self._names}
        self.recent_figures.keep(self._names)
        self._told_intents = self._intents()
        self._publish(ConfigurationNews())

    def recorder_reports(
        self, name: str, pid: int, statuses: Iterable[StreamStatus], volumes: Sequence[VolumeStatus] = ()
    ) -> None:
        """A recorder lives and told about its streams and volumes."""
        self._volumes[name] = volumes
        now = self._clock.utc_ns()
        taken = 0
        for status in statuses:
            taken += 1
            if status.stream in self._names:
                self._put(status)
                self.recent_figures.add(status, now)
        self._recorders[name] = _Recorder(True, f"process {pid}, {taken} streams")
        self._tell_intents()

    def recorder_fails(self, name: str, streams: Iterable[StreamId], report: FaultReport) -> None:
        """A recorder is gone, or does not respond."""
        self._recorders[name] = _Recorder(False, report.message)
        self._volumes.pop(name, None)
        for stream in streams:
            if stream in self._names:
                self._put(replace(self._unknown(stream), fault=report))

    def recorder_starts(self, name: str) -> None:
        """A recorder was started and has not reported yet."""
        if name not in self._recorders:
            self._recorders[name] = _Recorder(False, "starting")

    def recorder_leaves(self, name: str) -> None:
        """A recorder is needed no more."""
        self._recorders.pop(name, None)
        self._volumes.pop(name, None)

    def volumes(self) -> Collection[Sequence[VolumeStatus]]:
        """What each recorder says of the volumes that it may write to."""
        return self._volumes.values()

    def note(self, name: str, problem: str | None, *, healthy: bool = False) -> None:
        """Show, or show no more, that something is not as it should be.

        Args:
            healthy: it works all the same, e.g. with the former configuration.
        """
        if problem is None:
            self._notes.pop(name, None)
        else:
            self._notes[name] = ComponentHealth(name, healthy, problem)

    def note_only(self, name: str, problem: str | None) -> None:
        """As ``note``, of something without which gstnvr is healthy."""
        self.note(name, problem, healthy=True)

    def streams(self) -> Sequence[LiveStream]:
        """All configured streams, in the order of the configuration."""
        of = self._intents()
        return [self._live(one, of) for one in self._names]

    @property
    def recorded(self) -> int:
        """How many streams are recorded now."""
        return sum(status.recording is RecordingPhase.RECORDING for status in self._statuses.values())

    def _live(self, stream: StreamId, intents: Mapping[CameraId, RecordingIntent]) -> LiveStream:
        return LiveStream(self._names[stream], self._statuses[stream], _intent(stream, intents))

    def _put(self, status: StreamStatus) -> None:
        before = self._statuses[status.stream]
        since, next_retry = _steady(before.since, status.since), _steady(before.next_retry, status.next_retry)
        status = self._statuses[status.stream] = replace(status, since=since, next_retry=next_retry)
        if _but_figures(before) != _but_figures(status):
            self._publish(StreamNews(self._live(status.stream, self._intents())))

    def _tell_intents(self) -> None:
        before, now = self._told_intents, self._intents()
        if before is now:
            return
        self._told_intents = now
        for stream in self._names:
            if stream.kind is StreamKind.MAIN and before.get(stream.camera) != now[stream.camera]:
                self._publish(StreamNews(self._live(stream, now)))

    def written(self) -> frozenset[tuple[str, str]]:
        """Volume and path of the segments that grow now."""
        growing = ((status.volume, status.segment_path) for status in self._statuses.values())
        return frozenset((uuid, path) for uuid, path in growing if uuid is not None and path is not None)

    def components(self) -> Sequence[ComponentHealth]:
        """Recorders, then what else is to be said."""
        recorders = [
            ComponentHealth(name, state.healthy, state.detail) for name, state in sorted(self._recorders.items())
        ]
        return [*recorders, *self._notes.values()]

    def _unknown(self, stream: StreamId) -> StreamStatus:
        waiting = RecordingPhase.WAITING if _intent(stream, self._intents()).record else RecordingPhase.OFF
        return StreamStatus(
            stream=stream,
            session=SessionPhase.CONNECTING if stream.kind is StreamKind.MAIN else SessionPhase.IDLE,
            recording=waiting,
            generation=Generation(0),
            since=self._clock.utc_ns(),
            statistics=StreamStatistics(),
        )


def _intent(stream: StreamId, intents: Mapping[CameraId, RecordingIntent]) -> RecordingIntent:
    """Sub streams are never recorded."""
    return intents[stream.camera] if stream.kind is StreamKind.MAIN else _NEVER
