"""What faults of volumes have in common."""

from pathlib import Path

from gstnvr.lab.entries import Need
from gstnvr.lab.faulty_volumes import FuseVolume

OUTAGE_S = 10.0
ROOT = frozenset({Need.ROOT})
FUSE = frozenset({Need.ROOT, Need.FUSE})
SLOWEST_LOOK_S = 5.0
"""A write that hangs is one after 4 s."""


def fuse_volume(place: Path) -> FuseVolume:
    """One that is well until it is told otherwise."""
    return FuseVolume(place, "")
