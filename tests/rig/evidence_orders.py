"""Orders for exports of recordings that a test makes up."""

from collections.abc import Sequence
from pathlib import Path

from gstnvr.evidence.order import CameraOrder, Order, SourceGap, SourceProtection, SourceSegment
from gstnvr.model.choices import Container
from gstnvr.model.clock import UtcNs, parse_utc
from gstnvr.model.evidence import ExportKind
from tests.rig.made_recordings import MS, MadeFile, MadeSample

NOON = parse_utc("2026-11-21T12:00:00Z")
CONFIG = b"\x01\x64\x00\x0a\xff\xe0\x00"
FRAME_MS = 40
GROUP = 10
"""Pictures from one key frame to the next."""


def utc(ms: int) -> UtcNs:
    """Milliseconds from noon."""
    return UtcNs(NOON + ms * MS)


def picture(number: int) -> bytes:
    """A NAL unit with its length in front."""
    body = b"\x65" + number.to_bytes(4, "big") + b"\xcd" * (number % 50)
    return len(body).to_bytes(4, "big") + body


def write_segment(
    path: Path, frames: int = 50, *, first: int = 0, config: bytes = CONFIG, container: Container = Container.MP4
) -> Path:
    """A segment of pictures in order, 25 a second."""
    samples = [
        MadeSample(number * FRAME_MS, picture(first + number), number % GROUP == 0) for number in range(frames)
    ]
    MadeFile(container, samples, config, FRAME_MS).write(path)
    return path


def source(path: Path, number: int, start_ms: int, end_ms: int, *, growing: bool = False) -> SourceSegment:
    """A row about a file."""
    return SourceSegment(number, str(path), path.name, "volume", utc(start_ms), utc(end_ms), growing)


def camera_order(
    segments: Sequence[SourceSegment],
    gaps: Sequence[SourceGap] = (),
    protections: Sequence[SourceProtection] = (),
    *,
    camera: str = "yard",
) -> CameraOrder:
    return CameraOrder(camera, "The yard", "main", tuple(segments), tuple(gaps), tuple(protections))


def make_order(folder: Path, cameras: Sequence[CameraOrder], start_ms: int, end_ms: int) -> Order:
    """An export without pictures into ``folder/made``; its key is beside that."""
    return Order(
        uid="20261121T120000Z-1",
        kind=ExportKind.EXPORT,
        start=utc(start_ms),
        end=utc(end_ms),
        zone="Europe/Berlin",
        user="kim",
        reason="theft",
        asked=utc(600_000),
        folder=str(folder / "made"),
        key_file=str(folder / "evidence.key"),
        keep_free=0,
        cameras=tuple(cameras),
        pictures=False,
    )
