"""Faults of one of several volumes, and of room that others take."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from gstnvr.lab.catalogue.callings import NO_SPACE, PROTECTED, storage
from gstnvr.lab.catalogue.volume_outages import FUSE, OUTAGE_S, ROOT, SLOWEST_LOOK_S, fuse_volume
from gstnvr.lab.entries import Calling, Expected, Family, FaultEntry, Group, Injection, Need, Reach, Setting
from gstnvr.lab.faulty_volumes import LabVolume, LoopVolume, PlainVolume
from gstnvr.lab.injections.storage import (
    FillUntil,
    FillUpWhatIsProtected,
    LoseDevice,
    LoseRemote,
    Misbehave,
    OnTheSecond,
    OtherVolume,
    Unmount,
)
from gstnvr.model.choices import VolumePolicy
from gstnvr.model.faults import Reason

_MISSING = storage(Reason.VOLUME_MISSING)
_LOST = storage(Reason.IO_ERROR, Reason.VOLUME_MISSING)
_MIRROR = {"storage": {"policy": VolumePolicy.MIRROR.value}}


def _one_of_two(
    name: str,
    how: str,
    injection: Injection,
    called: frozenset[Calling],
    *,
    volume: Callable[[Path], LabVolume] = LoopVolume,
    second: Callable[[Path], LabVolume] = LoopVolume,
    needs: frozenset[Need] = ROOT,
    sections: Mapping[str, dict[str, Any]] | None = None,
) -> FaultEntry:
    """The other volume takes over, or goes on; nothing is lost."""
    return FaultEntry(
        name=name,
        group=Group.STORAGE,
        how=f"{how} for 10 s",
        injection=injection,
        expected=Expected(called, noticed_s=SLOWEST_LOOK_S, back_s=1.0),
        lasts_s=OUTAGE_S,
        needs=needs,
        reach=Reach.PROGRAM,
        families=frozenset({Family.STORAGE_BACK}),
        setting=Setting(volume=volume, second=second, sections=sections or {}),
    )


_OF_TWO = (
    _one_of_two(
        "one-of-two-unmounted", "umount -l of the one of two volumes that is recorded to", Unmount(), _MISSING
    ),
    _one_of_two(
        "one-of-two-lost", "device gone of the one of two volumes that is recorded to", LoseDevice(), _LOST
    ),
    _one_of_two(
        "one-of-two-hangs",
        "every call hangs on the one of two volumes that is recorded to (FUSE)",
        Misbehave("all hang"),
        storage(Reason.WRITE_STALLED),
        volume=fuse_volume,
        needs=FUSE,
    ),
    _one_of_two(
        "one-of-two-wrong",
        "another disk mounted in place of the one of two volumes that is recorded to",
        OtherVolume(),
        storage(Reason.WRONG_VOLUME),
        volume=PlainVolume,
    ),
    _one_of_two(
        "mirror-first-lost",
        "device gone of the first of two mirrored volumes",
        LoseDevice(),
        _LOST,
        sections=_MIRROR,
    ),
    _one_of_two(
        "mirror-second-lost",
        "device gone of the second of two mirrored volumes",
        OnTheSecond(LoseDevice()),
        _LOST,
        sections=_MIRROR,
    ),
)

ENTRIES = (
    *_OF_TWO,
    FaultEntry(
        name="cold-tier-gone",
        group=Group.STORAGE,
        how="umount -l of the cold volume for 10 s, where nothing is recorded; told if it lasts for 10 minutes",
        injection=OnTheSecond(Unmount()),
        expected=Expected(),
        lasts_s=OUTAGE_S,
        needs=ROOT,
        reach=Reach.PROGRAM,
        setting=Setting(volume=PlainVolume, second=LoopVolume, second_settings={"tier": "cold"}),
    ),
    FaultEntry(
        name="remote-gone",
        group=Group.STORAGE,
        how="SFTP server that takes copies gone for 30 s, segments of 2 s",
        injection=LoseRemote(),
        expected=Expected(storage(Reason.UNREACHABLE), noticed_s=30.0, lasting=True),
        lasts_s=30.0,
        needs=frozenset({Need.SFTP}),
        reach=Reach.PROGRAM,
        setting=Setting(sections={"recording": {"segment_s": 2}}, copied=True),
    ),
    FaultEntry(
        name="filled-by-others",
        group=Group.STORAGE,
        how="another program leaves 6.5 MB on ext4 for 10 s, floor 6 MB: the oldest goes, recording goes on",
        injection=FillUntil(6_500_000),
        expected=Expected(NO_SPACE, noticed_s=10.0, lasting=True),
        lasts_s=OUTAGE_S,
        needs=ROOT,
        reach=Reach.PROGRAM,
        setting=Setting(
            source="pattern:180p25:4000k",
            volume=LoopVolume,
            sections={
                "recording": {"segment_s": 2},
                "storage": {"check_interval_s": 0.5, "retention": {"floor": "6 MB", "resume": "7 MB"}},
            },
        ),
    ),
    FaultEntry(
        name="only-protected-left",
        group=Group.STORAGE,
        how="all recordings protected, then ext4 full for 10 s, segments of 4 s",
        injection=FillUpWhatIsProtected(),
        expected=Expected(NO_SPACE | PROTECTED, noticed_s=SLOWEST_LOOK_S, back_s=5.0, every=True),
        lasts_s=OUTAGE_S,
        needs=ROOT,
        reach=Reach.PROGRAM,
        setting=Setting(
            volume=LoopVolume, sections={"recording": {"segment_s": 4}, "storage": {"check_interval_s": 0.5}}
        ),
    ),
)
