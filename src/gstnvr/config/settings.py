"""Every setting, its default and its limits; the only place that knows them."""

import re
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from gstnvr.config.api import AccessSettings, ApiSettings
from gstnvr.config.basics import AbsolutePath, Integer, Number, Section, Switch
from gstnvr.config.database import DatabaseSettings
from gstnvr.config.disks import DiskSettings
from gstnvr.config.restream import RestreamSettings
from gstnvr.config.retention import CameraRetentionSettings, minimum_problem
from gstnvr.config.schedules import Mode, ScheduleSettings
from gstnvr.config.storage import StorageSettings
from gstnvr.model.choices import G711, Audio, Container, Priority, Transport
from gstnvr.model.ids import CAMERA_ID_PATTERN, StreamKind
from gstnvr.model.recording import RecordMode
from gstnvr.model.trust import CertificateTrust, normal_fingerprint


def _stream_url(url: str) -> str:
    return _address(url, ("rtsp", "rtsps"), "must begin with rtsp:// or rtsps://")


def _http_stream_url(url: str) -> str:
    if not url.isascii():
        raise ValueError("has letters beyond ASCII in it; write them percent-encoded, as a browser does")
    return _address(url, ("http", "https"), "must begin with http:// or https://")


def _address(url: str, schemes: tuple[str, ...], otherwise: str) -> str:
    # No message may quote the URL: it may hold a password in a place where none is expected.
    if any(character.isspace() or not character.isprintable() for character in url):
        raise ValueError("has a space or an unprintable character in it")
    scheme, _, rest = url.partition("://")
    if "@" in re.split(r"[/?#]", rest)[0]:
        raise ValueError(
            "has a user or a password in it; put them into username and password_env or password_file"
        )
    if scheme.lower() not in schemes:
        raise ValueError(otherwise)
    like = f"it must look like {schemes[0]}://host:port/path"
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise ValueError(f"has an unreadable host or port; {like}") from None
    if not host:
        raise ValueError(f"has no host; {like}")
    if port == 0:
        raise ValueError("has port 0; it must be from 1 to 65535")
    return url


class Tolerance(StrEnum):
    """How long a silent stream is borne; stands for a ``frame_timeout_s``."""

    NORMAL = "normal"
    LENIENT = "lenient"
    UNSTABLE = "unstable"


_FRAME_TIMEOUT_S = {Tolerance.NORMAL: 2.0, Tolerance.LENIENT: 5.0, Tolerance.UNSTABLE: 10.0}


class SessionSettings(Section):
    """How a stream is connected, watched and connected again."""

    latency_ms: Integer = Field(200, ge=0, le=10_000, description="Jitter buffer of the receiver.")
    tcp_timeout_ms: Integer = Field(
        10_000,
        ge=1000,
        le=60_000,
        description="Longest wait for an answer of the camera while connecting, rounded up to whole seconds.",
    )
    tolerance: Tolerance = Field(
        Tolerance.NORMAL, description="Stall limit by name: normal 2 s, lenient 5 s, unstable 10 s."
    )
    frame_timeout_s: Number | None = Field(
        None,
        ge=0.5,
        le=60,
        description="Stall limit in seconds; overrides tolerance. A camera with few frames has the time of three.",
    )
    first_frame_timeout_s: Number = Field(
        10, ge=1, le=120, description="Longest wait for the first frame after the camera agreed to play."
    )
    buffering_grace_s: Number = Field(
        10,
        ge=0,
        le=120,
        description="How long a link over which pieces of video come, but no whole frame, is borne beyond that.",
    )
    fallback_after_attempts: Integer = Field(
        3, ge=1, le=1000, description="Failed attempts over RTSP after which http_stream_url is tried by turns."
    )
    fallback_return_s: Number = Field(
        60, ge=1, le=86_400, description="How often RTSP is probed while video comes from http_stream_url."
    )
    keepalive_timeout_s: Number = Field(
        5, ge=3, le=10, description="How often the camera is told that somebody still watches."
    )
    reconnect_delay_s: Number = Field(5, ge=0.1, le=600, description="First delay of the back-off.")
    reconnect_max_delay_s: Number = Field(60, ge=0.1, le=3600, description="Longest delay of the back-off.")
    reconnect_jitter: Switch = Field(True, description="Full jitter: a random delay between 0 and the step.")
    quick_retry_s: Number = Field(
        10, ge=0, le=600, description="How long a stream that was healthy is probed once a second first."
    )
    healthy_after_s: Number = Field(30, ge=0, le=3600, description="Steady frames for so long reset the back-off.")
    max_reconnect_attempts: Integer = Field(
        10, ge=1, le=1_000_000, description="Attempts after which the incident becomes CRITICAL. They go on."
    )
    unauthorized_delay_s: Number = Field(
        60, ge=60, le=86_400, description="Shortest delay after a refused password; cameras lock out."
    )
    probe_timeout_s: Number = Field(3, ge=0.2, le=30, description="Time limit of the probe before a connection.")
    stop_timeout_s: Number = Field(5, ge=0.5, le=60, description="Longest wait for a pipeline to stop.")

    @property
    def stall_after_s(self) -> float:
        """Stall limit in force, in seconds."""
        return self.frame_timeout_s if self.frame_timeout_s is not None else _FRAME_TIMEOUT_S[self.tolerance]

    @model_validator(mode="after")
    def _delays_in_order(self) -> Self:
        if self.reconnect_max_delay_s < self.reconnect_delay_s:
            raise ValueError(
                f"reconnect_max_delay_s ({self.reconnect_max_delay_s:g}) is below"
                f" reconnect_delay_s ({self.reconnect_delay_s:g})"
            )
        return self


