"""What all recorders of one supervisor have in common."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from gstnvr.config.settings import Settings
from gstnvr.model.clock import Clock
from gstnvr.model.ids import CameraId, StreamId
from gstnvr.model.recording import RecordingIntent
from gstnvr.model.records import Outage
from gstnvr.supervisor.api.picture import Picture
from gstnvr.supervisor.index.ledger import EventLedger
from gstnvr.supervisor.index.left_events import LeftEvents
from gstnvr.supervisor.places import SOCKET_SUFFIX
from gstnvr.supervisor.recording.processes import LeftBehind


@dataclass(frozen=True, slots=True)
class Patience:
    """How long recorders are waited for, in seconds."""

    start_s: float = 60.0
    """From its start until a recorder reports; the first start after an installation loads every plug-in once."""
    stop_s: float = 20.0
    """From Shutdown to its end."""
    first_delay_s: float = 0.2
    """Before one that died is replaced, from the second death on …"""
    longest_delay_s: float = 5.0
    """… growing to this if it dies again and again."""
    healthy_after_s: float = 10.0
    """One that lived so long did not die again and again."""
    overlap_s: float = 15.0
    """From the start of a second connection to a camera until its pictures come; then it is given up."""
    hand_over_s: float = 45.0
    """From the wish that a recorder lets go of a stream until it has: until the next key frame."""


TakeOver = Callable[[Collection[StreamId]], Awaitable[Mapping[StreamId, Sequence[Outage]]]]


@dataclass(frozen=True, slots=True)
class Office:
    """Handed to every recorder's keeper."""

    folder: Path
    """Where the sockets are."""
    command: tuple[str, ...]
    """Starts a recorder, but for ``--socket`` and ``--name``."""
    environment: Mapping[str, str]
    errors: int
    """Descriptor of the file that takes what recorders log."""
    settings: Callable[[], Settings]
    """Those in force."""
    intents: Callable[[], Mapping[CameraId, RecordingIntent]]
    """Which cameras are to be recorded now; of every camera of the settings."""
    ledger: EventLedger
    left: LeftEvents
    left_behind: LeftBehind
    picture: Picture
    clock: Clock
    take_over: TakeOver
    """Puts rows of streams in order that nobody records; gives their open outages. Never fails or takes long."""
    patience: Patience = field(default_factory=Patience)

    def socket(self, name: str) -> Path:
        """Where the recorder of this name listens."""
        return self.folder / f"{name}{SOCKET_SUFFIX}"
