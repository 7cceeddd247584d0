"""What is mounted where, as the kernel tells it; proc_pid_mountinfo(5)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath

MOUNTINFO = Path("/proc/self/mountinfo")

_ESCAPED = re.compile(r"\\([0-7]{3})")


@dataclass(frozen=True, slots=True)
class Mount:
    """Something that is mounted somewhere."""

    place: str
    device: str
    """Its source, such as ``/dev/sda1``."""
    kind: str
    """Such as ``ext4``."""
    numbers: str = "0:0"
    """``major:minor``; major is 0 where there is no block device, or several."""
    root: str = "/"
    """What of the file system is seen there."""
    writable: bool = True
    """The file system as such; a service may be kept from writing to this place all the same."""


def mountinfo() -> str:
    """What the kernel tells of this process's mounts; names that are no text have signs for what cannot be read.

    Raises:
        OSError: it does not tell.
    """
    return MOUNTINFO.read_text(errors="replace")


def mounts_in(text: str) -> list[Mount]:
    """All that is mounted, in order, by what ``mountinfo`` gives."""
    found = []
    for line in text.splitlines():
        before, _, after = line.partition(" - ")
        fields, kind = before.split(" "), after.split(" ")
        if len(fields) >= 6 and len(kind) >= 3:
            numbers, root = fields[2], _unescaped(fields[3])
            writable = "rw" in kind[2].split(",")
            found.append(Mount(place_in(line), _unescaped(kind[1]), kind[0], numbers, root, writable))
    return found


def place_in(line: str) -> str:
    """Where it is mounted of which this line tells."""
    return _unescaped(line.split(" ")[4])


def holder_of(path: str, mounts: Sequence[Mount]) -> Mount | None:
    """What a path lies on: the mount that is deepest, and of several at one place the last."""
    above = [mount for mount in mounts if PurePath(path).is_relative_to(mount.place)]
    return max(reversed(above), key=lambda mount: len(mount.place), default=None)


def _unescaped(field: str) -> str:
    return _ESCAPED.sub(lambda octal: chr(int(octal[1], 8)), field)
