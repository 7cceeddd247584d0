"""Life of one stream's session as a pure function: no clock, no log, no input or output."""

from collections.abc import Callable
from dataclasses import replace

from gstnvr.config.settings import SessionSettings
from gstnvr.media.messages import Buffering, EndOfStream, FramesDropped, MediaMessage
from gstnvr.model.choices import Route
from gstnvr.model.faults import Fault, FaultReport, Reason
from gstnvr.model.ids import Generation
from gstnvr.model.status import SessionPhase
from gstnvr.session import backoff, faults, routes, watch
from gstnvr.session.effects import (
    CancelProbe,
    Effect,
    IncidentClosed,
    Probe,
    ReleaseSlot,
    ReportHung,
    RequestSlot,
    StartSource,
)
from gstnvr.session.inputs import (
    Frames,
    Input,
    Message,
    Packets,
    ProbeFailed,
    ProbeSucceeded,
    SettingsChanged,
    SlotGranted,
    SourceStopped,
    Start,
    StartFailed,
    Stop,
    Tick,
)
from gstnvr.session.losing import OVERDUE_S, Draw, Step, enter, fail, hear, let_go
from gstnvr.session.state import ConnectStage, SessionState, SourceState

HANG_UP_S = 0.05
"""Frames that are still on their way arrive, and over TCP the end of the stream, before a hang-up counts."""


def initial(settings: SessionSettings, routes_known: tuple[Route, ...] = (Route.RTSP,)) -> SessionState:
    """A session that waits for ``Start``."""
    return SessionState(settings, Generation(0), routes=routes_known, route=routes_known[0])


def next_deadline(state: SessionState) -> float | None:
    """When a ``Tick`` is due, in monotonic seconds; None: only an input can change anything."""
    if state.source is SourceState.CLOSING:
        return state.deadline
    due = [state.deadline, state.retry_at, state.return_at, state.return_until]
    if state.hung_up_at is not None:
        due.append(state.hung_up_at + HANG_UP_S)
    if state.watch is not None:
        due.append(watch.stall_deadline(state.watch, state.settings))
    return min((each for each in due if each is not None), default=None)


def step(state: SessionState, event: Input, now: float, draw: Draw) -> Step:  # noqa: PLR0911 - one for each input
    """Take one input at ``now``; the new state, and what is to be done, in order."""
    match event:
        case Start():
            return _start(state, now)
        case Stop():
            return _stop(state, now)
        case SettingsChanged():
            return _change_settings(state, event, now)
        case Tick():
            return _tick(state, now, draw)
        case SlotGranted():
            return _begin_probe(state, event.generation, now)
        case _ if event.generation != state.generation:
            return state, ()
        case ProbeSucceeded():
            return _begin_return(state, now) if state.return_until is not None else _begin_source(state, now)
        case ProbeFailed():
            return _fail_probe(state, event.report, now, draw)
        case StartFailed():
            return _fail_start(state, event.report, now, draw)
        case Frames() | Packets():
            return _take_video(state, event, now)
        case Message():
            return _hear(state, event.message, now, draw)
        case SourceStopped():
            return _source_gone(state, event.clean, now)


# --- orders -------------------------------------------------------------------------------------------


def _start(state: SessionState, now: float) -> Step:
    if state.phase is SessionPhase.IDLE:
        return _connect(state, now)
    if state.phase is SessionPhase.STOPPING:
        return replace(state, start_again=True), ()
    return state, ()


def _stop(state: SessionState, now: float) -> Step:
    if state.phase is SessionPhase.IDLE:
        return state, ()
    if state.phase is SessionPhase.STOPPING:
        return replace(state, start_again=False), ()
    released, effects = let_go(state, now)
    if state.incident is not None:
        effects += (IncidentClosed(now, recovered=False, attempts=state.incident.attempts),)
    stopping = replace(enter(released, SessionPhase.STOPPING, now), fault=None, incident=None)
    if stopping.source is SourceState.NONE:
        return _become_idle(stopping, now), effects
    return stopping, effects


