"""One file on its way to a place: read once, in parts, checked on both sides, gone on with when interrupted."""

import hashlib
import json
import os
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from io import FileIO
from pathlib import Path
from typing import BinaryIO, cast

from gstnvr.copies import encryption
from gstnvr.copies.places import (
    PART_BYTES,
    CopyError,
    DifferentError,
    NotThereError,
    Part,
    PartSums,
    Place,
    UploadGoneError,
    Whole,
)


@dataclass(frozen=True, slots=True)
class Progress:
    """What an interrupted upload needs in order to go on."""

    token: str
    salt: str = ""
    """Of the encryption, in hexadecimal; empty without."""
    sent: int = 0
    """Bytes that the place took for certain."""

    def dump(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def load(cls, text: str | None) -> "Progress | None":
        """None if there is nothing to go on with, or it was noted by another version."""
        try:
            return None if not text else cls(**json.loads(text))
        except (ValueError, TypeError):
            return None


@dataclass(frozen=True, slots=True)
class Job:
    """A file that is to be copied."""

    file: Path
    size: int
    """Bytes that the file should have."""
    path: str
    """At the place."""
    key: bytes | None
    """With which it is encrypted."""
    progress: Progress | None
    note: Callable[[Progress], None]
    """Told how far it is, so that it can be gone on with."""
    pace: Callable[[int], None]
    """Called before so many bytes are sent; may wait, and may raise to interrupt."""


@dataclass(frozen=True, slots=True)
class Made:
    """A copy that was verified."""

    size: int
    """Bytes at the place."""
    sha256: str
    """Of the file, in hexadecimal."""
    sent: int
    """Bytes that went over the line this time."""


def upload(place: Place, job: Job) -> Made:
    """Copy a file, or go on with it; blocks.

    Raises:
        CopyError: it did not work; what was noted last may be gone on with unless it is a ``DifferentError``.
        OSError: the file cannot be read, or has another size than it should have.
    """
    with FileIO(job.file, "r") as file:
        found = os.fstat(file.fileno()).st_size
        if found != job.size:
            raise OSError(f"{job.file} has {found} bytes, its row says {job.size}")
        try:
            return _Upload(place, job, file).run()
        finally:
            # What is read once must not push out what others read again and again.
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


@dataclass(slots=True)
class _Upload:
    place: Place
    job: Job
    file: FileIO
    progress: Progress = field(init=False)
    size: int = field(init=False)
    sent: int = 0

    def run(self) -> Made:
        job = self.job
        self.size = job.size if job.key is None else encryption.encrypted_size(job.size)
        held, complete = self._find_where_to_go_on()
        source = _Hashed(self.file)
        whole = self._send(source, held)
        if not complete:
            try:
                proved = self.place.finish(job.path, self.progress.token, whole)
            except DifferentError:
                self.place.abandon(job.path, self.progress.token)
                raise
        if complete or not proved:
            self._read_back(whole)
        elif (there := self.place.size(job.path)) != whole.size:
            raise DifferentError(f"{there} bytes are there, {whole.size} were sent")
        return Made(whole.size, source.sha256.hexdigest(), self.sent)

    def _find_where_to_go_on(self) -> tuple[int, bool]:
        """Bytes that the place holds, and whether they are a copy already that only has to be verified."""
        before = self.job.progress
        if before is not None:
            self.progress = before
            try:
                return self.place.held(self.job.path, before.token, before.sent, self.size), False
            except UploadGoneError:
                if self._is_there():
                    return self.size, True
        salt = encryption.new_salt().hex() if self.job.key is not None else ""
        self.progress = Progress(self.place.begin(self.job.path, self.size), salt)
        self.job.note(self.progress)
        return 0, False

    def _is_there(self) -> bool:
        """The last process may have been stopped when all was done but for telling."""
        try:
            return self.place.size(self.job.path) == self.size
        except NotThereError:
            return False

    def _send(self, source: "_Hashed", held: int) -> Whole:
        sha256, md5 = hashlib.sha256(), hashlib.md5(usedforsecurity=False)
        sums = []
        end = 0
        for part in _parts(self._content(source)):
            sha256.update(part.data)
            md5.update(part.data)
            sums.append(PartSums(part.number, len(part.data), part.sha256, part.md5))
            end = part.end
            if end > held:
                self._put(part if part.start >= held else _rest(part, held))
        return Whole(end, sha256.digest(), md5.digest(), sums)

    def _put(self, part: Part) -> None:
        self.job.pace(len(part.data))
        self.place.put(self.job.path, self.progress.token, part, self.size)
        self.sent += len(part.data)
        self.progress = Progress(self.progress.token, self.progress.salt, part.end)
        self.job.note(self.progress)

    def _content(self, source: "_Hashed") -> Iterator[bytes]:
        if self.job.key is not None:
            salt = bytes.fromhex(self.progress.salt)
            yield from encryption.encrypt(cast(BinaryIO, source), self.job.key, salt, self.job.size)
            return
        while piece := source.read(_READ_AT_ONCE):
            yield piece

    def _read_back(self, whole: Whole) -> None:
        found = hashlib.sha256()
        for piece in read_whole(self.place, self.job.path, whole.size):
            found.update(piece)
        if found.digest() != whole.sha256:
            self.place.delete(self.job.path)
            raise DifferentError("what was read back is not what was sent")


class _Hashed:
    """A file that is read once from its beginning, and the checksum of what was read."""

    def __init__(self, file: FileIO) -> None:
        self._file = file
        self.sha256 = hashlib.sha256()

    def read(self, size: int) -> bytes:
        piece = self._file.read(size)
        self.sha256.update(piece)
        return piece


def _parts(content: Iterator[bytes]) -> Iterator[Part]:
    held, start, number = bytearray(), 0, 1
    for piece in content:
        held += piece
        while len(held) >= PART_BYTES:
            with memoryview(held) as view:
                data = bytes(view[:PART_BYTES])
            del held[:PART_BYTES]
            yield _part(number, start, data)
            start, number = start + PART_BYTES, number + 1
    if held:
        yield _part(number, start, bytes(held))


def _part(number: int, start: int, data: bytes) -> Part:
    return Part(
        number, start, data, hashlib.sha256(data).digest(), hashlib.md5(data, usedforsecurity=False).digest()
    )


def _rest(part: Part, held: int) -> Part:
    """What of a part the place lacks; only places that take any number of bytes hold pieces of parts."""
    return _part(part.number, held, part.data[held - part.start :])


READ_BYTES = 4 * 1024 * 1024
_READ_AT_ONCE = 256 * 1024
_TRIES = 5


def read_whole(place: Place, path: str, size: int) -> Iterator[bytes]:
    """A copy, in pieces; one that does not come is asked for again, not everything.

    Raises:
        CopyError: it cannot be read, or is shorter.
    """
    start = 0
    while start < size:
        piece = _read(place, path, start, min(size, start + READ_BYTES))
        if not piece:
            raise DifferentError(f"it ends at byte {start}, and should have {size}")
        yield piece
        start += len(piece)


def _read(place: Place, path: str, start: int, end: int) -> bytes:
    for attempt in range(1, _TRIES + 1):
        try:
            return place.read(path, start, end)
        except NotThereError:
            raise
        except CopyError:
            if attempt == _TRIES:
                raise
    raise AssertionError
