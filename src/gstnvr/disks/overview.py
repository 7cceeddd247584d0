"""Disks and arrays as they are known now, for whoever wants to see them."""

from dataclasses import dataclass

from gstnvr.disks.judgement import Problem
from gstnvr.disks.mdstat import MdArray
from gstnvr.disks.smart import SmartReport
from gstnvr.model.clock import UtcNs


@dataclass(frozen=True, slots=True)
class DiskView:
    """One disk."""

    name: str
    """``sda``."""
    folders: tuple[str, ...]
    """Volumes and data folder that lie on it."""
    report: SmartReport | None = None
    """Its last answer, whatever it was; None: it was not asked yet."""
    known: SmartReport | None = None
    """The last answer with figures."""
    known_at: UtcNs | None = None
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class ArrayView:
    """One array."""

    array: MdArray
    folders: tuple[str, ...]
    """Volumes and data folder that lie on it."""
    problem: Problem | None = None


@dataclass(frozen=True, slots=True)
class DisksOverview:
    """All that is watched."""

    disks: tuple[DiskView, ...] = ()
    arrays: tuple[ArrayView, ...] = ()
    unwatched: str | None = None
    """Why disks are not asked."""
