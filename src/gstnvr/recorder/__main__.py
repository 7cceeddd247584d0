"""The recorder process: ``python -m gstnvr.recorder --socket PATH --name recorder-0``."""

import argparse
import asyncio
import os
import sys
from pathlib import Path

from gstnvr.config.settings import LogLevel
from gstnvr.gst.factory import GstMedia
from gstnvr.gst.runtime import MissingGStreamer
from gstnvr.logs.file import VARIABLE
from gstnvr.logs.setup import configure
from gstnvr.model.clock import SystemClock
from gstnvr.recorder.engine import Engine
from gstnvr.recorder.service import Service
from gstnvr.recorder.sessions.shared_slots import SharedSlots

_CANNOT_START = 5


def _be_patient() -> None:
    """Let a thread that wakes wait until the running one is done.

    Otherwise rtspsrc's jitter buffer interrupts the thread that reads the socket for every other packet. It saves
    a tenth of a recorder's CPU. All threads that follow inherit it.
    """
    if sys.platform == "linux":
        os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))


async def _run(socket: Path) -> None:
    clock = SystemClock()
    await Service(Engine(GstMedia(), clock, SharedSlots(socket.parent)), clock).run(socket)


def main() -> int:
    """Run until told to stop; the exit code."""
    parser = argparse.ArgumentParser(prog="gstnvr-recorder", description="Records streams for a supervisor.")
    parser.add_argument("--socket", type=Path, required=True)
    parser.add_argument("--name", required=True)
    options = parser.parse_args()
    configure(options.name, LogLevel.INFO, folder=os.environ.get(VARIABLE))
    _be_patient()
    try:
        asyncio.run(_run(options.socket))
    except (MissingGStreamer, OSError) as error:
        sys.stderr.write(f"{options.name}: {error}\n")
        return _CANNOT_START
    return 0


if __name__ == "__main__":
    sys.exit(main())