class RecordingSettings(Section):
    """How segments are written."""

    segment_s: Number = Field(60, ge=2, le=3600, description="Length of a segment; it ends at the next key frame.")
    fragment_ms: Integer = Field(
        1000, ge=100, le=10_000, description="Length of an MP4 fragment: what a power cut may cost at most."
    )
    sync_interval_s: Number = Field(5, ge=0.5, le=60, description="Data reaches the disk at least this often.")
    ring_s: Number = Field(10, ge=1, le=300, description="Media kept in memory while all is well.")
    outage_buffer_s: Number = Field(
        30, ge=1, le=600, description="More media kept in memory while storage does not take it."
    )
    container: Container = Field(Container.MP4, description="File format of segments.")


class RecorderSettings(Section):
    """The recorder processes."""

    streams_per_process: Integer = Field(32, ge=1, le=256, description="Streams of one recorder process.")
    tick_ms: Integer = Field(200, ge=20, le=1000, description="How often streams are drained.")
    max_concurrent_connects: Integer = Field(
        8, ge=1, le=256, description="Connections being set up at once, by all recorder processes together."
    )
    sub_linger_s: Number = Field(
        10, ge=0, le=3600, description="So long a sub stream stays connected after its last viewer has gone."
    )
    heartbeat_timeout_s: Number = Field(
        5, ge=2, le=300, description="A recorder process that reports nothing for so long is killed and replaced."
    )
    memory_limit_mb: Integer = Field(
        512,
        ge=64,
        le=1_000_000,
        description="Memory of one recorder process, besides what ring and outage buffer may hold; one that takes"
        " more is replaced, at twice as much killed.",
    )


class LogLevel(StrEnum):
    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class LogSettings(Section):
    """What the program tells about itself."""

    level: LogLevel = Field(LogLevel.INFO, description="Least severe kind of line that is written.")


class StreamSettings(Section):
    """One stream of a camera."""

    url: Annotated[str, AfterValidator(_stream_url)] = Field(
        description="rtsp://host[:port]/path, or rtsps:// for an encrypted connection, without user or password."
    )
    http_stream_url: Annotated[str, AfterValidator(_http_stream_url)] | None = Field(
        None,
        description="http://host[:port]/path of the camera's Motion JPEG, recorded while RTSP does not work."
        " Without user or password; those of the stream are used.",
    )
    username: str | None = Field(None, description="Name to log in to the camera with.")
    password_env: str | None = Field(
        None, min_length=1, description="Environment variable that holds the password."
    )
    password_file: AbsolutePath | None = Field(
        None, description="File that holds the password; readable by its owner only."
    )
    password_sealed: str | None = Field(
        None,
        min_length=1,
        description="The password as gstnvr config seal prints it; secrets.key in data_dir opens it.",
        json_schema_extra={"writeOnly": True},
    )
    transport: Transport = Field(
        Transport.TCP,
        description="How video travels. udp and multicast go over to TCP by themselves where nothing comes;"
        " http is a tunnel through the camera's HTTP port, which then stands in url.",
    )
    tls_fingerprint: Annotated[str, AfterValidator(normal_fingerprint)] | None = Field(
        None,
        description="SHA-256 of the one certificate that the camera may show, as gstnvr probe tells it."
        " Without any tls_ setting an authority that this machine trusts must have signed it.",
    )
    tls_ca_file: AbsolutePath | None = Field(
        None, description="PEM file of the only authorities that may have signed the camera's certificate."
    )
    tls_accept_any: Switch = Field(
        False, description="Whoever answers is taken for the camera, whatever the certificate. Better pin it."
    )

    @model_validator(mode="after")
    def _one_password_with_a_name(self) -> Self:
        given = [name for name in ("password_env", "password_file", "password_sealed") if getattr(self, name)]
        if len(given) > 1:
            raise ValueError(f"has both {given[0]} and {given[1]}; keep one of them")
        if given and not self.username:
            raise ValueError("has a password but no username; add one")
        return self

    @model_validator(mode="after")
    def _encryption_makes_sense(self) -> Self:
        secure = self.url.lower().startswith("rtsps:")
        if secure and self.transport in (Transport.UDP, Transport.MULTICAST):
            raise ValueError(
                f"has transport {self.transport} with rtsps://, which would send the video unencrypted;"
                " set transport to tcp or http, or write rtsp://"
            )
        given = [name for name in ("tls_fingerprint", "tls_ca_file", "tls_accept_any") if getattr(self, name)]
        if len(given) > 1:
            raise ValueError(f"has {' and '.join(given)}; keep one of them")
        https = (self.http_stream_url or "").lower().startswith("https:")
        if given and not secure and not https:
            raise ValueError(f"has {given[0]}, but its url is not encrypted; write rtsps://, or remove it")
        return self

    @property
    def trust(self) -> CertificateTrust:
        """Which certificate the camera may show."""
        ca_file = None if self.tls_ca_file is None else str(self.tls_ca_file)
        return CertificateTrust(ca_file, self.tls_fingerprint, self.tls_accept_any)


