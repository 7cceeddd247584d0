"""What the API takes and answers about settings, trying cameras, and gstnvr itself; part of the interface."""

from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from gstnvr.api.common import schemas
from gstnvr.model.choices import Transport
from gstnvr.model.findings import CheckState, Remedy
from gstnvr.model.ids import CAMERA_ID_PATTERN, StreamKind


class _Asked(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _Answer(BaseModel):
    model_config = ConfigDict(frozen=True)


class SettingsRead(_Answer):
    """The configuration file, secrets masked as `***`."""

    path: str
    digest: str = Field(
        description="Of the file as it is now; a change that gives it is refused if it is another."
    )
    in_file: dict[str, Any] = Field(description="What the file says.")
    in_force: dict[str, Any] = Field(description="What gstnvr goes by, with all defaults.")


class SettingsPatch(_Asked):
    """A change of the configuration file."""

    settings: dict[str, Any] = Field(
        description="JSON Merge Patch (RFC 7396) of `in_file`: null removes a key, so that its default counts."
        ' `cameras` may also be given by id, `{"yard": {"name": "Yard"}, "gate": null}`: others stay as they'
        " are. A masked value that comes back unchanged keeps its secret. `password`, wherever `password_sealed`"
        " may stand, is written sealed."
    )
    digest: str | None = Field(None, max_length=64, description="`digest` of what was read.")


class SettingsWritten(SettingsRead):
    """The file after the change."""

    applied: bool = Field(description="The change is in force, but for what waits for a restart.")
    restart: list[str] = Field(description="Sections that only count after a restart of gstnvr.")
    changed: list[str] = Field(description="Keys that were changed, such as `cameras[0].name`.")


class SettingsProblem(_Answer):
    file: str
    line: int | None = Field(description="Of the file as it would be; null: the file as a whole.")
    key: str = Field(description="Such as `cameras[0].main.url`; empty: the file as a whole.")
    message: str
    suggestion: str | None = Field(description="What would be right, if that can be guessed.")


class SettingsRefused(schemas.ErrorAnswer):
    """Nothing was changed."""

    problems: list[SettingsProblem] = Field(
        default_factory=list, description="Of the file as it would be; empty: the request itself is wrong."
    )


class SettingsSchema(_Answer):
    """What may be in the configuration file."""

    json_schema: dict[str, Any] = Field(
        alias="schema", description="JSON Schema, draft 2020-12: of each key its meaning, default and limits."
    )
    restart: list[str] = Field(
        description="Keys such as `database.url`, or sections, that only count after a restart of gstnvr."
    )


class CameraToTry(_Asked):
    """A camera as it would be in the settings."""

    url: str = Field(
        min_length=1,
        max_length=2000,
        description="rtsp:// or rtsps://host[:port]/path, or http:// of Motion JPEG; without user and password.",
    )
    username: str | None = Field(None, max_length=200)
    password: str | None = Field(None, max_length=1000, description="It is not kept.")
    password_of: str | None = Field(
        None,
        pattern=f"^{CAMERA_ID_PATTERN}$",
        description="Take the password of this camera of the settings instead; only for the same host.",
    )
    stream: StreamKind = Field(StreamKind.MAIN, description="Whose password that is.")
    transport: Transport = Transport.TCP
    tls_fingerprint: str | None = Field(None, max_length=200)
    tls_accept_any: bool = False


class Medium(_Answer):
    kind: str
    codec: str
    clock_rate: int
    channels: int


class CameraOffer(_Answer):
    """What a camera offers."""

    address: str
    server: str | None = Field(description="What the camera calls its software.")
    tls_fingerprint: str | None
    video: str = Field(description="Codec that would be recorded.")
    audio: str | None
    media: list[Medium]


class CameraTried(_Answer):
    """What came of it."""

    ok: bool
    cause: schemas.Cause | None = Field(description="Why it cannot be recorded, and what to do.")
    offer: CameraOffer | None


class LogLevel(StrEnum):
    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"
    CRITICAL = "critical"


class LogLine(_Answer):
    time: schemas.Moment
    level: LogLevel
    process: str = Field(description="Such as supervisor or recorder-0.")
    source: str = Field(description="Part of the program.")
    camera: str | None = Field(description="Camera, or stream such as yard/main, that the line is about.")
    message: str


class Log(_Answer):
    lines: list[LogLine] = Field(description="The newest first, secrets masked.")
    next: str | None = Field(description=schemas.NEXT)


class LogProcess(_Answer):
    """A process that has a log file."""

    name: str = Field(description="What `process` of the search takes.")
    bytes: int = Field(description="Size of its log.")


class LogProcesses(_Answer):
    processes: list[LogProcess]


class DiagnosticsFile(_Answer):
    """A file of the bundle as it would be now."""

    name: str
    bytes: int = Field(description="Before it is packed.")
    beginning: str = Field(description="Its text, secrets masked; of a long one the first 20,000 characters.")


class DiagnosticsContents(_Answer):
    files: list[DiagnosticsFile]


class HealthCheck(_Answer):
    """One thing that was looked at."""

    name: str = Field(description="Such as clock, volume or port.")
    state: CheckState
    found: str
    remedy: Remedy | None = Field(description="The kind of `advice`; null: nothing has to be done.")
    advice: str = Field(description="What to do; empty if nothing has to be done.")


class Examination(_Answer):
    ok: bool = Field(description="Nothing has failed.")
    checks: list[HealthCheck]


class License(_Answer):
    name: str
    version: str
    license: str = Field(description="As the package says it: SPDX expression, or its own words.")
    home: str | None


class About(_Answer):
    """Of what gstnvr is made here; its version is in `GET /server`."""

    license: str = Field(description="Of gstnvr.")
    python: str
    platform: str
    packages: list[License] = Field(description="Python packages that gstnvr uses, by name.")
