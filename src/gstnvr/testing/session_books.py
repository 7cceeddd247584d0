"""Books about one session, kept apart from its machine, that every step is checked against."""

from dataclasses import dataclass, field

from gstnvr.config.settings import SessionSettings
from gstnvr.model.choices import Route
from gstnvr.model.faults import Fault, Severity
from gstnvr.model.ids import Generation
from gstnvr.model.status import SessionPhase
from gstnvr.session import effects, inputs
from gstnvr.session.notices import Notice
from gstnvr.session.state import ConnectStage, SessionState, SourceState
from gstnvr.testing.session_life import LifeBook

_TOLERANCE_S = 1e-6


@dataclass(slots=True)
class Books:
    """What is held, by what was granted, started, stopped and opened."""

    slots: set[Generation] = field(default_factory=set)
    probing: Generation | None = None
    live_source: Generation | None = None
    stop_wanted: bool = False
    requested: list[tuple[float, Generation]] = field(default_factory=list)
    probed: Route | None = None
    """Route of the newest attempt."""
    notices: dict[Notice, float] = field(default_factory=dict)
    """Those that are open, with the moment that each began."""
    life: LifeBook = field(default_factory=LifeBook)
    incident: effects.IncidentOpened | None = None
    incidents: int = 0
    became_critical: int = 0
    hung: int = 0
    _critical: bool = False

    def check_step(
        self,
        before: SessionState,
        event: inputs.Input,
        after: SessionState,
        wanted: tuple[effects.Effect, ...],
        now: float,
    ) -> None:
        """Enter one step.

        Raises:
            AssertionError: it breaks a promise of the machine.
        """
        self._enter_event(event)
        self.life.enter(before, event, after, wanted, now)
        for effect in wanted:
            self._enter_effect(effect, after, now)
        check_state(after)
        self._check_state_against_books(after)
        if after.phase is SessionPhase.BACKING_OFF and before.phase in (
            SessionPhase.CONNECTING,
            SessionPhase.STREAMING,
        ):
            check_retry(before, event, after, now)
        is_stale = isinstance(event, inputs.FromGeneration) and event.generation != before.generation
        if is_stale:
            assert after == before, f"{event} of an old generation changed the state"
            late = (effects.ReleaseSlot(event.generation),) if isinstance(event, inputs.SlotGranted) else ()
            assert wanted == late, f"{event} of an old generation led to {wanted}"

    def _enter_event(self, event: inputs.Input) -> None:
        match event:
            case inputs.ProbeSucceeded(generation) | inputs.ProbeFailed(generation):
                if generation == self.probing:
                    self.probing = None
            case inputs.SlotGranted(generation):
                self.slots.add(generation)
            case inputs.StartFailed(generation) | inputs.SourceStopped(generation):
                unbuilt = isinstance(event, inputs.StartFailed)
                if generation == self.live_source and not (unbuilt and self.stop_wanted):
                    self.live_source = None
            case _:
                pass

    def _enter_effect(self, effect: effects.Effect, after: SessionState, now: float) -> None:
        match effect:
            case effects.RequestSlot(generation):
                assert generation == after.generation
                assert not self.requested or generation > self.requested[-1][1], "a generation came twice"
                self._nothing_open()
                self.requested.append((now, generation))
            case effects.ReleaseSlot(generation):
                assert generation in self.slots, "a slot was released that is not held"
                self.slots.remove(generation)
            case effects.Probe(generation, _, route):
                self._enter_probe(generation, route, after)
            case effects.CancelProbe(generation):
                assert generation == self.probing, "no such probe runs"
                self.probing = None
            case effects.StartSource(generation, route):
                assert generation == after.generation and generation in self.slots
                assert route is self.probed, "the source takes another route than was probed"
                self._nothing_open()
                self.live_source, self.stop_wanted = generation, False
            case effects.StopSource(generation):
                assert generation == self.live_source and not self.stop_wanted, "stopped twice, or never started"
                self.stop_wanted = True
            case effects.ReportHung():
                self.hung += 1
                self.live_source = None
            case _:
                self._enter_incident(effect, after, now)

    def _enter_probe(self, generation: Generation, route: Route, after: SessionState) -> None:
        assert generation == after.generation
        assert self.probing is None, "a second probe of one stream"
        assert route in after.routes
        self.probing = generation
        if after.phase is SessionPhase.STREAMING:
            assert route is after.routes[0] is not after.route, "probed without need"
            return
        assert generation in self.slots
        assert self.live_source is None
        self.probed = route

    def _nothing_open(self) -> None:
        assert self.live_source is None, "a second source of one stream"
        assert self.probing is None, "a second connection attempt of one stream"

    def _enter_incident(self, effect: effects.Effect, after: SessionState, now: float) -> None:
        match effect:
            case effects.IncidentOpened(report, started, detected):
                assert self.incident is None, "a second incident of one stream"
                assert started <= detected == now
                self.incident, self._critical = effect, False
                self.incidents += 1
                self._note_severity(report.severity)
            case effects.IncidentUpdated(report):
                assert self.incident is not None
                self._note_severity(report.severity)
            case effects.IncidentClosed(at, recovered):
                assert self.incident is not None
                assert self.incident.started <= at <= now
                assert recovered == (after.phase is SessionPhase.STREAMING)
                self.incident = None
            case effects.NoticeOpened(notice, _, started, detected):
                assert notice not in self.notices, "a second notice of one kind"
                assert after.phase is SessionPhase.STREAMING
                assert started <= detected == now
                self.notices[notice] = started
            case effects.NoticeClosed(notice, at):
                assert self.notices.pop(notice) <= at <= now
            case _:
                pass

    def _note_severity(self, severity: Severity) -> None:
        is_critical = severity is Severity.CRITICAL
        assert is_critical or not self._critical, "an incident that was CRITICAL became less"
        self.became_critical += is_critical and not self._critical
        self._critical = is_critical

    def _check_state_against_books(self, state: SessionState) -> None:
        assert state.slot_held == (state.generation in self.slots)
        assert (state.source is SourceState.NONE) == (self.live_source is None)
        assert (state.source is SourceState.CLOSING) == (self.live_source is not None and self.stop_wanted)
        assert (state.incident is None) == (self.incident is None)
        asks = state.stage is ConnectStage.PROBING or state.return_until is not None
        assert asks == (self.probing is not None)
        assert (state.watch.notices if state.watch is not None else frozenset()) == self.notices.keys()


