"""Log files of all processes read as one, the newest lines first."""

import heapq
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from gstnvr.logs.file import OLDER
from gstnvr.logs.redaction import redact
from gstnvr.model.clock import NS_PER_MS, UtcNs, format_utc, parse_utc

_BLOCK = 64 * 1024
_LONGEST_LINE = 1024 * 1024
_LINE = re.compile(r"(\d{4}-\d\d-\d\dT[\d:.]{12}Z) ([A-Z]+) (\S+) ([^\s:]+)(?: ([^\s:]+))?: (.*)", re.DOTALL)
_TIME_LENGTH = 24
LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")


@dataclass(frozen=True, slots=True)
class LogLine:
    """One line, secrets masked."""

    at: UtcNs
    level: str
    process: str
    source: str
    """Part of the program."""
    camera: str | None
    """``front_door/main``, or the camera alone."""
    message: str


@dataclass(frozen=True, slots=True)
class LogWish:
    """Which lines are wanted; what is None does not matter."""

    text: str | None = None
    """Somewhere in the line, in whatever case."""
    least_level: str | None = None
    process: str | None = None
    camera: str | None = None
    start: UtcNs | None = None
    end: UtcNs | None = None

    def includes(self, line: LogLine) -> bool:
        return (
            (self.least_level is None or LEVELS.index(line.level) >= LEVELS.index(self.least_level))
            and (self.process is None or line.process == self.process)
            and (self.camera is None or (line.camera or "").partition("/")[0] == self.camera)
            and (self.text is None or self.text.casefold() in f"{line.source}: {line.message}".casefold())
        )


@dataclass(frozen=True, slots=True)
class ProcessLog:
    """What a process, or the one before it of the same name, has logged."""

    process: str
    size: int
    """Bytes, those of the older half included."""


Place = tuple[int, int]
"""Millisecond of a line, and how many lines of that are newer."""


def search(folder: Path, wish: LogWish, limit: int, after: Place | None = None) -> list[tuple[Place, LogLine]]:
    """Lines with their places, the newest first.

    Args:
        after: place of the last line of the page before.

    Raises:
        OSError: a file cannot be read.
    """
    latest = None if wish.end is None else format_utc(wish.end)
    earliest = None if wish.start is None else format_utc(wish.start)
    found: list[tuple[Place, LogLine]] = []
    for place, text in _placed(folder, after):
        time = text[:_TIME_LENGTH]
        if latest is not None and time >= latest:
            continue
        if earliest is not None and time < earliest:
            break
        line = _parsed(text)
        if line is not None and wish.includes(line):
            found.append((place, line))
            if len(found) == limit:
                break
    return found


def processes(folder: Path) -> list[ProcessLog]:
    """Those that have a log file, by name.

    Raises:
        OSError: a file cannot be asked.
    """
    return [
        ProcessLog(newer.stem, sum(path.stat().st_size for path in _halves(newer) if path.is_file()))
        for newer in sorted(folder.glob("*.log"))
    ]


def _halves(newer: Path) -> tuple[Path, Path]:
    return newer, newer.with_name(newer.name + OLDER)


def _placed(folder: Path, after: Place | None) -> Iterator[tuple[Place, str]]:
    """Lines of all processes behind a place, by time."""
    first = None if after is None else format_utc(UtcNs(after[0] * NS_PER_MS))
    by_process = [_of_process(path) for path in sorted(folder.glob("*.log"))]
    moment, count, milliseconds = "", 0, 0
    for text in heapq.merge(*by_process, key=_time, reverse=True):
        time = _time(text)
        if first is not None and time > first:
            continue
        if time != moment:
            moment, count, milliseconds = time, 0, parse_utc(time) // NS_PER_MS
        place = milliseconds, count
        count += 1
        if after is None or time != first or place[1] > after[1]:
            yield place, text


def _time(text: str) -> str:
    return text[:_TIME_LENGTH]


def _of_process(newer: Path) -> Iterator[str]:
    """Lines of a process that begin with a time, the newest first."""
    for path in _halves(newer):
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            continue
        try:
            for line in _backwards(descriptor):
                text = line.decode("utf-8", "replace")
                if _LINE.match(text):
                    yield text
        finally:
            os.close(descriptor)


def _backwards(descriptor: int) -> Iterator[bytes]:
    end = os.fstat(descriptor).st_size
    rest = b""
    while end > 0:
        start = max(0, end - _BLOCK)
        lines = (os.pread(descriptor, end - start, start) + rest).split(b"\n")
        rest, end = lines[0][:_LONGEST_LINE], start
        yield from (line for line in reversed(lines[1:]) if line)
    if rest:
        yield rest


def _parsed(text: str) -> LogLine | None:
    match = _LINE.fullmatch(text)
    if match is None or match[2] not in LEVELS:
        return None
    return LogLine(parse_utc(match[1]), match[2], match[3], match[4], match[5], redact(match[6]))
