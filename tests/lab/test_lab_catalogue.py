"""The catalogue of faults is whole and well-formed."""

import re
from collections import Counter
from pathlib import Path

import pytest

from gstnvr.lab.catalogue import CATALOGUE
from gstnvr.lab.entries import Family, FaultEntry, Group, Loss, Need, Reach
from gstnvr.lab.faulty_volumes import FuseVolume, LoopVolume, TemporaryVolume
from gstnvr.lab.injections.database import StopPostgresql
from gstnvr.lab.injections.network import Drop, ForgetName, PullCable, Reject, Throttle
from gstnvr.lab.injections.storage import LoseRemote
from gstnvr.lab.judge import GOP_S
from gstnvr.model.faults import Fault, Reason

NOT_PROVOKED = {
    Reason.NOT_HTTP: "the incident has been named by what RTSP said before",
    Reason.FRAMES_DROPPED: "no element of a recorder drops frames, however busy the machine is",
    Reason.SLOW_DISK: "it takes a disk that is slower than the two cameras of a trial",
    Reason.MISSING_ELEMENT: "the supervisor does not start without them",
    Reason.KEPT_TOO_SHORT: "it is foreseen days ahead, or told when a volume is full",
    Reason.COPIES_BEHIND: "it takes a day",
    Reason.NOT_COPIED: "a trial has no other place; tests of copies have",
    **dict.fromkeys(
        (Reason.DISK_FAILING, Reason.DISK_DEFECTS, Reason.DISK_WORN, Reason.DISK_HOT, Reason.RAID_DEGRADED),
        "the lab's disks are files; tests of disks read what real programs answer",
    ),
}
"""Why no entry provokes it."""
FAULTS_NOT_PROVOKED = {
    Fault.VIDEO_SINK: "nothing decodes yet",
    Fault.STREAMING_BRANCH: "there is no live view yet",
}


def test_there_are_enough() -> None:
    assert len(CATALOGUE) >= 60
    assert {entry.group for entry in CATALOGUE} == set(Group)


def test_names_are_unique_and_fit_a_command_line() -> None:
    assert [name for name, count in Counter(entry.name for entry in CATALOGUE).items() if count > 1] == []
    assert [entry.name for entry in CATALOGUE if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", entry.name)] == []


def test_every_reason_is_provoked_but_for_those_that_cannot_be() -> None:
    provoked = {reason for entry in CATALOGUE for _, reason in entry.expected.called}
    assert set(Reason) - provoked == set(NOT_PROVOKED)


def test_every_fault_is_provoked_but_for_those_that_cannot_be() -> None:
    provoked = {fault for entry in CATALOGUE for fault, _ in entry.expected.called}
    assert set(Fault) - provoked == set(FAULTS_NOT_PROVOKED)


def test_every_family_has_members() -> None:
    assert {family for entry in CATALOGUE for family in entry.families} == set(Family)


@pytest.mark.parametrize("entry", CATALOGUE, ids=lambda entry: entry.name)
def test_an_entry_makes_sense(entry: FaultEntry) -> None:
    expected = entry.expected
    assert entry.how
    assert not entry.how.endswith(".")
    if Family.CAMERA_BACK in entry.families:
        assert expected.back_s is not None
        assert expected.back_s <= 2.0
        assert 0 < entry.lasts_s <= 10
    if Family.STORAGE_BACK in entry.families:
        assert (expected.back_s, expected.loss) == (1.0, Loss.NOTHING)
    if Family.SILENT_STALL in entry.families:
        assert expected.noticed_s == 2.3
    if Family.HARD_DISCONNECT in entry.families:
        assert expected.noticed_s == 0.1
    if expected.loss is Loss.OUTAGE:
        assert expected.back_s is not None
        assert expected.back_s > GOP_S, "the next key frame alone may take as long"


@pytest.mark.parametrize("entry", CATALOGUE, ids=lambda entry: entry.name)
def test_an_entry_asks_for_what_it_takes(entry: FaultEntry, tmp_path: Path) -> None:
    volume = entry.setting.volume(tmp_path)
    second = entry.setting.second(tmp_path) if entry.setting.second is not None else None
    on_a_cable = isinstance(entry.injection, Drop | ForgetName | PullCable | Reject | Throttle)
    if on_a_cable or entry.setting.by_name or isinstance(volume, LoopVolume | TemporaryVolume | FuseVolume):
        assert Need.ROOT in entry.needs
    if isinstance(second, LoopVolume | TemporaryVolume | FuseVolume):
        assert Need.ROOT in entry.needs
    if isinstance(volume, FuseVolume):
        assert Need.FUSE in entry.needs
    if isinstance(entry.injection, StopPostgresql):
        assert Need.POSTGRESQL in entry.needs
    if isinstance(entry.injection, LoseRemote):
        assert Need.SFTP in entry.needs
        assert entry.setting.copied
    if entry.group in (Group.PROCESS, Group.CLOCK, Group.RESOURCE):
        assert entry.reach is Reach.PROGRAM
