"""Too little of something that processes need."""

import itertools
import os
import resource
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import psutil

from gstnvr.lab.entries import Mend
from gstnvr.lab.faulty_volumes import FILLER, fill
from gstnvr.lab.world import Site

_NICEST = 19
_HOGS = 2


def recorder_of(site: Site) -> psutil.Process:
    """The one recorder that runs."""
    (recorder,) = site.world.product.recorders()
    return recorder


@dataclass(frozen=True, slots=True)
class LimitRecorder:
    """A limit of the operating system for the recorder, just above what it uses now."""

    limit: int
    """``resource.RLIMIT_NOFILE`` or ``resource.RLIMIT_AS``."""
    spare: int
    """Files or bytes above what is in use."""

    def begin(self, site: Site) -> Mend:
        recorder = recorder_of(site)
        before = resource.prlimit(recorder.pid, self.limit)
        files = self.limit == resource.RLIMIT_NOFILE
        used = _lowest_free(recorder.pid) if files else recorder.memory_info().vms
        resource.prlimit(recorder.pid, self.limit, (used + self.spare, before[1]))

        def mend() -> None:
            if recorder.is_running():
                resource.prlimit(recorder.pid, self.limit, before)

        return mend


def _lowest_free(pid: int) -> int:
    """The file descriptor that would be opened next; the limit counts numbers and not files."""
    used = {int(path.name) for path in Path(f"/proc/{pid}/fd").iterdir()}
    return next(number for number in itertools.count() if number not in used)


@dataclass(frozen=True, slots=True)
class StarveRecorder:
    """Other processes of higher priority take the one processor that the recorder may use."""

    def begin(self, site: Site) -> Mend:
        recorder = recorder_of(site)
        processors, priority = recorder.cpu_affinity(), recorder.nice()
        processor = processors[-1]
        for thread in recorder.threads():
            os.sched_setaffinity(thread.id, {processor})
            os.setpriority(os.PRIO_PROCESS, thread.id, _NICEST)
        hogs = [subprocess.Popen([sys.executable, "-c", _HOG, str(processor)]) for _ in range(_HOGS)]

        def mend() -> None:
            for hog in hogs:
                hog.kill()
                hog.wait()
            for thread in recorder.threads():
                os.sched_setaffinity(thread.id, processors)
                os.setpriority(os.PRIO_PROCESS, thread.id, priority)

        return mend


_HOG = "import os, sys\nos.sched_setaffinity(0, {int(sys.argv[1])})\nwhile True: pass"


@dataclass(frozen=True, slots=True)
class FillDataDir:
    """Something else takes all the space of the file system with the database."""

    def begin(self, site: Site) -> Mend:
        filler = site.world.product.data_dir / FILLER
        fill(filler)
        return filler.unlink


@dataclass(frozen=True, slots=True)
class UseUpInodes:
    """Empty files of somebody else take all inodes of the volume."""

    def begin(self, site: Site) -> Mend:
        folder = site.world.volume.path / FILLER
        folder.mkdir()
        made: list[Path] = []
        try:
            while True:
                made.append(folder / str(len(made)))
                made[-1].touch()
        except OSError:
            made.pop()

        def mend() -> None:
            for path in made:
                path.unlink()
            folder.rmdir()

        return mend