def _become_idle(state: SessionState, now: float) -> SessionState:
    return replace(
        initial(state.settings, state.routes),
        generation=state.generation,
        since=now,
        reconnects=state.reconnects,
        route=state.route,
    )


def _change_settings(state: SessionState, event: SettingsChanged, now: float) -> Step:
    changed = replace(state, settings=event.settings, routes=event.routes)
    if not event.reconnect or state.phase in (SessionPhase.IDLE, SessionPhase.STOPPING):
        return changed, ()
    return _connect_anew(replace(changed, attempts=0, missed=0, returning=False, returns_failed=0), now)


def _connect_anew(state: SessionState, now: float) -> Step:
    """On purpose: it is no fault, and there is nothing to wait for."""
    released, effects = let_go(state, now)
    waiting = replace(enter(released, SessionPhase.BACKING_OFF, now), retry_at=now)
    if waiting.source is SourceState.CLOSING:
        return waiting, effects
    connecting, more = _connect(waiting, now)
    return connecting, effects + more


# --- connecting ---------------------------------------------------------------------------------------


def _connect(state: SessionState, now: float) -> Step:
    generation = Generation(state.generation + 1)
    incident = state.incident and replace(state.incident, attempts=state.incident.attempts + 1)
    connecting = replace(
        enter(state, SessionPhase.CONNECTING, now),
        generation=generation,
        incident=incident,
        stage=ConnectStage.QUEUED,
        route=routes.of_next_attempt(state),
        first_frame_at=None,
        healthy=False,
    )
    return connecting, (RequestSlot(generation),)


def _begin_probe(state: SessionState, generation: Generation, now: float) -> Step:
    if generation != state.generation or state.stage is not ConnectStage.QUEUED:
        return state, (ReleaseSlot(generation),)
    quick = state.quick_until is not None and now < state.quick_until
    timeout_s = backoff.probe_timeout_s(state.settings, quick)
    probing = replace(
        state,
        stage=ConnectStage.PROBING,
        slot_held=True,
        tried_at=now,
        deadline=now + timeout_s + OVERDUE_S,
    )
    return probing, (Probe(generation, timeout_s, state.route),)


def _begin_source(state: SessionState, now: float) -> Step:
    if state.stage is not ConnectStage.PROBING:
        return state, ()
    starting = replace(
        state,
        stage=ConnectStage.STARTING,
        source=SourceState.RUNNING,
        deadline=now + state.settings.first_frame_timeout_s,
    )
    return starting, (StartSource(state.generation, state.route),)


def _fail_probe(state: SessionState, cause: FaultReport, now: float, draw: Draw) -> Step:
    if state.return_until is not None:
        return replace(state, return_until=None, return_at=now + state.settings.fallback_return_s), ()
    if state.stage is not ConnectStage.PROBING:
        return state, ()
    return fail(replace(state, stage=None), cause, now, now, draw)


def _fail_start(state: SessionState, cause: FaultReport, now: float, draw: Draw) -> Step:
    if state.stage is not ConnectStage.STARTING:
        return state, ()
    return fail(replace(state, source=SourceState.NONE), cause, now, now, draw)


# --- streaming ----------------------------------------------------------------------------------------


def _take_video(state: SessionState, event: Frames | Packets, now: float) -> Step:
    if isinstance(event, Packets):
        return _watch(state, lambda watched: watch.take_packets(watched, state.settings, now))
    if state.stage is ConnectStage.STARTING:
        return _begin_streaming(state, event, now)
    frame_at, audio_at, interval_s = event.last_frame_at, event.last_audio_at, event.interval_s
    seen, effects = _watch(state, lambda watched: watch.take_frames(watched, frame_at, audio_at, interval_s))
    return _note_health(seen), effects


