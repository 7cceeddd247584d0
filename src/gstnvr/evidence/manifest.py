"""What an export contains, where it came from and what is missing in it: the document that is signed."""

from datetime import UTC, datetime

import msgspec
from msgspec import Struct

from gstnvr.evidence.order import SourceProtection
from gstnvr.model.clock import NS_PER_S, UtcNs

MANIFEST = "manifest.json"
SIGNATURE = "manifest.sig"
SHEET = "index.html"
FORMAT = "gstnvr evidence 1"


class ManifestError(ValueError):
    """Not a manifest, or one of a later version."""


def moment(at: UtcNs) -> str:
    """ISO 8601 to the nanosecond, always UTC."""
    return f"{datetime.fromtimestamp(at // NS_PER_S, UTC):%Y-%m-%dT%H:%M:%S}.{at % NS_PER_S:09d}Z"


class FileEntry(Struct, frozen=True):
    """A file of the export."""

    name: str
    size: int
    sha256: str


class Origin(Struct, frozen=True):
    """Where a part of a video file came from."""

    segment: int
    at_s: float
    """Place in the video, in seconds, that showed the moment ``time``."""
    time: str


class Video(Struct, frozen=True):
    """A video file; times are on the wall clock of the recorder."""

    file: str
    start: str
    """When the first picture that is shown was taken."""
    end: str
    """End of the last one."""
    seconds: float
    stored_from: str
    """The earliest picture in the file: those up to ``start`` are needed to decode it and are not shown."""
    starts_late: bool
    """Pictures in front of the first key frame are left out, because what they need was not recorded."""
    video: str
    width: int
    height: int
    audio: str | None
    pictures: int
    """In the file, shown or not."""
    origins: tuple[Origin, ...]


class Missing(Struct, frozen=True):
    """A part of the span that no video shows."""

    start: str
    end: str
    seconds: float
    cause: str
    planned: bool
    detail: str


class Protected(Struct, frozen=True):
    """A protection that reached into the span when the export was made."""

    uid: str
    start: str
    end: str
    reason: str
    user: str
    created: str
    released: str | None
    released_by: str | None


class Source(Struct, frozen=True):
    """A segment file from which the export was made."""

    segment: int
    volume: str
    path: str
    start: str
    end: str
    growing: bool
    """It was still being written: ``size`` and ``sha256`` are of what was on the disk."""
    size: int
    sha256: str | None
    problem: str | None
    """Why it could not be used."""


class CameraEntry(Struct, frozen=True):
    """One stream."""

    camera: str
    name: str
    stream: str
    videos: tuple[Video, ...]
    missing: tuple[Missing, ...]
    protections: tuple[Protected, ...]
    sources: tuple[Source, ...]


class Timelapse(Struct, frozen=True):
    """How pictures were chosen."""

    every_s: float
    fps: int


class Manifest(Struct, frozen=True):
    """All of it."""

    format: str
    uid: str
    kind: str
    software: str
    start: str
    """Of the span that was asked for."""
    end: str
    zone: str
    user: str
    reason: str
    asked: str
    made: str
    public_key: str
    fingerprint: str
    timelapse: Timelapse | None
    cameras: tuple[CameraEntry, ...]
    files: tuple[FileEntry, ...]
    """All but the manifest and its signature."""


def with_file(manifest: Manifest, entry: FileEntry) -> Manifest:
    """The same with one more file."""
    return msgspec.structs.replace(manifest, files=(*manifest.files, entry))


def protected(one: SourceProtection) -> Protected:
    """A protection as the manifest has it."""
    released = None if one.released is None else moment(one.released)
    start, end, created = moment(one.start), moment(one.end), moment(one.created)
    return Protected(one.uid, start, end, one.reason, one.user, created, released, one.released_by)


def encode(manifest: Manifest) -> bytes:
    """As it lies in the folder, readable for people."""
    return msgspec.json.format(msgspec.json.encode(manifest), indent=2) + b"\n"


def decode(data: bytes) -> Manifest:
    """Read it back.

    Raises:
        ManifestError: it is none.
    """
    try:
        found = msgspec.json.decode(data, type=Manifest)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ManifestError(f"is not a manifest: {error}") from error
    if found.format != FORMAT:
        raise ManifestError(f"has the format {found.format!r}, which this version does not know")
    return found
