"""Two volumes of an engine, either of which may be pulled out, and what is to be on them afterwards."""

import itertools
from pathlib import Path

import pytest

from gstnvr.container.facts import TrackKind
from gstnvr.model.faults import GapCause
from tests.rig.engine_rig import EngineRig

ORDINARY = {GapCause.CONNECTING, GapCause.SHUTDOWN}
"""Gaps of every recording."""


@pytest.fixture
def places(tmp_path: Path) -> list[Path]:
    """Two volumes to be."""
    roots = [tmp_path / "first", tmp_path / "second"]
    for root in roots:
        root.mkdir()
    return roots


def pull_out(root: Path) -> None:
    """What an unmounted disk looks like, but for the files that are open."""
    root.rename(root.with_name(f"{root.name} pulled out"))
    root.mkdir()


def put_back(root: Path) -> None:
    """The disk that was pulled out."""
    root.rmdir()
    root.with_name(f"{root.name} pulled out").rename(root)


async def lose_both_for_a_while(rig: EngineRig, places: list[Path], order: tuple[int, int]) -> None:
    """One after the other is pulled out, and put back in this order; then it is recorded for a while."""
    await rig.until_closed(2)
    for root in places:
        pull_out(root)
        await rig.pause(3)
    await rig.until(lambda: all(one.fault is not None for one in rig.engine.volumes()), "both faults")
    await rig.pause(3)
    assert not rig.is_recording()
    for number in order:
        put_back(places[number])
        await rig.until(rig.is_recording, "the recording again")
        await rig.pause(2)
    await rig.until_closed(len(rig.closed()) + 2)


def check_all_there(rig: EngineRig, name: str = "door") -> None:
    """Nothing is missing, nothing is doubled, of pictures and of sound, and the ledger has no gap."""
    rig.check_closed_files(name)
    rig.check_nothing_missing(name)
    audio = rig.numbers(name, TrackKind.AUDIO)
    assert audio == list(range(audio[0], audio[0] + len(audio))) if audio else True
    assert all(one.end == after.start for one, after in itertools.pairwise(rig.closed(name)))
    assert {gap.cause for gap in rig.gaps(name)} <= ORDINARY


def files_of(rig: EngineRig, name: str = "door") -> set[Path]:
    """All segment files of a camera on all volumes."""
    return {file for spec in rig.volumes for file in rig.files(name, Path(spec.path))}
