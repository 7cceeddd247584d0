"""Faults of a volume."""

import os
import shutil
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

from gstnvr.client.client import Client
from gstnvr.lab.commands import run
from gstnvr.lab.entries import Injection, Mend
from gstnvr.lab.faulty_volumes import (
    FILLER,
    FaultyVolume,
    FuseVolume,
    LabVolume,
    LoopVolume,
    allow_changes,
    fill,
    forbid_changes,
)
from gstnvr.lab.world import Site
from gstnvr.model.clock import SystemClock
from gstnvr.model.ids import StreamKind
from gstnvr.volume.identity import IDENTITY_FILE, create_identity

Kind = TypeVar("Kind", bound=LabVolume)


def volume_of(site: Site, kind: type[Kind]) -> Kind:
    """The volume, which must be of this kind."""
    volume = site.world.volume
    assert isinstance(volume, kind), f"takes a {kind.__name__}, not a {type(volume).__name__}"
    return volume


@dataclass(frozen=True, slots=True)
class FailInItsWay:
    """The volume fails in the way that it is made for."""

    def begin(self, site: Site) -> Mend:
        volume = site.world.volume
        assert isinstance(volume, FaultyVolume), f"{type(volume).__name__} does not fail by itself"
        volume.fail()
        return volume.mend


@dataclass(frozen=True, slots=True)
class FillUp:
    """Something else takes all the space."""

    def begin(self, site: Site) -> Mend:
        filler = site.world.volume.path / FILLER
        fill(filler)
        return filler.unlink


@dataclass(frozen=True, slots=True)
class OnTheSecond:
    """What else strikes the first volume strikes the second."""

    injection: Injection

    def begin(self, site: Site) -> Mend:
        second = site.world.second
        assert second is not None, "there is but one volume"
        return self.injection.begin(replace(site, world=replace(site.world, volume=second)))


@dataclass(frozen=True, slots=True)
class FillUntil:
    """Another program leaves no more than this."""

    left_bytes: int

    def begin(self, site: Site) -> Mend:
        volume = site.world.volume.path
        filler = volume / FILLER
        with filler.open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, shutil.disk_usage(volume).free - self.left_bytes)
        return filler.unlink


@dataclass(frozen=True, slots=True)
class FillUpWhatIsProtected:
    """All that was recorded is protected, then another program takes all the space."""

    def begin(self, site: Site) -> Mend:
        world = site.world
        now, day = datetime.now(UTC), timedelta(days=1)
        with Client(world.product.address) as client:
            client.protect(list(world.hosts), now - day, now + day, "a trial", StreamKind.MAIN)
        return FillUp().begin(site)


@dataclass(frozen=True, slots=True)
class LoseRemote:
    """Where copies go nobody listens any more, and does again."""

    def begin(self, site: Site) -> Mend:
        remote = site.world.remote
        assert remote is not None, "nothing is copied"
        remote.stop()
        return remote.start


@dataclass(frozen=True, slots=True)
class Unmount:
    """The volume is unmounted while files are open, and mounted again."""

    def begin(self, site: Site) -> Mend:
        volume = volume_of(site, LoopVolume)
        volume.unmount()
        return volume.mount_device


@dataclass(frozen=True, slots=True)
class LoseDevice:
    """The device goes away, and the volume is mounted anew."""

    def begin(self, site: Site) -> Mend:
        volume = volume_of(site, LoopVolume)
        volume.lose_device()
        return volume.mount_anew


@dataclass(frozen=True, slots=True)
class TurnReadOnly:
    """The kernel finds an error and takes no more writes, and the volume is mounted anew."""

    def begin(self, site: Site) -> Mend:
        volume = volume_of(site, LoopVolume)
        volume.find_error()
        return volume.mount_anew


@dataclass(frozen=True, slots=True)
class ForbidChanges:
    """Nothing may be changed or added, in the whole volume or below the camera's folder."""

    only_camera: bool = False

    def begin(self, site: Site) -> Mend:
        path = site.world.volume.path / (site.camera if self.only_camera else ".")
        forbid_changes(path)
        return lambda: allow_changes(path)


@dataclass(frozen=True, slots=True)
class ForbidNewestFile:
    """The file that grows, and it alone, may not be changed any more."""

    def begin(self, site: Site) -> Mend:
        folder = site.world.volume.path / site.camera
        newest = max(folder.rglob("*.mp4"), key=lambda path: path.stat().st_mtime_ns)
        run("chattr", "+i", newest)
        return lambda: allow_changes(newest)


@dataclass(frozen=True, slots=True)
class Misbehave:
    """A file system in user space does what it is told, see ``fuse_faults``, and behaves again."""

    order: str

    def begin(self, site: Site) -> Mend:
        volume = volume_of(site, FuseVolume)
        volume.give(self.order)
        return lambda: volume.give("")


@dataclass(frozen=True, slots=True)
class LoseIdentity:
    """The identity file is gone, and comes back."""

    def begin(self, site: Site) -> Mend:
        file = site.world.volume.path / IDENTITY_FILE
        kept = file.read_bytes()
        file.unlink()
        return lambda: put_back(file, kept)


@dataclass(frozen=True, slots=True)
class OtherVolume:
    """Another volume, with an identity of its own, is mounted over it and taken away again."""

    def begin(self, site: Site) -> Mend:
        path = site.world.volume.path
        run("mount", "-t", "tmpfs", "gstnvr-lab", path)
        create_identity(path, SystemClock())
        return lambda: unmount(path)


def unmount(path: Path) -> None:
    """Even if files are open there."""
    run("umount", "-l", path)


def put_back(file: Path, content: bytes) -> None:
    """Make a file whole at once."""
    unfinished = file.with_suffix(".new")
    unfinished.write_bytes(content)
    unfinished.rename(file)
