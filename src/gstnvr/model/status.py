"""What a stream is doing now."""

from dataclasses import dataclass
from enum import StrEnum

from gstnvr.model.clock import UtcNs
from gstnvr.model.faults import FaultReport
from gstnvr.model.ids import Generation, StreamId


class SessionPhase(StrEnum):
    """Where a stream's session stands."""

    IDLE = "idle"
    CONNECTING = "connecting"
    STREAMING = "streaming"
    BACKING_OFF = "backing_off"
    STOPPING = "stopping"


class RecordingPhase(StrEnum):
    """Where the recording of a stream stands."""

    OFF = "off"
    WAITING = "waiting"
    """Wanted, but no frames arrive."""
    RECORDING = "recording"
    BLOCKED = "blocked"
    """Frames arrive, storage does not take them; they wait in the ring."""


@dataclass(frozen=True, slots=True)
class StreamStatistics:
    """Figures of the last second, but for the counters."""

    fps: float = 0.0
    bitrate_bps: float = 0.0
    """Encoded video and audio."""
    width: int = 0
    height: int = 0
    video_codec: str | None = None
    audio_codec: str | None = None
    last_frame_age_s: float | None = None
    """None before the first frame of the session."""
    frames: int = 0
    """Video access units since the recorder process began."""
    bytes: int = 0
    reconnects: int = 0


@dataclass(frozen=True, slots=True)
class StreamStatus:
    """State, cause and figures of one stream."""

    stream: StreamId
    session: SessionPhase
    recording: RecordingPhase
    generation: Generation
    since: UtcNs
    """When the session phase began."""
    statistics: StreamStatistics
    fault: FaultReport | None = None
    """Why it is not streaming, or not recording."""
    attempts: int = 0
    """Attempts since the stream was last healthy."""
    next_retry: UtcNs | None = None
    segment_path: str | None = None
    """File that is growing now, relative to its volume."""
    buffered_s: float = 0.0
    """Media that waits in memory to be written: near the fragment length unless storage is blocked."""
