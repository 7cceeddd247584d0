"""What the API needs from the process it runs in."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from gstnvr.access.accounts import Accounts
from gstnvr.access.door import Door
from gstnvr.api.evidence.ports import Deletions, Exports
from gstnvr.api.live.ports import Live
from gstnvr.api.operation.ports import Maintenance
from gstnvr.api.recordings.thumbnail_ports import Thumbnails
from gstnvr.db.copies import PlaceTotals
from gstnvr.db.index import Index
from gstnvr.disks.overview import DisksOverview
from gstnvr.model.access import ALL_CAMERAS, Cameras
from gstnvr.model.clock import Clock, UtcNs
from gstnvr.model.copies import PlaceKind
from gstnvr.model.faults import FaultReport
from gstnvr.model.ids import CameraId, StreamId
from gstnvr.model.recording import ALWAYS, RecordingIntent
from gstnvr.model.status import StreamStatus, VolumeState
from gstnvr.storage.overview import StorageOverview


@dataclass(frozen=True, slots=True)
class LiveStream:
    """A configured stream as it is now."""

    camera_name: str
    status: StreamStatus
    intent: RecordingIntent = ALWAYS


@dataclass(frozen=True, slots=True)
class FigureSample:
    """Figures of a stream in one second; None: not known, as while it is not connected."""

    at: UtcNs
    fps: float | None
    bitrate_bps: float | None
    loss: float | None
    """Share of the packets of that second that were lost, 0 to 1; over UDP only."""
    jitter_ms: float | None


@dataclass(frozen=True, slots=True)
class ComponentHealth:
    """Whether a part of gstnvr responds."""

    name: str
    """E.g. ``recorder 0``."""
    healthy: bool
    detail: str = ""
    """One line for a person; the reason when not healthy."""


@dataclass(frozen=True, slots=True)
class RecorderProcessView:
    """A recorder as it is now."""

    name: str
    pid: int | None
    """None while no process runs."""
    version: str | None
    """Of gstnvr; None before it has said so."""
    streams: int
    memory_bytes: int | None
    being_replaced: bool
    """Another process takes its streams over, or waits to do so."""


@dataclass(frozen=True, slots=True)
class CopyPlaceView:
    """A place that takes copies, as it is now."""

    name: str
    kind: PlaceKind
    problem: str | None = None
    """Why nothing can be copied to it now."""
    waits_for_window: bool = False
    """It is not the time of the day for copies."""
    rate_bytes_per_s: float = 0.0
    under_way: str | None = None
    """Path of the segment that is being copied."""
    last_error: str | None = None
    totals: PlaceTotals | None = None
    """None: not counted yet."""


class UnknownCameraError(Exception):
    """An order for a camera that is not configured, or is off altogether."""


class OrderNotKeptError(Exception):
    """An order is in force, and will be forgotten with the next restart."""


class OrderRecording(Protocol):
    """Has a camera recorded, or not; ``record=None`` takes the last order back."""

    def __call__(
        self, camera: CameraId, *, record: bool | None, until: UtcNs | None, by: str
    ) -> Awaitable[RecordingIntent]:
        """What is in force then.

        Raises:
            UnknownCameraError: there is no such camera.
            OrderNotKeptError: it is in force, and will be forgotten with the next restart.
        """
        ...


@dataclass(frozen=True, slots=True)
class VolumeView:
    """A volume of the settings as it is now."""

    path: str
    uuid: str | None
    """None: it is not known which one belongs there."""
    state: VolumeState
    cause: FaultReport | None = None
    """Why nothing is written there, or what is wrong all the same."""
    free_bytes: int | None = None
    """None: not known."""
    total_bytes: int | None = None
    streams: tuple[StreamId, ...] = ()
    """Those of which a segment grows there now."""


@dataclass(frozen=True, slots=True)
class ApiServices:
    """All that the API works with.

    What can be called is called on the event loop and answers from memory.
    """

    index: Index
    streams: Callable[[], Sequence[LiveStream]]
    recent_figures: Callable[[StreamId], Sequence[FigureSample]]
    """Of the last minutes, oldest first."""
    components: Callable[[], Sequence[ComponentHealth]]
    """Supervisor tasks and recorders; the API asks the index itself."""
    clock: Clock
    recorders: Callable[[], Sequence[RecorderProcessView]]
    volumes: Callable[[], Sequence[VolumeView]]
    restart_recorders: Callable[[], int]
    """Has all of them replaced, one after the other; how many there are."""
    order_recording: OrderRecording
    disks: Callable[[], DisksOverview]
    copies: Callable[[], Sequence[CopyPlaceView]]
    fetched: Path
    """Folder of what was brought back from other places to be watched."""
    storage: Callable[[], StorageOverview | None]
    """None: not known yet."""
    exports: Exports
    deletions: Deletions
    zone: str
    """Name of the time zone of this machine."""
    maintenance: Maintenance
    live: Live
    thumbnails: Thumbnails
    door: Door
    accounts: Accounts
    cameras: Cameras = ALL_CAMERAS
    """Those that the caller may see; whatever else is called here tells of no others."""
