"""Files of an export on the disk: video copied sample by sample, everything hashed and synced."""

import hashlib
import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from gstnvr.container.mp4_writer import Mp4Track, interleave, mp4_header
from gstnvr.evidence.assembly import Place
from gstnvr.evidence.manifest import FileEntry
from gstnvr.evidence.order import SourceSegment
from gstnvr.evidence.reading import Advance, opened
from gstnvr.model.clock import UtcNs

_BLOCK_BYTES = 1 << 20


class _Piece(NamedTuple):
    """Bytes that lie together in a source."""

    file: int
    offset: int
    size: int


@dataclass(frozen=True, slots=True)
class VideoContent:
    """What goes into a video file."""

    tracks: Sequence[Mp4Track]
    places: Sequence[Sequence[Place]]
    """Of the samples of each track; their links are numbers of ``files``."""
    files: Sequence[SourceSegment]
    created: UtcNs


def write_video(path: Path, content: VideoContent, advance: Advance) -> FileEntry:
    """Write an MP4 file; samples are copied as they are.

    Raises:
        OSError: a source cannot be read, or the disk does not take it.
    """
    chunks = interleave(content.tracks)
    digest = hashlib.sha256()
    with ExitStack() as open_files, path.open("xb") as file:
        descriptors: dict[int, int] = {}
        header = mp4_header(content.tracks, chunks, content.created)
        file.write(header)
        digest.update(header)
        samples = (
            _Piece(place.link, place.offset, sample.size)
            for chunk in chunks
            for sample, place in zip(
                content.tracks[chunk.track].samples[chunk.first : chunk.stop],
                content.places[chunk.track][chunk.first : chunk.stop],
                strict=True,
            )
        )
        for piece in _together(samples):
            if piece.file not in descriptors:
                descriptors[piece.file] = open_files.enter_context(opened(content.files[piece.file]))
            for block in _blocks(descriptors[piece.file], piece):
                file.write(block)
                digest.update(block)
                advance(len(block))
        file.flush()
        os.fsync(file.fileno())
        size = file.tell()
    return FileEntry(path.name, size, digest.hexdigest())


def write_document(path: Path, content: bytes) -> FileEntry:
    """Write a small file.

    Raises:
        OSError: the disk does not take it.
    """
    with path.open("xb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    return FileEntry(path.name, len(content), hashlib.sha256(content).hexdigest())


def _together(samples: Iterator[_Piece]) -> Iterator[_Piece]:
    """Samples that adjoin in their file as one piece."""
    last: _Piece | None = None
    for sample in samples:
        if last is not None and sample.file == last.file and sample.offset == last.offset + last.size:
            last = _Piece(last.file, last.offset, last.size + sample.size)
            continue
        if last is not None:
            yield last
        last = sample
    if last is not None:
        yield last


def _blocks(fd: int, piece: _Piece) -> Iterator[bytes]:
    at, end = piece.offset, piece.offset + piece.size
    while at < end:
        block = os.pread(fd, min(_BLOCK_BYTES, end - at), at)
        if not block:
            raise OSError("a segment became shorter while it was copied")
        yield block
        at += len(block)
