"""The process that serves RTSP: orders come in on standard input, reports go out on standard output.

It is a process of its own so that no client can hold up recorders or the API. It ends when its input does.
"""

import asyncio
import os
import sys

from gstnvr.config.settings import LogLevel
from gstnvr.ipc.lines import orders_of_supervisor, tell_supervisor
from gstnvr.logs.file import VARIABLE
from gstnvr.logs.setup import configure
from gstnvr.restream.service import RestreamService


async def _run() -> None:
    await RestreamService(tell_supervisor).run(await orders_of_supervisor())


def main() -> int:
    """Run until standard input ends; the exit code."""
    configure("restream", LogLevel.INFO, folder=os.environ.get(VARIABLE))
    asyncio.run(_run())
    return 0


if __name__ == "__main__":
    sys.exit(main())