def check_state(state: SessionState) -> None:
    """Whether the parts of a state fit each other, however it came about.

    Raises:
        AssertionError: they do not.
    """
    phase, stage, source = state.phase, state.stage, state.source
    assert (stage is not None) == (phase is SessionPhase.CONNECTING)
    assert state.slot_held == (stage in (ConnectStage.PROBING, ConnectStage.STARTING))
    assert (source is SourceState.RUNNING) == (stage is ConnectStage.STARTING or phase is SessionPhase.STREAMING)
    assert source is not SourceState.CLOSING or phase in (SessionPhase.BACKING_OFF, SessionPhase.STOPPING)
    assert phase is not SessionPhase.STOPPING or source is SourceState.CLOSING
    assert (state.retry_at is not None) == (phase is SessionPhase.BACKING_OFF)
    has_deadline = source is SourceState.CLOSING or stage in (ConnectStage.PROBING, ConnectStage.STARTING)
    assert (state.deadline is not None) == has_deadline
    assert (state.watch is not None) == (phase is SessionPhase.STREAMING)
    assert phase is not SessionPhase.STREAMING or state.fault is None
    check_route(state)
    assert phase is not SessionPhase.STREAMING or state.incident is None
    is_over = phase in (SessionPhase.IDLE, SessionPhase.STOPPING)
    assert not is_over or (state.incident is None and state.fault is None)
    assert not state.healthy or state.attempts == 0 or phase is not SessionPhase.STREAMING


def check_route(state: SessionState) -> None:
    """Whether the route that is taken, and what is known of the best one, fit each other.

    Raises:
        AssertionError: they do not.
    """
    away = state.route is not state.routes[0]
    streams_elsewhere = away and state.phase is SessionPhase.STREAMING
    asks = (state.return_at is not None) + (state.return_until is not None)
    assert asks == streams_elsewhere, "away from the best route it is probed for, and only then"
    assert not state.returning or state.phase in (SessionPhase.CONNECTING, SessionPhase.BACKING_OFF)
    assert not (state.returning and away and state.phase is SessionPhase.CONNECTING)


def check_retry(before: SessionState, event: inputs.Input, after: SessionState, now: float) -> None:
    """Whether the next attempt is at the moment that the figures of S7 and S11 give.

    Raises:
        AssertionError: it is not.
    """
    assert after.retry_at is not None
    delay_s = after.retry_at - now
    settings = after.settings
    if isinstance(event, inputs.SettingsChanged):
        assert delay_s == 0 and after.attempts == 0
        return
    if isinstance(event, inputs.ProbeSucceeded):
        assert before.return_until is not None and after.returning
        assert delay_s == 0 and after.fault is None and after.incident is None
        return
    assert after.fault is not None
    if after.fault.fault is Fault.AUTHENTICATION:
        lowest = settings.unauthorized_delay_s
        assert lowest - _TOLERANCE_S <= delay_s <= 1.5 * lowest + _TOLERANCE_S
        assert after.quick_until is None
    elif before.returning and not before.healthy:
        assert delay_s == 0 and after.attempts == before.attempts
    elif after.quick_until is not None:
        assert 0 <= delay_s <= 1
        assert before.healthy or before.tried_at < after.quick_until
        assert after.attempts == (0 if before.healthy else before.attempts)
        assert not before.healthy or delay_s == 0
    else:
        assert after.attempts == (0 if before.healthy else before.attempts) + 1
        longest = _expected_step_s(settings, after.attempts - 1)
        lowest = min(0.1, longest) if settings.reconnect_jitter else longest
        assert lowest - _TOLERANCE_S <= delay_s <= longest + _TOLERANCE_S, (delay_s, after.attempts)


def _expected_step_s(settings: SessionSettings, attempt: int) -> float:
    step = settings.reconnect_delay_s
    for _ in range(attempt):
        step *= 2
        if step >= settings.reconnect_max_delay_s:
            break
    return min(step, settings.reconnect_max_delay_s)
