"""Facts of retention in days and gigabytes, counted back from now."""

from collections.abc import Sequence

from gstnvr.model.clock import UtcNs
from gstnvr.model.ids import CameraId, StreamId, StreamKind
from gstnvr.storage.holdings import DAY_NS
from gstnvr.storage.retention import Facts, Holding, Piece, Plan, Promise, Room

NOW = UtcNs(1_790_000_000_000_000_000)
GB = 10**9
HOUR_NS = DAY_NS // 24


def stream(camera: str) -> StreamId:
    return StreamId(CameraId(camera), StreamKind.MAIN)


def ago(days: float) -> UtcNs:
    return UtcNs(NOW - round(days * DAY_NS))


def promise(days: float, min_days: float = 0, max_gb: float | None = None, weight: float = 1.0) -> Promise:
    max_size = None if max_gb is None else round(max_gb * GB)
    return Promise(round(days * DAY_NS), round(min_days * DAY_NS), max_size, weight)


def hours(camera: str, days: float, size: int = GB, volume: str = "v") -> list[Piece]:
    """One piece for each hour of so many days; the newest ended an hour ago."""
    ends = [UtcNs(NOW - number * HOUR_NS) for number in range(round(days * 24), 0, -1)]
    return [
        Piece(stream(camera), volume, UtcNs(end - HOUR_NS), end, size, f"{camera}-{number}")
        for number, end in enumerate(ends)
    ]


def holding(pieces: Sequence[Piece], protected: int = 0, *, shown: int | None = None) -> Holding:
    """What lies of one stream on one volume.

    Args:
        protected: bytes that may not be deleted.
        shown: so many of the pieces are known; all if None.
    """
    size = sum(piece.size for piece in pieces) + protected
    known = pieces if shown is None else pieces[:shown]
    first = pieces[0]
    return Holding(first.volume, first.stream, size, first.start, known, whole=len(known) == len(pieces))


def room(
    free_gb: float, floor_gb: float = 5, resume_gb: float = 10, max_gb: float | None = None, volume: str = "v"
) -> Room:
    limit = None if max_gb is None else round(max_gb * GB)
    return Room(volume, round(free_gb * GB), round(floor_gb * GB), round(resume_gb * GB), limit)


def facts(rooms: Sequence[Room], holdings: Sequence[Holding], **promises: Promise) -> Facts:
    """Cameras that are named have this promise, others are kept a year."""
    return Facts(NOW, rooms, holdings, {CameraId(name): one for name, one in promises.items()}, promise(365))


def went(plan: Plan, camera: str) -> list[Piece]:
    """Pieces of a camera that go, in order."""
    return [one.piece for one in plan.decisions if one.piece.stream.camera == camera]
