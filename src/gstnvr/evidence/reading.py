"""Files of segments, opened for as long as they are read."""

import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from gstnvr.container.sample_table import SampleTable, read_sample_table
from gstnvr.evidence.order import SourceSegment
from gstnvr.evidence.source import Source

_BLOCK_BYTES = 1 << 20

Advance = Callable[[int], None]
"""Told of so many bytes more."""


@contextmanager
def opened(segment: SourceSegment) -> Iterator[int]:
    """A descriptor for reading its file, wherever it lies by now.

    Raises:
        OSError: it cannot be opened.
    """
    fd = _open(segment)
    try:
        yield fd
    finally:
        os.close(fd)


def _open(segment: SourceSegment) -> int:
    try:
        return _open_file(segment.file)
    except FileNotFoundError:
        for file in segment.elsewhere:
            try:
                fd = _open_file(file)
            except OSError:
                continue
            if os.fstat(fd).st_size == segment.size:
                return fd
            os.close(fd)
        raise


def _open_file(file: str) -> int:
    return os.open(file, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)


def table_of(source: Source) -> SampleTable:
    """Samples of a segment, as many as there were when it was first looked at.

    Raises:
        MalformedError: they are not there any more.
        OSError: the file cannot be read.
    """
    with opened(source.segment) as fd:
        return read_sample_table(fd, source.size)


def first_table(segment: SourceSegment) -> SampleTable:
    """Samples of a segment, as many as there are now.

    Raises:
        MalformedError: nothing in it can be copied.
        OSError: the file cannot be read.
    """
    with opened(segment) as fd:
        return read_sample_table(fd)


def hash_of(segment: SourceSegment, size: int, advance: Advance) -> str:
    """SHA-256 of the first bytes of a file, in hexadecimal digits.

    Raises:
        OSError: it cannot be read, or is shorter.
    """
    digest = hashlib.sha256()
    with opened(segment) as fd:
        at = 0
        while at < size:
            block = os.pread(fd, min(_BLOCK_BYTES, size - at), at)
            if not block:
                raise OSError(f"{segment.file} became shorter")
            digest.update(block)
            at += len(block)
            advance(len(block))
    return digest.hexdigest()
