"""What a stream is doing now."""

from dataclasses import astuple, dataclass
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
class PacketCounts:
    """What became of RTP packets."""

    received: int = 0
    """In time to be of use."""
    lost: int = 0
    """Not there when they were needed."""
    late: int = 0
    """Came after they had been given up, or again after they had been used."""
    duplicate: int = 0
    """Came again while the first was still waiting."""
    retransmissions_asked: int = 0
    retransmissions_received: int = 0

    def __add__(self, other: "PacketCounts") -> "PacketCounts":
        return PacketCounts(*map(int.__add__, astuple(self), astuple(other)))

    def __sub__(self, other: "PacketCounts") -> "PacketCounts":
        return PacketCounts(*map(int.__sub__, astuple(self), astuple(other)))

    @property
    def loss(self) -> float:
        """Share of the packets sent that were lost, 0 to 1."""
        sent = self.received + self.lost
        return self.lost / sent if sent else 0.0


@dataclass(frozen=True, slots=True)
class LinkStatus:
    """The way between camera and recorder."""

    udp: bool
    """False: over TCP, where a lost packet is one that the camera never sent."""
    jitter_ms: float | None
    """Of the video (RFC 3550); None where packets are read in batches, which would be measured instead."""
    second: PacketCounts
    minute: PacketCounts
    """Of the last 60 s."""
    session: PacketCounts


@dataclass(frozen=True, slots=True)
class StreamStatistics:
    """Figures of the last second, but for the counters and what names another time."""

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
    frames_dropped: int = 0
    """By elements that could not keep up, since the recorder process began."""
    fps_minute: float = 0.0
    """Mean of the last 60 s, or of as many as there are."""
    bitrate_minute_bps: float = 0.0
    link: LinkStatus | None = None
    """None before the first packet of the session, and where there is no RTP."""


class VolumeState(StrEnum):
    """What can be said of a volume at one look."""

    UNKNOWN = "unknown"
    """No recorder has told of it yet."""
    GOOD = "good"
    SLOW = "slow"
    """It takes what comes, and not for long if nothing changes."""
    FAILING = "failing"
    """Nothing is written there."""


@dataclass(frozen=True, slots=True)
class VolumeStatus:
    """What a recorder knows of a volume."""

    uuid: str
    path: str
    fault: FaultReport | None
    """Why nothing is written there; None: it may be."""
    free_bytes: int | None
    """None: it was not found out yet."""
    total_bytes: int | None
    streams: tuple[StreamId, ...]
    """Those of which a segment grows there now."""
    notice: FaultReport | None = None
    """What is wrong although it is written there."""


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
    volume: str | None = None
    """UUID of the volume on which it grows."""
    buffered_s: float = 0.0
    """Media that waits in memory to be written: near the fragment length unless storage is blocked."""
