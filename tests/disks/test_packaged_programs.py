"""What asks disks as root, and what hands the answers to a gstnvr that is not."""

import asyncio
import configparser
import os
import subprocess
import time
from pathlib import Path

import pytest

from gstnvr.disks.smart import ASLEEP_STATUS, DiskState
from gstnvr.disks.smartctl import Smartctl
from tests.disks import samples
from tests.rig.fake_disks import FakeDisks

PACKAGING = Path(__file__).parents[2] / "packaging"
ASK, ANSWER = PACKAGING / "disks/ask-disks", PACKAGING / "disks/answer"


@pytest.fixture
def answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where answers are, on a machine with two disks and a loop device."""
    machine = FakeDisks(tmp_path)
    machine.say("sda", samples.ata_disk())
    machine.say("nvme0n1", samples.cannot_open("Device is in STANDBY mode", ASLEEP_STATUS), ASLEEP_STATUS)
    for name in ("sda", "nvme0n1", "loop0"):
        (machine.sys / "block" / name).mkdir(parents=True)
    folder = tmp_path / "answers"
    folder.mkdir()
    monkeypatch.setenv("GSTNVR_DISKS", str(folder))
    monkeypatch.setenv("GSTNVR_SYS", str(machine.sys))
    monkeypatch.setenv("PATH", f"{machine.program.parent}:{os.environ['PATH']}")
    return folder


def state(disk: str) -> tuple[DiskState, str]:
    report = asyncio.run(Smartctl().ask([str(ANSWER)], disk))
    return report.state, report.problem


def test_answers_of_the_timer_are_those_of_the_disks(answers: Path) -> None:
    subprocess.run([ASK], check=True)
    assert sorted(path.name for path in answers.iterdir()) == ["nvme0n1.json", "sda.json"]
    assert state("sda") == (DiskState.READ, "")
    assert state("nvme0n1")[0] is DiskState.ASLEEP


def test_an_answer_that_is_missing_or_old_is_none(answers: Path) -> None:
    assert state("sda")[0] is DiskState.FAILED
    subprocess.run([ASK], check=True)
    long_ago = time.time() - 7200
    os.utime(answers / "sda.json", (long_ago, long_ago))
    failed, why = state("sda")
    assert failed is DiskState.FAILED
    assert "gstnvr-disks.timer" in why


def test_units_name_what_is_there() -> None:
    unit = configparser.ConfigParser(interpolation=None)
    unit.read(PACKAGING / "systemd/gstnvr-disks.service")
    assert PACKAGING.parent / Path(unit["Service"]["ExecStart"]).relative_to("/opt/gstnvr") == ASK
    assert all(os.access(program, os.X_OK) for program in (ASK, ANSWER))
