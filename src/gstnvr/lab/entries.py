"""What an entry of the catalogue of faults says."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol

from gstnvr.lab.faulty_volumes import LabVolume, PlainVolume
from gstnvr.lab.world import Site
from gstnvr.model.faults import Fault, Reason


class Group(StrEnum):
    """Where a fault comes from."""

    CONNECTION = "connection"
    PROTOCOL = "protocol"
    MEDIA = "media"
    STORAGE = "storage"
    PROCESS = "process"
    CLOCK = "clock"
    RESOURCE = "resource"
    CONFIGURATION = "configuration"


class Need(StrEnum):
    """What a fault takes besides gstnvr itself."""

    ROOT = "root"
    FUSE = "FUSE"
    FAKETIME = "libfaketime"
    POSTGRESQL = "PostgreSQL"
    SFTP = "asyncssh"


class Family(StrEnum):
    """Faults that are timed together."""

    SILENT_STALL = "silent stall noticed"
    HARD_DISCONNECT = "hard disconnect noticed"
    CAMERA_BACK = "recording back after a camera was away for up to 10 s"
    STORAGE_BACK = "recording back after storage"


class Reach(StrEnum):
    """Who suffers from a fault."""

    CAMERA = "camera"
    """One camera; the others notice nothing."""
    PROGRAM = "program"
    """All cameras alike: a volume, a process, the clock."""


class Loss(StrEnum):
    """What may be missing in the end."""

    NOTHING = "nothing"
    OUTAGE = "outage"
    """As much as while the fault lasted, until it was noticed and until recording was back."""
    KEY_FRAME = "until a key frame"
    """What a camera did not send, up to the next key frame."""
    SOUND = "sound"
    """Sound that the camera did not send; nothing of the video."""
    CAMERAS_OWN = "camera's own"
    """Units that the camera or the network spoiled; they are not counted."""


Mend = Callable[[], None]


class Injection(Protocol):
    """Makes a fault; a small frozen dataclass with parameters."""

    def begin(self, site: Site) -> Mend:
        """Make the fault; what is returned mends it.

        Raises:
            RuntimeError: a command of the operating system failed.
        """
        ...


@dataclass(frozen=True, slots=True)
class Setting:
    """The world that a fault strikes, where it is not the usual one."""

    source: str = "pattern:180p25"
    """What both cameras play."""
    camera: Mapping[str, Any] = field(default_factory=dict)
    """More settings of the camera that suffers; those below ``main`` are merged."""
    sections: Mapping[str, dict[str, Any]] = field(default_factory=dict)
    """More settings of the program by section."""
    volume: Callable[[Path], LabVolume] = PlainVolume
    second: Callable[[Path], LabVolume] | None = None
    """Another volume; None: there is but one."""
    second_settings: Mapping[str, Any] = field(default_factory=dict)
    """More settings of the other volume."""
    simulator: tuple[str, ...] = ()
    """More arguments of the camera that suffers."""
    by_name: bool = False
    """The address has a name and no number."""
    encrypted: bool = False
    """The camera that suffers speaks TLS, with a certificate of its own making."""
    fallback: str = ""
    """What the camera that suffers plays over HTTP as well, Motion JPEG, to be taken while RTSP does not work."""
    leaky: bool = False
    """The recorder can be told to leak memory."""
    small_data_dir: bool = False
    """The database is on a file system of its own, with little space."""
    copied: bool = False
    """Recordings are copied to an SFTP server."""


Calling = tuple[Fault, Reason]


@dataclass(frozen=True, slots=True)
class Expected:
    """What gstnvr must make of it."""

    called: frozenset[Calling] = frozenset()
    """One of these for every incident; none: there is to be no incident."""
    noticed_s: float = 3.0
    """From the moment of the injection, at most."""
    back_s: float | None = None
    """From the moment of mending until recorded again, at most; None: recording is not to be interrupted."""
    loss: Loss = Loss.NOTHING
    every: bool = False
    """Not one of these, but each of them must be told."""
    times: int = 1
    """So many incidents of one name at most, where a fault has several stages."""
    lasting: bool = False
    """Incidents may still be open at the end: they say what it has cost."""
    clean: bool = True
    """``gstnvr check`` finds nothing afterwards."""


@dataclass(frozen=True, slots=True)
class FaultEntry:
    """One fault."""

    name: str
    group: Group
    how: str
    """How it is made, for a person."""
    injection: Injection
    expected: Expected
    lasts_s: float = 0.0
    """0: it happens once, and there is nothing to mend."""
    needs: frozenset[Need] = frozenset()
    reach: Reach = Reach.CAMERA
    families: frozenset[Family] = frozenset()
    from_start: bool = False
    """It is there before the camera is asked for the first time."""
    setting: Setting = Setting()
