"""What a recorder has to tell and nobody has acknowledged, in a file that outlives the recorder.

One message in JSON per line: first ``Hello``, then ``Event`` and ``Acknowledge``; the last line may be torn.
Whoever writes holds a lock that the kernel drops with the process, so that a file without one is a dead
recorder's. All functions block, for ever if the disk hangs.
"""

import fcntl
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import msgspec

from gstnvr.ipc.messages import (
    Acknowledge,
    Event,
    Hello,
    IncidentChanged,
    MirrorChanged,
    OutageChanged,
    RecorderEvent,
    SegmentAbandoned,
    SegmentClosed,
    SegmentDiscarded,
    SegmentGrown,
    SegmentOpened,
    SegmentTakenOver,
)

SPOOL_SUFFIX = ".events"
LARGEST_BYTES = 32_000_000
"""Weeks without a supervisor; beyond it, what the segment files tell as well goes first."""
_NEW_SUFFIX = ".new"
_MODE = 0o600

_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Event | Acknowledge)
_hello_decoder = msgspec.json.Decoder(Hello)


class Spool:
    """The file of one recorder process; made with the first event."""

    def __init__(self, path: Path, hello: Hello, largest_bytes: int = LARGEST_BYTES) -> None:
        """Nothing is touched before the first ``write``; the folder must be there."""
        self._path = path
        self._hello = hello
        self._largest_bytes = largest_bytes
        self._descriptor = -1
        self._size = 0
        self._read_to = (0, 0)
        """Number of the event that was read last, and where the next line begins."""

    @property
    def empty(self) -> bool:
        """Whether there is nothing in it."""
        return self._descriptor < 0 or self._size == len(_line(self._hello))

    @property
    def too_large(self) -> bool:
        """Whether ``compact`` is due."""
        return self._size > self._largest_bytes

    def write(self, events: Iterable[Event]) -> None:
        """Add events at the end: all of them or none.

        Raises:
            OSError: the disk does not take them.
        """
        if self._descriptor < 0:
            self._replace([])
        self._append(b"".join(_line(event) for event in events))

    def acknowledge(self, number: int) -> None:
        """Events up to this one are safe elsewhere.

        Raises:
            OSError: the disk does not take it.
        """
        self._append(_line(Acknowledge(number)))

    def clear(self) -> None:
        """All events are safe elsewhere.

        Raises:
            OSError: the disk does not take it.
        """
        self._cut(len(_line(self._hello)))
        self._read_to = (0, 0)

    def remove(self) -> None:
        """Delete the file; it was never needed, or is not any more."""
        if self._descriptor >= 0:
            self._path.unlink(missing_ok=True)
            os.close(self._descriptor)
            self._descriptor = -1

    def read(self, after: int, limit: int) -> list[Event]:
        """So many events at most with higher numbers than ``after``, in order.

        Raises:
            OSError: the file cannot be read.
        """
        number, offset = self._read_to
        found: list[Event] = []
        with self._path.open("rb") as file:
            file.seek(offset if 0 < number <= after else 0)
            while len(found) < limit and (line := file.readline()).endswith(b"\n"):
                event = _event(line)
                if event is not None and event.number > (found[-1].number if found else after):
                    found.append(event)
            if found:
                self._read_to = (found[-1].number, file.tell())
        return found

    def compact(self, acknowledged: int) -> int:
        """Keep what is needed, in half of the space; the number of events that had to be given up.

        Of every segment, outage and incident the newest event says all. If that does not suffice, the oldest
        events about segments go, which the files tell as well, and only then the oldest outages and incidents.

        Raises:
            OSError: the disk does not take it; the file is as it was.
        """
        newest: dict[tuple[str, str], Event] = {}
        for event in _events(self._path):
            if event.number > acknowledged:
                newest.pop(_subject(event.body), None)
                newest[_subject(event.body)] = event
        kept = _within(list(newest.values()), self._largest_bytes // 2)
        self._replace(kept)
        self._read_to = (0, 0)
        return len(newest) - len(kept)

    def _replace(self, events: Iterable[Event]) -> None:
        """Nobody sees the file before it is locked and has its first line."""
        content = _line(self._hello) + b"".join(_line(event) for event in events)
        new = self._path.with_name(self._path.name + _NEW_SUFFIX)
        descriptor = os.open(new, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND | os.O_CLOEXEC, _MODE)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            _write_all(descriptor, content)
            new.rename(self._path)
        except OSError:
            os.close(descriptor)
            new.unlink(missing_ok=True)
            raise
        if self._descriptor >= 0:
            os.close(self._descriptor)
        self._descriptor, self._size = descriptor, len(content)

    def _append(self, content: bytes) -> None:
        try:
            _write_all(self._descriptor, content)
        except OSError:
            self._cut(self._size)
            raise
        self._size += len(content)

    def _cut(self, size: int) -> None:
        os.ftruncate(self._descriptor, size)
        self._size = size


@dataclass(frozen=True, slots=True)
class LeftSpool:
    """The file of a recorder that is gone; nobody else takes it while this is held."""

    path: Path
    hello: Hello
    descriptor: int

    @classmethod
    def take(cls, path: Path) -> Self | None:
        """None if its recorder lives, or if it is no such file.

        Raises:
            OSError: it cannot be read.
        """
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            with path.open("rb") as file:
                hello = _hello_decoder.decode(file.readline())
        except (BlockingIOError, msgspec.MsgspecError):
            os.close(descriptor)
            return None
        except OSError:
            os.close(descriptor)
            raise
        return cls(path, hello, descriptor)

    def events(self) -> Iterator[Event]:
        """What was not acknowledged, in order, each once.

        Raises:
            OSError: it cannot be read.
        """
        last = _acknowledged(self.path)
        for event in _events(self.path):
            if event.number > last:
                last = event.number
                yield event

    def remove(self) -> None:
        """Delete it; everything in it is safe elsewhere.

        Raises:
            OSError: it cannot be deleted.
        """
        self.path.unlink(missing_ok=True)
        self.let_go()

    def let_go(self) -> None:
        """Leave it to the next who comes."""
        os.close(self.descriptor)


def spool_path(socket: Path, hello: Hello) -> Path:
    """The file of a recorder beside its socket; no other process ever has the same."""
    return socket.with_name(f"{socket.stem}-{hello.started}-{hello.pid}{SPOOL_SUFFIX}")


def left_spools(folder: Path) -> list[LeftSpool]:
    """What dead recorders left, the oldest first.

    Raises:
        OSError: the folder cannot be read.
    """
    taken = (LeftSpool.take(path) for path in sorted(folder.glob(f"*{SPOOL_SUFFIX}")))
    return sorted((left for left in taken if left is not None), key=lambda left: left.hello.started)


def _line(message: Hello | Event | Acknowledge) -> bytes:
    return _encoder.encode(message) + b"\n"


def _lines(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        yield from (line for line in file if line.endswith(b"\n"))


def _message(line: bytes) -> Event | Acknowledge | None:
    """None: the first line, or one of another version."""
    try:
        message: Event | Acknowledge = _decoder.decode(line)
    except (msgspec.MsgspecError, ValueError):
        return None
    return message


def _event(line: bytes) -> Event | None:
    message = _message(line)
    return message if isinstance(message, Event) else None


def _events(path: Path) -> Iterator[Event]:
    return (event for line in _lines(path) if (event := _event(line)) is not None)


def _acknowledged(path: Path) -> int:
    messages = map(_message, _lines(path))
    return max((one.number for one in messages if isinstance(one, Acknowledge)), default=0)


def _subject(body: RecorderEvent) -> tuple[str, str]:
    match body:
        case OutageChanged(outage=outage):
            return ("outage", outage.uid)
        case IncidentChanged(incident=incident):
            return ("incident", incident.uid)
        case SegmentDiscarded(volume=volume, path=path) | SegmentAbandoned(volume=volume, path=path):
            return ("segment", f"{volume}/{path}")
        case SegmentOpened(segment=segment) | SegmentGrown(segment=segment) | SegmentClosed(segment=segment):
            return ("segment", f"{segment.volume}/{segment.path}")
        case MirrorChanged(segment=segment):
            return ("mirror", f"{segment.volume}/{segment.path}")
        case SegmentTakenOver(segment=segment):
            return ("taken over", f"{segment.volume}/{segment.path}")


def is_about_a_segment(body: RecorderEvent) -> bool:
    """Whether the files of a volume tell the same."""
    return not isinstance(body, IncidentChanged | OutageChanged)


def _within(events: list[Event], largest_bytes: int) -> list[Event]:
    """The most important ones that fit, in order."""
    by_worth = sorted(events, key=lambda event: (is_about_a_segment(event.body), -event.number))
    kept, size = [], 0
    for event in by_worth:
        size += len(_line(event))
        if size > largest_bytes:
            break
        kept.append(event)
    return sorted(kept, key=lambda event: event.number)


def _write_all(descriptor: int, content: bytes) -> None:
    view = memoryview(content)
    while view:
        view = view[os.write(descriptor, view) :]
