"""Every setting, its default and its limits; the only place that knows them."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from gstnvr.model.choices import G711, Audio, Container, Transport
from gstnvr.model.ids import CAMERA_ID_PATTERN


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Tolerance(StrEnum):
    """How long a silent stream is borne; stands for a ``frame_timeout_s``."""

    NORMAL = "normal"
    LENIENT = "lenient"
    UNSTABLE = "unstable"


_FRAME_TIMEOUT_S = {Tolerance.NORMAL: 2.0, Tolerance.LENIENT: 5.0, Tolerance.UNSTABLE: 10.0}


class SessionSettings(_Section):
    """How a stream is connected, watched and connected again."""

    latency_ms: int = Field(200, ge=0, le=10_000, description="Jitter buffer of the receiver.")
    tcp_timeout_ms: int = Field(
        10_000, ge=500, le=60_000, description="Longest wait for an answer of the camera while connecting."
    )
    tolerance: Tolerance = Field(
        Tolerance.NORMAL, description="Stall limit by name: normal 2 s, lenient 5 s, unstable 10 s."
    )
    frame_timeout_s: float | None = Field(
        None, ge=0.5, le=60, description="Stall limit in seconds; overrides tolerance."
    )
    first_frame_timeout_s: float = Field(
        10, ge=1, le=120, description="Longest wait for the first frame after the camera agreed to play."
    )
    keepalive_timeout_s: float = Field(
        5, ge=3, le=10, description="How often the camera is told that somebody still watches."
    )
    reconnect_delay_s: float = Field(5, ge=0.1, le=600, description="First delay of the back-off.")
    reconnect_max_delay_s: float = Field(60, ge=0.1, le=3600, description="Longest delay of the back-off.")
    reconnect_jitter: bool = Field(True, description="Full jitter: a random delay between 0 and the step.")
    quick_retry_s: float = Field(
        10, ge=0, le=600, description="How long a stream that was healthy is probed once a second first."
    )
    healthy_after_s: float = Field(30, ge=0, le=3600, description="Steady frames for so long reset the back-off.")
    max_reconnect_attempts: int = Field(
        10, ge=1, le=1_000_000, description="Attempts after which the incident becomes CRITICAL. They go on."
    )
    unauthorized_delay_s: float = Field(
        60, ge=60, le=86_400, description="Shortest delay after a refused password; cameras lock out."
    )
    probe_timeout_s: float = Field(3, ge=0.2, le=30, description="Time limit of the probe before a connection.")
    stop_timeout_s: float = Field(5, ge=0.5, le=60, description="Longest wait for a pipeline to stop.")

    @property
    def stall_after_s(self) -> float:
        """Stall limit in force, in seconds."""
        return self.frame_timeout_s if self.frame_timeout_s is not None else _FRAME_TIMEOUT_S[self.tolerance]

    @model_validator(mode="after")
    def _delays_in_order(self) -> Self:
        if self.reconnect_max_delay_s < self.reconnect_delay_s:
            raise ValueError("reconnect_max_delay_s is below reconnect_delay_s")
        return self


class RecordingSettings(_Section):
    """How segments are written."""

    segment_s: float = Field(60, ge=2, le=3600, description="Length of a segment; it ends at the next key frame.")
    fragment_ms: int = Field(
        1000, ge=100, le=10_000, description="Length of an MP4 fragment: what a power cut may cost at most."
    )
    sync_interval_s: float = Field(5, ge=0.5, le=60, description="Data reaches the disk at least this often.")
    ring_s: float = Field(10, ge=1, le=300, description="Media kept in memory: start of live views.")
    outage_buffer_s: float = Field(
        30, ge=1, le=600, description="Media kept in memory while storage does not take it."
    )
    container: Container = Field(Container.MP4, description="File format of segments.")


class RecorderSettings(_Section):
    """The recorder processes."""

    streams_per_process: int = Field(32, ge=1, le=256, description="Streams of one recorder process.")
    tick_ms: int = Field(200, ge=20, le=1000, description="How often streams are drained.")
    live_tick_ms: int = Field(40, ge=10, le=1000, description="The same while somebody watches.")
    max_concurrent_connects: int = Field(8, ge=1, le=256, description="Connections being set up at once.")


class VolumeSettings(_Section):
    """A directory tree that holds segments."""

    path: Path = Field(description="Absolute path of the directory.")

    @model_validator(mode="after")
    def _absolute(self) -> Self:
        if not self.path.is_absolute():
            raise ValueError(f"path must be absolute, not {str(self.path)!r}")
        return self


class StorageSettings(_Section):
    """Where segments go."""

    volumes: list[VolumeSettings] = Field(min_length=1, max_length=1, description="Just one for now.")
    check_interval_s: float = Field(30, ge=0.5, le=600, description="How often a volume in use is checked.")
    retry_interval_s: float = Field(
        0.5, ge=0.1, le=6, description="How often a volume that failed is tried again."
    )
    min_free_mb: int = Field(1000, ge=1, description="Free space below which nothing is written.")


class ApiSettings(_Section):
    """The REST interface."""

    host: str = Field("127.0.0.1", description="Loopback only, as there is no login yet.")
    port: int = Field(8080, ge=1, le=65_535)


class LogLevel(StrEnum):
    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class LogSettings(_Section):
    level: LogLevel = Field(LogLevel.INFO, description="Least severe kind of line that is written.")


class StreamSettings(_Section):
    """One stream of a camera."""

    url: str = Field(description="rtsp://host[:port]/path, without user or password.")
    username: str | None = None
    password_env: str | None = Field(None, description="Environment variable that holds the password.")
    password_file: Path | None = Field(
        None, description="File that holds the password; readable by its owner only."
    )
    transport: Transport = Transport.TCP


class CameraSettings(_Section):
    """One camera."""

    id: Annotated[str, StringConstraints(pattern=f"^{CAMERA_ID_PATTERN}$")] = Field(
        description="Part of file names and addresses; lower case letters, digits, - and _."
    )
    name: str = Field("", description="For people; the id if empty.")
    enabled: bool = Field(True, description="Off: not connected at all.")
    record: bool = Field(True, description="Off: connected, not recorded.")
    main: StreamSettings
    sub: StreamSettings | None = None
    audio: Audio = Audio.RECORD
    g711: G711 = G711.OPUS
    session: SessionSettings | None = Field(None, description="Instead of the general session settings.")


class Settings(_Section):
    """The whole configuration file."""

    data_dir: Path = Field(Path("/var/lib/gstnvr"), description="Database, sockets, journal.")
    api: ApiSettings = ApiSettings()
    log: LogSettings = LogSettings()
    recording: RecordingSettings = RecordingSettings()
    recorder: RecorderSettings = RecorderSettings()
    session: SessionSettings = SessionSettings()
    storage: StorageSettings
    cameras: list[CameraSettings] = []
