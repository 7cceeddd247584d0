"""All volumes that a recorder process may write to, and which of them takes the next segment."""

from collections.abc import Callable, Collection, Sequence

from gstnvr.ipc.messages import VolumeSpec
from gstnvr.model.choices import VolumePolicy
from gstnvr.model.clock import Clock
from gstnvr.model.faults import FaultReport
from gstnvr.model.ids import StreamId
from gstnvr.model.status import StreamStatus, VolumeStatus
from gstnvr.recorder.reporting.reports import Tell
from gstnvr.recorder.storage.volume_guard import VolumeGuard

Listener = Callable[[VolumeGuard], None]


class Volumes:
    """In the order of the settings; ``configure`` comes first."""

    def __init__(self, tell: Tell, clock: Clock) -> None:
        self._tell = tell
        self._clock = clock
        self._guards: tuple[VolumeGuard, ...] = ()
        self._policy = VolumePolicy.FILL
        self._turns: dict[StreamId, int] = {}
        self._listeners: list[Listener] = []

    def configure(self, specs: Sequence[VolumeSpec], policy: VolumePolicy) -> None:
        """Use these from now on; what grows on one that is not among them goes on up to the next key frame."""
        known = {(guard.spec.uuid, guard.spec.path): guard for guard in self._guards}
        self._policy = policy
        self._guards = tuple(self._take(spec, known.pop((spec.uuid, spec.path), None)) for spec in specs)
        for guard in known.values():
            guard.retire()
        for guard in (*known.values(), *self._guards):
            self._changed(guard)

    def _take(self, spec: VolumeSpec, guard: VolumeGuard | None) -> VolumeGuard:
        if guard is None:
            guard = VolumeGuard(spec, self._tell, self._clock)
            guard.subscribe(self._changed)
            guard.start()
        guard.take(spec)
        return guard

    def stop(self) -> None:
        """Watch them no more."""
        for guard in self._guards:
            guard.stop()

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Call the listener when a volume fails, is well again or is used no more.

        Returns:
            ends that.
        """
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def _changed(self, guard: VolumeGuard) -> None:
        for listener in tuple(self._listeners):
            listener(guard)

    @property
    def guards(self) -> Sequence[VolumeGuard]:
        """Those in use."""
        return self._guards

    @property
    def several(self) -> bool:
        """There is another one to turn to."""
        return len(self._guards) > 1

    @property
    def fault(self) -> FaultReport | None:
        """Why nothing can be written at all: what is wrong with the first; None: one of them is well."""
        faults = [guard.fault for guard in self._guards]
        return faults[0] if faults and all(faults) else None

    @property
    def failing(self) -> Sequence[VolumeGuard]:
        """Those that take nothing now."""
        return [guard for guard in self._guards if guard.fault is not None]

    def status(self, streams: Sequence[StreamStatus]) -> list[VolumeStatus]:
        """For the supervisor; of these streams it is told where they are written to."""
        return [
            VolumeStatus(
                uuid=guard.spec.uuid,
                path=guard.spec.path,
                fault=guard.fault,
                free_bytes=guard.room.free_bytes if guard.room is not None else None,
                total_bytes=guard.room.total_bytes if guard.room is not None else None,
                notice=guard.slow_disk.notice,
                streams=tuple(one.stream for one in streams if one.volume == guard.spec.uuid),
            )
            for guard in self._guards
        ]

    def choose(self, stream: StreamId, avoided: Collection[VolumeGuard] = ()) -> VolumeGuard | None:
        """The volume for the next segment of a stream; None: all fail.

        One that is avoided is taken where nothing else is left, and the one with most room if all are at their
        floor.
        """
        usable = [guard for guard in self._in_turn(stream) if guard.fault is None]
        preferred = [guard for guard in usable if guard not in avoided] or usable
        roomy = next((guard for guard in preferred if guard.has_room), None)
        return roomy or max(preferred, key=lambda guard: guard.free_bytes, default=None)

    def second(self, first: VolumeGuard, avoided: Collection[VolumeGuard]) -> VolumeGuard | None:
        """The volume for the second file of a segment; None: there is none that works, or none is wanted."""
        if self._policy is not VolumePolicy.MIRROR:
            return None
        others = (guard for guard in self._guards if guard is not first and guard not in avoided)
        return max((guard for guard in others if guard.fault is None), key=lambda one: one.has_room, default=None)

    def _in_turn(self, stream: StreamId) -> Sequence[VolumeGuard]:
        if self._policy is not VolumePolicy.ROUND_ROBIN:
            return self._guards
        turn = self._turns.get(stream, len(self._turns))
        self._turns[stream] = turn + 1
        first = turn % len(self._guards)
        return (*self._guards[first:], *self._guards[:first])

    def is_to_be_left(self, guard: VolumeGuard) -> bool:
        """Whether what grows there is to end with the next key frame, because it has a better place."""
        if guard.retired:
            return True
        others = (other for other in self._guards if other is not guard)
        return not guard.has_room and any(other.fault is None and other.has_room for other in others)
