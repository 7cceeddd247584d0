"""The transition table of a session, found by trying every input in every state."""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from gstnvr.config.settings import SessionSettings
from gstnvr.media.messages import (
    Buffering,
    EndOfStream,
    ErrorDomain,
    FramesDropped,
    PipelineError,
    ResourceCode,
    Role,
    RtcpTimeout,
)
from gstnvr.model.choices import Route
from gstnvr.model.faults import Fault, Reason
from gstnvr.model.ids import Generation
from gstnvr.session import faults, inputs, machine
from gstnvr.session.state import SessionState

BEGIN = "<!-- transition table: begin -->"
END = "<!-- transition table: end -->"

_SETTINGS = SessionSettings()
_ROUTES = (Route.RTSP, Route.HTTP)
_CLOSED = faults.report(Fault.RTSP_NETWORK, Reason.CLOSED_BY_CAMERA)
_DENIED = faults.report(Fault.AUTHENTICATION, Reason.UNAUTHORIZED)
_READ_ERROR = PipelineError(ErrorDomain.RESOURCE, ResourceCode.READ, Role.SOURCE, "")
_WARNING = PipelineError(ErrorDomain.RESOURCE, ResourceCode.READ, Role.SOURCE, "", fatal=False)

_HUNG_UP = PipelineError(
    ErrorDomain.RESOURCE, ResourceCode.READ, Role.SOURCE, "The server closed the connection.", fatal=False
)

_MOMENT_S = 0.1

Situation = tuple[SessionState, float]
"""A state, and the moment it was reached."""


def _after(*events: Callable[[Generation, float], inputs.Input], seconds: float = 0.5) -> Situation:
    """Where these inputs lead, one every ``seconds``."""
    return _go_on((machine.initial(_SETTINGS, _ROUTES), 100.0), *events, seconds=seconds)


def _go_on(
    situation: Situation, *events: Callable[[Generation, float], inputs.Input], seconds: float = 0.5
) -> Situation:
    state, now = situation
    for make in events:
        now += seconds
        state, _ = machine.step(state, make(state.generation, now), now, _middle)
    return state, now


def _middle() -> float:
    return 0.5


def _start(_generation: Generation, _now: float) -> inputs.Input:
    return inputs.Start()


def _stop(_generation: Generation, _now: float) -> inputs.Input:
    return inputs.Stop()


def _slot(generation: Generation, _now: float) -> inputs.Input:
    return inputs.SlotGranted(generation)


def _probed(generation: Generation, _now: float) -> inputs.Input:
    return inputs.ProbeSucceeded(generation)


def _frames(generation: Generation, now: float) -> inputs.Input:
    return inputs.Frames(generation, now)


def _end(generation: Generation, _now: float) -> inputs.Input:
    return inputs.Message(generation, EndOfStream())


def _stopped(generation: Generation, _now: float) -> inputs.Input:
    return inputs.SourceStopped(generation, clean=True)


def _refused(generation: Generation, _now: float) -> inputs.Input:
    return inputs.ProbeFailed(generation, _CLOSED)


def _tick(_generation: Generation, _now: float) -> inputs.Input:
    return inputs.Tick()


_TO_STREAMING = (_start, _slot, _probed, _frames)
_ANOTHER_MISS = (_tick, _slot, _refused)
_FALLEN_BACK = _after(
    _start, _slot, _refused, *_ANOTHER_MISS, *_ANOTHER_MISS, _tick, _slot, _probed, _frames, seconds=25.0
)

SITUATIONS: dict[str, Situation] = {
    "idle": _after(),
    "connecting, queued": _after(_start),
    "connecting, probing": _after(_start, _slot),
    "connecting, starting": _after(_start, _slot, _probed),
    "streaming": _after(*_TO_STREAMING),
    "streaming, healthy": _after(*_TO_STREAMING, _frames, seconds=40),
    "streaming, fallen back": _FALLEN_BACK,
    "streaming, asking for RTSP": _go_on(_go_on(_FALLEN_BACK, _frames, seconds=60.0), _tick),
    "backing off, source closing": _after(*_TO_STREAMING, _end),
    "backing off": _after(*_TO_STREAMING, _end, _stopped),
    "stopping": _after(*_TO_STREAMING, _stop),
}
"""Every phase, split where a phase answers differently."""

