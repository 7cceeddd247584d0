"""Answers of the API about settings, logs and gstnvr itself."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from msgspec import Struct, field

from gstnvr.model.faults import FaultReport


@dataclass(frozen=True, slots=True)
class Settings:
    """The configuration file, secrets masked."""

    path: str
    digest: str
    in_file: dict[str, Any]
    in_force: dict[str, Any]


@dataclass(frozen=True, slots=True)
class ChangedSettings(Settings):
    """The file after a change."""

    applied: bool
    restart: tuple[str, ...]
    changed: tuple[str, ...]


class SettingsSchema(Struct, frozen=True):
    """What may be in the configuration file."""

    json_schema: dict[str, Any] = field(name="schema")
    restart: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Medium:
    """One medium as a camera announces it."""

    kind: str
    codec: str
    clock_rate: int
    channels: int


@dataclass(frozen=True, slots=True)
class CameraOffer:
    """What a camera offers."""

    address: str
    server: str | None
    tls_fingerprint: str | None
    video: str
    audio: str | None
    media: tuple[Medium, ...]


@dataclass(frozen=True, slots=True)
class TriedCamera:
    """What came of trying a camera."""

    ok: bool
    cause: FaultReport | None
    offer: CameraOffer | None


@dataclass(frozen=True, slots=True)
class LogLine:
    """A line that a process of gstnvr logged."""

    time: datetime
    level: str
    process: str
    source: str
    camera: str | None
    message: str


@dataclass(frozen=True, slots=True)
class Log:
    """One page of lines, the newest first."""

    lines: tuple[LogLine, ...]
    next: str | None


@dataclass(frozen=True, slots=True)
class Package:
    """A package that gstnvr uses."""

    name: str
    version: str
    license: str
    home: str | None


@dataclass(frozen=True, slots=True)
class About:
    """Of what it is made there."""

    license: str
    python: str
    platform: str
    packages: tuple[Package, ...]
