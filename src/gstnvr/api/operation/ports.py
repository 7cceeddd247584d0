"""What the API needs in order to show and change settings, and to try a camera."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from gstnvr.logs.reading import LogLine, LogWish, Place, ProcessLog
from gstnvr.model.choices import Transport
from gstnvr.model.faults import FaultReport
from gstnvr.model.findings import Finding
from gstnvr.model.ids import StreamKind


@dataclass(frozen=True, slots=True)
class SettingsView:
    """Settings without secrets."""

    path: Path
    digest: str
    """SHA-256 of the file's text, in hexadecimal."""
    in_file: Mapping[str, Any]
    in_force: Mapping[str, Any]
    """With all that the file leaves out."""


@dataclass(frozen=True, slots=True)
class ChangedSettings:
    """What became of a change."""

    view: SettingsView
    in_force: bool
    """It has been put into effect."""
    restart: Sequence[str]
    """Sections of which the change counts only after a restart of gstnvr."""
    keys: Sequence[str]
    """What was changed, as in ``cameras[0].name``."""


class ChangedMeanwhileError(Exception):
    """The file is not the one any more that the change was made for."""


class SettingsStore(Protocol):
    """The configuration file; everything in it may block, on other threads."""

    async def read(self) -> SettingsView:
        """What the file says now.

        Raises:
            ConfigurationError: it cannot be read, or is no YAML.
        """
        ...

    async def change(self, patch: Mapping[str, Any], digest: str | None) -> ChangedSettings:
        """Merge a patch into the file, all of it or nothing, and put it into effect.

        Args:
            digest: of the file that the patch was made for; None: of whatever is there.

        Raises:
            ConfigurationError: what the file would become is wrong; it was left as it was.
            ChangedMeanwhileError: it is another file by now.
            SecretKeyError: a password cannot be sealed; the file was left as it was.
            OSError: it cannot be written; it was left as it was.
        """
        ...


@dataclass(frozen=True, slots=True)
class ProbeWish:
    """A camera that is to be tried; of one of the settings, or as it would be."""

    url: str
    username: str | None
    password: str | None
    """In clear text; it is used for this and forgotten."""
    password_of: str | None
    """Id of a camera of the settings whose password is to be used."""
    transport: Transport
    tls_fingerprint: str | None
    tls_accept_any: bool
    stream: StreamKind = StreamKind.MAIN
    """Whose password that is."""


@dataclass(frozen=True, slots=True)
class OfferedMedium:
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
    fingerprint: str | None
    video: str
    audio: str | None
    media: Sequence[OfferedMedium]


class CannotProbeError(Exception):
    """The wish itself is wrong; the text says in what."""


class ProbeCamera(Protocol):
    """Tries a camera."""

    async def __call__(self, wish: ProbeWish) -> CameraOffer | FaultReport:
        """What it offers, or exactly why it does not.

        Raises:
            CannotProbeError: the wish is wrong.
        """
        ...


class SearchLogs(Protocol):
    """Finds lines of the logs of all processes."""

    async def __call__(self, wish: LogWish, limit: int, after: Place | None) -> Sequence[tuple[Place, LogLine]]:
        """Lines with their places, the newest first.

        Args:
            after: place of the last line of the page before.

        Raises:
            OSError: a file cannot be read.
        """
        ...


class LoggingProcesses(Protocol):
    """Finds which processes have logged something."""

    async def __call__(self) -> Sequence[ProcessLog]:
        """By name.

        Raises:
            OSError: a file cannot be asked.
        """
        ...


class Examine(Protocol):
    """Checks the machine, as ``gstnvr doctor`` does."""

    async def __call__(self) -> Sequence[Finding]:
        """What was found; it takes some seconds, and longer where a disk does not answer."""
        ...


@dataclass(frozen=True, slots=True)
class Maintenance:
    """All of it."""

    settings: SettingsStore
    probe: ProbeCamera
    search_logs: SearchLogs
    logging_processes: LoggingProcesses
    examine: Examine
