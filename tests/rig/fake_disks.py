"""A machine with disks of our own: files in place of /sys and /proc, and a program in place of smartctl."""

import json
import stat
import sys
from pathlib import Path
from typing import Any

from gstnvr.disks.devices import System

_PROGRAM = """\
#!{python}
import json, os, sys, time
place = {place!r}
device = sys.argv[-1].removeprefix("/dev/")
with open(place + "/asked", "a") as asked:
    asked.write(json.dumps(sys.argv[1:]) + "\\n")
answer = json.load(open(place + "/" + device + ".json"))
time.sleep(answer.get("sleeps", 0))
sys.stdout.write(json.dumps(answer["says"]))
sys.exit(answer.get("status", 0))
"""


class FakeDisks:
    """``sda`` with a partition that everything lies on, until told otherwise."""

    def __init__(self, folder: Path) -> None:
        self._place = folder / "disks"
        self._place.mkdir()
        self.sys = self._place / "sys"
        self.system = System(self.sys, self._place / "mountinfo", self._place / "mdstat")
        self.program = self._place / "smartctl"
        self.program.write_text(_PROGRAM.format(python=sys.executable, place=str(self._place)))
        self.program.chmod(self.program.stat().st_mode | stat.S_IXUSR)
        self.add_disk("sda", "8:0", partition="8:1")
        self.mount("8:1")

    def mount(self, numbers: str, at: str = "/", kind: str = "ext4") -> None:
        """Let a device be all that is mounted."""
        self.system.mounts.write_text(f"27 1 {numbers} / {at} rw,relatime - {kind} /dev/x rw\n")

    def add_disk(self, name: str, numbers: str, partition: str | None = None) -> Path:
        """One that is metal."""
        device = self.add(f"pci0/{name}", numbers)
        if partition is not None:
            self.add(f"pci0/{name}/{name}1", partition)
            (device / f"{name}1/partition").write_text("1\n")
        return device

    def add(self, place: str, numbers: str, *slaves: Path) -> Path:
        """A block device on top of others."""
        device = self.sys / "devices" / place
        (device / "slaves").mkdir(parents=True)
        for slave in slaves:
            (device / "slaves" / slave.name).symlink_to(slave)
        block = self.sys / "dev/block"
        block.mkdir(parents=True, exist_ok=True)
        (block / numbers).symlink_to(device)
        return device

    def say(self, disk: str, answer: dict[str, Any], status: int = 0, sleeps_s: float = 0) -> None:
        """What smartctl answers from now on."""
        new = self._place / f"{disk}.new"
        new.write_text(json.dumps({"says": answer, "status": status, "sleeps": sleeps_s}))
        new.replace(self._place / f"{disk}.json")

    def mdstat(self, text: str) -> None:
        """What the kernel says of arrays from now on."""
        self.system.mdstat.write_text(text)

    def asked(self) -> list[list[str]]:
        """Arguments of all questions so far."""
        file = self._place / "asked"
        return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []
