"""Faults of the volume."""

from collections.abc import Callable
from pathlib import Path

from gstnvr.lab.catalogue.callings import NO_SPACE, PROTECTED, storage
from gstnvr.lab.catalogue.volume_outages import FUSE, OUTAGE_S, ROOT, SLOWEST_LOOK_S, fuse_volume
from gstnvr.lab.entries import Calling, Expected, Family, FaultEntry, Group, Injection, Loss, Need, Reach, Setting
from gstnvr.lab.faulty_volumes import (
    DeletedVolume,
    LabVolume,
    LoopVolume,
    PlainVolume,
    TemporaryVolume,
)
from gstnvr.lab.injections.storage import (
    FailInItsWay,
    FillUp,
    ForbidChanges,
    ForbidNewestFile,
    LoseDevice,
    LoseIdentity,
    Misbehave,
    OtherVolume,
    TurnReadOnly,
    Unmount,
)
from gstnvr.model.faults import Reason


def _bridged(
    name: str,
    how: str,
    injection: Injection,
    called: frozenset[Calling],
    *,
    volume: Callable[[Path], LabVolume] = LoopVolume,
    needs: frozenset[Need] = ROOT,
    back_s: float = 1.0,
    clean: bool = True,
) -> FaultEntry:
    """For 10 s nothing can be written, and nothing is lost."""
    return FaultEntry(
        name=name,
        group=Group.STORAGE,
        how=f"{how} for 10 s",
        injection=injection,
        expected=Expected(called, noticed_s=SLOWEST_LOOK_S, back_s=back_s, clean=clean),
        lasts_s=OUTAGE_S,
        needs=needs,
        reach=Reach.PROGRAM,
        families=frozenset({Family.STORAGE_BACK}),
        setting=Setting(volume=volume),
    )


def _fuse_error(name: str, how: str, order: str, called: frozenset[Calling]) -> FaultEntry:
    return _bridged(name, f"{how} (FUSE)", Misbehave(order), called, volume=fuse_volume, needs=FUSE)


_MISSING, _IO = storage(Reason.VOLUME_MISSING), storage(Reason.IO_ERROR)
_WRONG, _NAMELESS = storage(Reason.WRONG_VOLUME), storage(Reason.IDENTITY_LOST)
_PERMISSION, _READ_ONLY = storage(Reason.PERMISSION), storage(Reason.READ_ONLY)

_BRIDGED = (
    _bridged("no-space", "ext4 full", FillUp(), NO_SPACE | PROTECTED),
    _bridged("no-space-tmpfs", "tmpfs full", FillUp(), NO_SPACE | PROTECTED, volume=TemporaryVolume),
    _bridged("unmounted", "umount -l while files are open", Unmount(), _MISSING),
    _bridged("device-lost", "device gone: every operation gives EIO", LoseDevice(), _IO | _MISSING),
    _bridged("read-only", "ext4 found an error and is read-only", TurnReadOnly(), _READ_ONLY),
    _bridged("immutable", "chattr -R +i on the volume: nothing may be changed", ForbidChanges(), _PERMISSION),
    _bridged(
        "deleted",
        "directory deleted with all recordings, an empty one with the same identity",
        FailInItsWay(),
        _MISSING,
        volume=DeletedVolume,
        clean=False,
    ),
    _bridged(
        "identity-lost", "identity file deleted", LoseIdentity(), _NAMELESS, volume=PlainVolume, needs=frozenset()
    ),
    _bridged("other-volume", "another volume mounted over it", OtherVolume(), _WRONG, volume=PlainVolume),
    _fuse_error("io-error", "writing gives EIO", "write EIO\nopen EIO\nfsync EIO", _IO),
    _fuse_error("io-error-sync", "only fsync gives EIO", "fsync EIO", _IO),
    _fuse_error("quota", "writing gives EDQUOT, as over quota", "write EDQUOT\nopen EDQUOT", NO_SPACE | _IO),
    _fuse_error("read-only-fuse", "writing gives EROFS", "write EROFS\nopen EROFS", _READ_ONLY),
    _fuse_error("hang", "every call hangs", "all hang", storage(Reason.WRITE_STALLED)),
)


def _of_one_camera(name: str, how: str, injection: Injection) -> FaultEntry:
    """The volume is well; only one camera suffers."""
    return FaultEntry(
        name=name,
        group=Group.STORAGE,
        how=f"{how} for 10 s",
        injection=injection,
        expected=Expected(_PERMISSION, noticed_s=SLOWEST_LOOK_S, back_s=2.0),
        lasts_s=OUTAGE_S,
        needs=ROOT,
        setting=Setting(volume=LoopVolume),
    )


ENTRIES = (
    *_BRIDGED,
    _of_one_camera("one-folder", "chattr -R +i on one camera's folder", ForbidChanges(only_camera=True)),
    _of_one_camera("one-file", "chattr +i on the file that grows", ForbidNewestFile()),
    FaultEntry(
        name="hang-sync",
        group=Group.STORAGE,
        how="only fsync hangs, for 15 s (FUSE); it is given 8 s",
        injection=Misbehave("fsync hang"),
        expected=Expected(storage(Reason.WRITE_STALLED), noticed_s=12.0, back_s=1.0),
        lasts_s=15.0,
        needs=FUSE,
        reach=Reach.PROGRAM,
        families=frozenset({Family.STORAGE_BACK}),
        setting=Setting(volume=fuse_volume),
    ),
    FaultEntry(
        name="no-space-60s",
        group=Group.STORAGE,
        how="ext4 full for 60 s, longer than memory bridges (ring 10 s, outage buffer 30 s): the oldest goes",
        injection=FillUp(),
        # One of the volume, and one that says what making room has cost.
        expected=Expected(
            NO_SPACE | PROTECTED,
            noticed_s=SLOWEST_LOOK_S,
            back_s=2.0,
            loss=Loss.OUTAGE,
            times=2,
            lasting=True,
        ),
        lasts_s=60.0,
        needs=ROOT,
        reach=Reach.PROGRAM,
        setting=Setting(volume=LoopVolume),
    ),
)
