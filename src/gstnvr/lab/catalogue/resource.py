"""Too little of something."""

import resource
from pathlib import Path

from gstnvr.lab.catalogue.callings import DIED, HUNG, NO_SPACE, storage
from gstnvr.lab.entries import Expected, Family, FaultEntry, Group, Loss, Need, Reach, Setting
from gstnvr.lab.faulty_volumes import FuseVolume, LoopVolume
from gstnvr.lab.injections.resources import LimitRecorder, StarveRecorder, UseUpInodes
from gstnvr.lab.injections.storage import Misbehave
from gstnvr.model.faults import Fault, Reason

_SHORT_SEGMENTS = {"recording": {"segment_s": 4}}
_NO_FILES = frozenset({(Fault.RECORDING_BRANCH, Reason.UNKNOWN)})
"""Its message says what to do; there is no reason of its own for it."""
_HUNG_S = 14.0
"""Until the next segment is begun, and then without a report for 8 s."""


def _few_inodes(place: Path) -> LoopVolume:
    return LoopVolume(place, inodes=128)


def _fuse(place: Path) -> FuseVolume:
    return FuseVolume(place, "")


ENTRIES = (
    FaultEntry(
        name="no-inodes",
        group=Group.RESOURCE,
        how="no inode left on ext4 for 10 s, segments of 4 s",
        injection=UseUpInodes(),
        expected=Expected(NO_SPACE, noticed_s=6.0, back_s=1.0),
        lasts_s=10.0,
        needs=frozenset({Need.ROOT}),
        reach=Reach.PROGRAM,
        families=frozenset({Family.STORAGE_BACK}),
        setting=Setting(volume=_few_inodes, sections=_SHORT_SEGMENTS),
    ),
    FaultEntry(
        name="slow-disk",
        group=Group.RESOURCE,
        how="every write of 4 KB takes 0.05 s for 12 s (FUSE)",
        injection=Misbehave("write slow 0.05"),
        expected=Expected(),
        lasts_s=12.0,
        needs=frozenset({Need.ROOT, Need.FUSE}),
        reach=Reach.PROGRAM,
        setting=Setting(volume=_fuse),
    ),
    FaultEntry(
        name="disk-too-slow",
        group=Group.RESOURCE,
        how="every write of 4 KB takes 0.3 s for 15 s, less than the cameras send (FUSE)",
        injection=Misbehave("write slow 0.3"),
        expected=Expected(storage(Reason.WRITE_STALLED), noticed_s=15.0, back_s=2.0),
        lasts_s=15.0,
        needs=frozenset({Need.ROOT, Need.FUSE}),
        reach=Reach.PROGRAM,
        setting=Setting(volume=_fuse),
    ),
    FaultEntry(
        name="cpu-starved",
        group=Group.RESOURCE,
        how="recorder on one processor with the lowest priority, next to two busy processes, for 10 s",
        injection=StarveRecorder(),
        expected=Expected(),
        lasts_s=10.0,
        reach=Reach.PROGRAM,
    ),
    FaultEntry(
        name="no-file-descriptors",
        group=Group.RESOURCE,
        how="recorder may open no more files for 10 s, segments of 4 s",
        injection=LimitRecorder(resource.RLIMIT_NOFILE, 0),
        expected=Expected(_NO_FILES, noticed_s=6.0, back_s=2.0),
        lasts_s=10.0,
        reach=Reach.PROGRAM,
        setting=Setting(sections=_SHORT_SEGMENTS),
    ),
    FaultEntry(
        name="no-memory",
        group=Group.RESOURCE,
        how="recorder gets no more address space for 10 s, segments of 4 s",
        injection=LimitRecorder(resource.RLIMIT_AS, 0),
        expected=Expected(HUNG | DIED, noticed_s=_HUNG_S, back_s=2.0, loss=Loss.OUTAGE),
        lasts_s=10.0,
        reach=Reach.PROGRAM,
        setting=Setting(sections=_SHORT_SEGMENTS),
    ),
)
