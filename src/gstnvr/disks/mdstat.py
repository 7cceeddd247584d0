"""What the kernel says of its software RAID in ``/proc/mdstat``."""

import re
from dataclasses import dataclass, replace
from enum import StrEnum

_ARRAY = re.compile(r"^(md\S*) : (active|inactive|broken)((?: \([a-z-]+\))*)(?: (.*))?$")
_MEMBER = re.compile(r"^([^\s\[]+)\[(\d+)\]((?:\([A-Z]\))*)$")
_COUNTS = re.compile(r"\[(\d+)/(\d+)\] \[([U_]+)\]")
_PROGRESS = re.compile(r"(recovery|resync|reshape|check|repair)\s*=\s*([\d.]+)%(?:.*?finish=([\d.]+)min)?")
_WAITING = re.compile(r"(recovery|resync|reshape|check|repair)\s*=\s*(PENDING|DELAYED|REMOTE)")
_EXTERNAL = re.compile(r"\bsuper external:")


class SyncAction(StrEnum):
    """What an array does besides serving its users."""

    RECOVERY = "recovery"
    """A member that was missing is filled."""
    RESYNC = "resync"
    """Members are made the same, e.g. after a power cut."""
    RESHAPE = "reshape"
    CHECK = "check"
    REPAIR = "repair"


@dataclass(frozen=True, slots=True)
class Sync:
    """How far an array is with it."""

    action: SyncAction
    percent: float | None
    """None: it waits."""
    finish_s: float | None = None
    """Seconds until its end, as the kernel guesses."""


@dataclass(frozen=True, slots=True)
class Member:
    """A device in an array."""

    device: str
    failed: bool = False
    spare: bool = False


@dataclass(frozen=True, slots=True)
class MdArray:
    """One array."""

    name: str
    level: str | None
    """``raid1``; None while it is inactive."""
    active: bool
    read_only: bool = False
    broken: bool = False
    external: bool = False
    """It belongs to the firmware's RAID; a container of that kind is always inactive, and well."""
    members: tuple[Member, ...] = ()
    wanted: int | None = None
    """Members that it should have; None where it bears the loss of none."""
    working: int | None = None
    sync: Sync | None = None

    @property
    def failed(self) -> tuple[str, ...]:
        """Devices that the kernel has thrown out and that are there still."""
        return tuple(member.device for member in self.members if member.failed)

    @property
    def missing(self) -> int:
        """How many members do not work."""
        return 0 if self.wanted is None or self.working is None else max(0, self.wanted - self.working)


def parse_mdstat(text: str) -> list[MdArray]:
    """All arrays, in the order of the file; what is not understood is passed over."""
    arrays: list[MdArray] = []
    for line in text.splitlines():
        head = _ARRAY.match(line)
        if head is not None:
            arrays.append(_array(*head.groups()))
        elif arrays and line.startswith((" ", "\t")):
            arrays[-1] = _with_line(arrays[-1], line)
    return arrays


def _array(name: str, state: str, marks: str, rest: str | None) -> MdArray:
    words = (rest or "").split()
    members = tuple(found for word in words if (found := _member(word)) is not None)
    level = next((word for word in words if _MEMBER.match(word) is None and not word.startswith("(")), None)
    return MdArray(
        name=name,
        level=level,
        active=state == "active",
        read_only="read-only" in marks or "(read-only)" in words,
        broken=state == "broken" or "(broken)" in f"{marks} {rest}",
        members=members,
    )


def _member(word: str) -> Member | None:
    match = _MEMBER.match(word)
    return None if match is None else Member(match[1], failed="(F)" in match[3], spare="(S)" in match[3])


def _with_line(array: MdArray, line: str) -> MdArray:
    counts, progress, waiting = _COUNTS.search(line), _PROGRESS.search(line), _WAITING.search(line)
    if _EXTERNAL.search(line):
        array = replace(array, external=True)
    if counts is not None:
        array = replace(array, wanted=int(counts[1]), working=int(counts[2]))
    if progress is not None:
        finish_s = None if progress[3] is None else float(progress[3]) * 60
        array = replace(array, sync=Sync(SyncAction(progress[1]), float(progress[2]), finish_s))
    elif waiting is not None:
        array = replace(array, sync=Sync(SyncAction(waiting[1]), None))
    return array
