"""Answers of the API about disks as a client sees them."""

from dataclasses import dataclass
from datetime import datetime

from gstnvr.model.faults import Reason, Severity


@dataclass(frozen=True, slots=True)
class DiskProblem:
    """What is wrong with a disk or an array, or will be."""

    reason: Reason
    severity: Severity
    message: str


@dataclass(frozen=True, slots=True)
class Disk:
    """A disk beneath a volume or the data folder."""

    name: str
    folders: tuple[str, ...]
    state: str | None
    detail: str
    read_at: datetime | None
    model: str | None
    serial: str | None
    passed: bool | None
    temperature_c: int | None
    power_on_hours: int | None
    reallocated: int | None
    pending: int | None
    uncorrectable: int | None
    media_errors: int | None
    wear_percent: int | None
    problems: tuple[DiskProblem, ...]


@dataclass(frozen=True, slots=True)
class Array:
    """Software RAID."""

    name: str
    level: str | None
    folders: tuple[str, ...]
    members: tuple[str, ...]
    failed: tuple[str, ...]
    wanted: int | None
    working: int | None
    action: str | None
    percent: float | None
    finish_s: float | None
    problem: DiskProblem | None


@dataclass(frozen=True, slots=True)
class Disks:
    """All that is watched."""

    unwatched: str | None
    disks: tuple[Disk, ...]
    arrays: tuple[Array, ...]