def _begin_streaming(state: SessionState, event: Frames, now: float) -> Step:
    frame_at = event.last_frame_at
    effects: tuple[Effect, ...] = (ReleaseSlot(state.generation),)
    if state.incident is not None:
        effects += (IncidentClosed(frame_at, recovered=True, attempts=state.incident.attempts),)
    streaming = replace(
        enter(state, SessionPhase.STREAMING, now),
        fault=None,
        incident=None,
        slot_held=False,
        deadline=None,
        first_frame_at=frame_at,
        watch=watch.Watch(frame_at=frame_at, alive_at=frame_at, interval_s=event.interval_s),
        has_streamed=True,
        reconnects=state.reconnects + state.has_streamed,
        returning=False,
        return_at=routes.return_at(state, now),
    )
    if streaming.return_at is not None:
        streaming, more = _watch(streaming, lambda watched: watch.fall_back(watched, now))
        effects += more
    return _note_health(streaming), effects


def _watch(state: SessionState, look: Callable[[watch.Watch], watch.Watched]) -> Step:
    if state.watch is None:
        return state, ()
    watched, effects = look(state.watch)
    return replace(state, watch=watched), effects


def _note_health(state: SessionState) -> SessionState:
    if state.watch is None or state.first_frame_at is None:
        return state
    if state.watch.frame_at - state.first_frame_at < state.settings.healthy_after_s:
        return state
    if state.route is not routes.best(state):
        return replace(state, healthy=True, attempts=0)
    return replace(state, healthy=True, attempts=0, missed=0, returns_failed=0)


def _hear(state: SessionState, message: MediaMessage, now: float, draw: Draw) -> Step:
    match message:
        case Buffering(percent):
            return _watch(state, lambda watched: watch.take_buffering(watched, percent, now))
        case FramesDropped():
            return _watch(state, lambda watched: watch.take_dropped(watched, now))
        case _:
            return hear(state, message, now, draw)


def _begin_return(state: SessionState, now: float) -> Step:
    """The best route works again: go back to it."""
    return _connect_anew(replace(state, returning=True, return_until=None), now)


# --- time and ends ------------------------------------------------------------------------------------


def _tick(state: SessionState, now: float, draw: Draw) -> Step:
    deadline = next_deadline(state)
    if deadline is None or now < deadline:
        return state, ()
    if state.source is SourceState.CLOSING:
        return _source_gone(state, False, now)
    if state.phase is SessionPhase.BACKING_OFF:
        return _connect(state, now)
    if state.hung_up_at is not None and now >= state.hung_up_at + HANG_UP_S:
        return hear(state, EndOfStream(), now, draw)
    if state.watch is not None:
        return _look_at_stream(state, state.watch, now, draw)
    reason = Reason.NO_FIRST_FRAME if state.stage is ConnectStage.STARTING else Reason.NO_ANSWER
    return fail(state, _timed_out(reason), now, now, draw)


def _look_at_stream(state: SessionState, watched: watch.Watch, now: float, draw: Draw) -> Step:
    if now >= watch.stall_deadline(watched, state.settings):
        return fail(state, _timed_out(Reason.VIDEO_STALLED), watched.frame_at, now, draw)
    again_at = now + state.settings.fallback_return_s
    if state.return_until is not None:
        return replace(state, return_until=None, return_at=again_at), (CancelProbe(state.generation),)
    timeout_s = state.settings.probe_timeout_s
    asking = replace(state, return_at=None, return_until=now + timeout_s + OVERDUE_S)
    return asking, (Probe(state.generation, timeout_s, routes.best(state)),)


def _timed_out(reason: Reason) -> FaultReport:
    return faults.report(Fault.RTSP_NETWORK, reason, code=f"session {reason}")


def _source_gone(state: SessionState, clean: bool, now: float) -> Step:
    if state.source is not SourceState.CLOSING:
        return state, ()
    hung: tuple[Effect, ...] = () if clean else (ReportHung(state.generation),)
    gone = replace(state, source=SourceState.NONE, deadline=None)
    if gone.phase is SessionPhase.STOPPING:
        idle = _become_idle(gone, now)
        if not gone.start_again:
            return idle, hung
        gone = idle
    elif gone.retry_at is None or now < gone.retry_at:
        return gone, hung
    connecting, effects = _connect(gone, now)
    return connecting, hung + effects