class CameraSettings(Section):
    """One camera."""

    id: Annotated[str, StringConstraints(pattern=f"^{CAMERA_ID_PATTERN}$")] = Field(
        description="Part of file names and addresses; lower case letters, digits, - and _ only"
    )
    name: str = Field("", description="For people; the id if empty.")
    enabled: Switch = Field(True, description="Off: not connected at all.")
    record: Mode = Field(
        RecordMode.CONTINUOUS,
        description="When it is recorded: always, within the hours of its schedule, on demand only, or never."
        " It is connected in any case. true means continuous, false off.",
    )
    schedule: str | None = Field(None, description="Name of the schedule that record: schedule goes by.")
    priority: Priority = Field(
        Priority.NORMAL,
        description="Who is connected first where many wait, and whose recordings are kept longer where room is"
        " scarce: high, normal or low; nobody starves.",
    )
    main: StreamSettings = Field(description="The stream that is recorded.")
    sub: StreamSettings | None = Field(
        None,
        description="Another stream of the camera, of low resolution, for the grid. It is not recorded, and"
        " connected only while somebody watches it.",
    )
    audio: Audio = Field(Audio.RECORD, description="What becomes of the camera's audio.")
    g711: G711 = Field(
        G711.OPUS,
        description="What becomes of G.711 audio, which MP4 does not take: encoded to Opus, kept in Matroska files"
        " (mkv), or dropped.",
    )
    overlap_connections: Switch = Field(
        True,
        description="Connect a second time while one recorder process takes over from another, so that nothing is"
        " lost; off for cameras that end the first connection then. One that refuses the second is noticed.",
    )
    session: SessionSettings | None = Field(None, description="Instead of the general session settings.")
    retention: CameraRetentionSettings = CameraRetentionSettings()

    @property
    def streams(self) -> Mapping[StreamKind, StreamSettings]:
        """All that it has."""
        main = {StreamKind.MAIN: self.main}
        return main if self.sub is None else {**main, StreamKind.SUB: self.sub}


class Settings(Section):
    """The whole configuration file."""

    data_dir: AbsolutePath = Field(Path("/var/lib/gstnvr"), description="Database and sockets.")
    api: ApiSettings = ApiSettings()
    access: AccessSettings = AccessSettings()
    restream: RestreamSettings = RestreamSettings()
    log: LogSettings = LogSettings()
    recording: RecordingSettings = RecordingSettings()
    recorder: RecorderSettings = RecorderSettings()
    session: SessionSettings = SessionSettings()
    storage: StorageSettings
    database: DatabaseSettings = DatabaseSettings()
    disks: DiskSettings = DiskSettings()
    schedules: dict[str, ScheduleSettings] = Field({}, description="Weekly hours, by a name of your own.")
    cameras: list[CameraSettings] = Field([], description="What to record.")

    @property
    def key_file(self) -> Path:
        """The key that secrets are sealed with."""
        return self.data_dir / "secrets.key"

    @model_validator(mode="after")
    def _camera_ids_unique(self) -> Self:
        first: dict[str, int] = {}
        for index, camera in enumerate(self.cameras):
            if camera.id in first:
                raise PydanticCustomError(
                    "duplicate_camera",
                    "is the id of another camera, too; every camera needs an id of its own",
                    {"at": ("cameras", index, "id"), "first": first[camera.id]},
                )
            first[camera.id] = index
        return self

    @model_validator(mode="after")
    def _restream_has_a_certificate(self) -> Self:
        if self.restream.tls and not self.api.tls.enabled:
            message = "needs the certificate of the API; set api: {tls: {enabled: true}}"
            raise PydanticCustomError("no_certificate", message, {"at": ("restream", "tls")})
        return self

    @model_validator(mode="after")
    def _minimum_within_days(self) -> Self:
        for index, camera in enumerate(self.cameras):
            problem = minimum_problem(camera.retention, self.storage.retention)
            if problem is not None:
                raise PydanticCustomError(
                    "minimum_above_days", "{problem}", {"at": ("cameras", index, "retention"), "problem": problem}
                )
        return self

    @model_validator(mode="after")
    def _schedules_known(self) -> Self:
        for index, camera in enumerate(self.cameras):
            at = ("cameras", index, "schedule")
            if camera.schedule is None and camera.record is RecordMode.SCHEDULE:
                raise PydanticCustomError("no_schedule", "is missing; record: schedule needs one", {"at": at})
            if camera.schedule is not None and camera.schedule not in self.schedules:
                known = ", ".join(sorted(self.schedules)) or "none"
                message = "is not the name of a schedule under schedules; there is {known}"
                raise PydanticCustomError("unknown_schedule", message, {"at": at, "known": known})
        return self