EVENTS: dict[str, Callable[[Generation, float], inputs.Input]] = {
    "Start": _start,
    "Stop": _stop,
    "SettingsChanged": lambda _generation, _now: inputs.SettingsChanged(_SETTINGS, False, _ROUTES),
    "SettingsChanged, reconnect": lambda _generation, _now: inputs.SettingsChanged(_SETTINGS, True, _ROUTES),
    "Tick, due": lambda _generation, _now: inputs.Tick(),
    "SlotGranted": _slot,
    "ProbeSucceeded": _probed,
    "ProbeFailed": lambda generation, _now: inputs.ProbeFailed(generation, _CLOSED),
    "ProbeFailed, password": lambda generation, _now: inputs.ProbeFailed(generation, _DENIED),
    "StartFailed": lambda generation, _now: inputs.StartFailed(generation, _CLOSED),
    "Frames": _frames,
    "Packets": lambda generation, _now: inputs.Packets(generation),
    "Message, end of stream": _end,
    "Message, error": lambda generation, _now: inputs.Message(generation, _READ_ERROR),
    "Message, warning": lambda generation, _now: inputs.Message(generation, _WARNING),
    "Message, hung up": lambda generation, _now: inputs.Message(generation, _HUNG_UP),
    "Message, buffering": lambda generation, _now: inputs.Message(generation, Buffering(10)),
    "Message, frame dropped": lambda generation, _now: inputs.Message(generation, FramesDropped(Role.SOURCE)),
    "Message, RTCP timeout": lambda generation, _now: inputs.Message(generation, RtcpTimeout()),
    "SourceStopped": _stopped,
    "SourceStopped, hung": lambda generation, _now: inputs.SourceStopped(generation, clean=False),
}
"""Every kind of input, split where one kind has different consequences."""


@dataclass(frozen=True, slots=True)
class Transition:
    """What one input does in one situation."""

    situation: str
    event: str
    result: str
    """Name of the situation that follows."""
    effects: tuple[str, ...]
    changed: bool
    """Whether anything in the state changed."""


def transitions() -> list[Transition]:
    """One for every situation and event, in that order."""
    return [_try(situation, event) for situation in SITUATIONS for event in EVENTS]


def _try(situation: str, event: str) -> Transition:
    state, reached = SITUATIONS[situation]
    now = reached + _MOMENT_S
    if event == "Tick, due":
        now = machine.next_deadline(state) or now
    after, effects = machine.step(state, EVENTS[event](state.generation, now), now, _middle)
    return Transition(
        situation, event, name_of(after), tuple(type(each).__name__ for each in effects), after != state
    )


def name_of(state: SessionState) -> str:
    """The situation that a state belongs to."""
    phase = state.phase.replace("_", " ")
    if state.stage is not None:
        return f"{phase}, {state.stage}"
    if phase == "backing off" and state.source == "closing":
        return f"{phase}, source closing"
    if phase != "streaming":
        return phase
    if state.return_until is not None:
        return f"{phase}, asking for RTSP"
    if state.route is not state.routes[0]:
        return f"{phase}, fallen back"
    return f"{phase}, healthy" if state.healthy else phase


def markdown() -> str:
    """The table without the pairs that nothing comes of."""
    lines = ["| in | input | then | effects |", "|---|---|---|---|"]
    for each in transitions():
        if each.changed or each.effects:
            then = "(same)" if each.result == each.situation else each.result
            lines.append(f"| {each.situation} | {each.event} | {then} | {', '.join(each.effects)} |")
    return "\n".join(lines)


def fill_in(document: str) -> str:
    """The document with the table between its two marks made new.

    Raises:
        ValueError: a mark is missing.
    """
    head, begin, rest = document.partition(BEGIN)
    _, end, tail = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"the document lacks {BEGIN!r} or {END!r}")
    return f"{head}{BEGIN}\n{markdown()}\n{END}{tail}"


if __name__ == "__main__":
    target = Path(sys.argv[1])
    target.write_text(fill_in(target.read_text("utf-8")), "utf-8")
