"""Work on disks that is to disturb nobody."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import get_native_id

import psutil


@contextmanager
def disk_when_idle() -> Iterator[None]:
    """This thread gets the disk when nobody else wants it, where the scheduler of the disk heeds that."""
    if not psutil.LINUX:
        yield
        return
    thread = psutil.Process(get_native_id())
    before = thread.ionice()
    thread.ionice(psutil.IOPRIO_CLASS_IDLE)
    try:
        yield
    finally:
        thread.ionice(before.ioclass, before.value)
