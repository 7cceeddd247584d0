"""Finds out which volume is at a configured path, and makes a new one only where nothing can go wrong."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from gstnvr.model.clock import Clock
from gstnvr.model.records import Volume
from gstnvr.volume.identity import (
    IDENTITY_FILE,
    IdentityDamagedError,
    IdentityMissingError,
    create_identity,
    read_identity,
)

IDENTIFY_TIMEOUT_S = 5.0
_ADVICE = (
    "mount the disk that belongs there;"
    " if it was replaced for good, give the new one another path in storage.volumes"
)


@dataclass(frozen=True, slots=True)
class Known:
    """What the index says of a path."""

    uuid: str
    has_segments: bool


@dataclass(frozen=True, slots=True)
class Identification:
    """Which volume recorders are to expect at a path."""

    uuid: str | None
    """None: not known yet; nothing may be written there."""
    problem: str | None = None
    """Why nothing can be written there now, and what to do; None if all is well."""


def known_volume(volumes: list[Volume], with_segments: frozenset[str], path: Path) -> Known | None:
    """The volume that the index has at this path; one with segments rather than one without."""
    here = [volume.uuid for volume in volumes if volume.path == str(path)]
    here.sort(key=lambda uuid: uuid not in with_segments)
    return Known(here[0], here[0] in with_segments) if here else None


def identify(path: Path, known: Known | None, clock: Clock) -> Identification:
    """Look at the path; blocks, for ever if the disk hangs.

    A directory becomes a new volume only if the index knows of no segments there. Otherwise the disk that holds
    them is merely not mounted, and what would be written into the mount point would hide beneath it later.
    """
    has_segments = known is not None and known.has_segments
    expected = known.uuid if known is not None and has_segments else None
    try:
        found = read_identity(path).uuid
    except IdentityMissingError:
        if expected is not None:
            problem = f"volume {path} is not mounted: it has no file {IDENTITY_FILE}; {_ADVICE}"
            return Identification(expected, problem)
        return _make(path, clock)
    except IdentityDamagedError as error:
        return Identification(expected, f"{error}; restore it from a copy, or check the disk")
    except OSError as error:
        return Identification(
            expected, f"volume {path} cannot be read: {error.strerror}; check disk and permissions"
        )
    if expected not in (None, found):
        problem = f"another volume is mounted at {path}: {found} instead of {expected}; {_ADVICE}"
        return Identification(expected, problem)
    return Identification(found)


def without_doubles(found: Mapping[Path, Identification]) -> dict[Path, Identification]:
    """The same, but of several paths with one identity only the first is used."""
    first: dict[str, Path] = {}
    once = {}
    for path, one in found.items():
        if one.uuid is not None and one.uuid in first:
            problem = (
                f"volume {path} has the identity of {first[one.uuid]}: it is the same directory, or a copy of it;"
                f" take one of them out of storage.volumes, or delete {IDENTITY_FILE} in the copy"
            )
            once[path] = Identification(None, problem)
            continue
        if one.uuid is not None:
            first[one.uuid] = path
        once[path] = one
    return once


def _make(path: Path, clock: Clock) -> Identification:
    if not path.is_dir():
        return Identification(None, f"there is no directory {path}; make it, or mount the disk that it is on")
    try:
        return Identification(create_identity(path, clock).uuid)
    except OSError as error:
        return Identification(None, f"cannot write to volume {path}: {error.strerror}; check disk and permissions")
