"""What a session is told. All times are monotonic seconds."""

from dataclasses import dataclass

from gstnvr.config.settings import SessionSettings
from gstnvr.media.messages import MediaMessage
from gstnvr.model.choices import Route
from gstnvr.model.faults import FaultReport
from gstnvr.model.ids import Generation


@dataclass(frozen=True, slots=True)
class Start:
    """Connect, and stay connected until told to stop."""


@dataclass(frozen=True, slots=True)
class Stop:
    """Disconnect and stay so."""


@dataclass(frozen=True, slots=True)
class SettingsChanged:
    """New settings hold from now on."""

    settings: SessionSettings
    reconnect: bool
    """True if what was changed (address, password, transport, ...) needs a new connection."""
    routes: tuple[Route, ...] = (Route.RTSP,)
    """Ways to the stream, the best first."""


@dataclass(frozen=True, slots=True)
class Tick:
    """Time has passed; due at ``machine.next_deadline``, harmless at any other moment.

    Frames that wait to be drained are told before the tick, or a busy process would look like a stalled camera.
    """


@dataclass(frozen=True, slots=True)
class SlotGranted:
    """Answer to ``RequestSlot``: one of the few places for connecting streams is ours."""

    generation: Generation


@dataclass(frozen=True, slots=True)
class ProbeSucceeded:
    """Answer to ``Probe``: the camera offers a stream that we can take."""

    generation: Generation


@dataclass(frozen=True, slots=True)
class ProbeFailed:
    """Answer to ``Probe``."""

    generation: Generation
    report: FaultReport


@dataclass(frozen=True, slots=True)
class StartFailed:
    """Answer to ``StartSource`` if no source came to be; there is nothing to stop."""

    generation: Generation
    report: FaultReport


@dataclass(frozen=True, slots=True)
class Frames:
    """Encoded video came; told once for every drain that brought some."""

    generation: Generation
    last_frame_at: float
    """When the newest video frame came."""
    last_audio_at: float | None = None
    """When the newest sound came; None: none has come in this session."""
    interval_s: float | None = 0.0
    """How far apart frames usually come; None: only one has."""


@dataclass(frozen=True, slots=True)
class Packets:
    """Pieces of video have come since the last time, and no frame is whole: a sign of life."""

    generation: Generation


@dataclass(frozen=True, slots=True)
class Message:
    """The source pipeline said something."""

    generation: Generation
    message: MediaMessage


@dataclass(frozen=True, slots=True)
class SourceStopped:
    """Answer to every ``StopSource``, also if there was no source to stop."""

    generation: Generation
    clean: bool
    """False: it hung and was abandoned."""


FromGeneration = (
    SlotGranted | ProbeSucceeded | ProbeFailed | StartFailed | Frames | Packets | Message | SourceStopped
)
"""Inputs that belong to one generation and are dropped once it is over."""

Input = Start | Stop | SettingsChanged | Tick | FromGeneration
