"""The process that makes or checks an export, and what it tells."""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from gstnvr.evidence.messages import Failed, Line, Progress
from gstnvr.logs.file import VARIABLE

MAKER = (sys.executable, "-m", "gstnvr.evidence")
PATIENCE_S = 300.0
_ENDS_WITHIN_S = 5.0
_LONGEST_LINE = 16 << 20
"""Bytes that the process may tell at once."""


async def work(
    command: Sequence[str],
    order: bytes,
    tell: Callable[[Progress], None],
    logs: Path,
    patience_s: float = PATIENCE_S,
) -> Line:
    """Have an order carried out; the last thing that the process said, or why it could not be started.

    The process ends with the caller.

    Args:
        order: what it gets on standard input.
        logs: folder for its log file.
        patience_s: one of which nothing is heard for so long is given up.
    """
    try:
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            env={**os.environ, VARIABLE: str(logs)},
            limit=_LONGEST_LINE,
            start_new_session=True,
        )
    except OSError as error:
        return Failed(f"its process cannot be started: {error.strerror}")
    ending = asyncio.create_task(process.wait())
    try:
        told = await _hear(process, order, tell, patience_s)
        await asyncio.wait({ending}, timeout=_ENDS_WITHIN_S)
        return told
    finally:
        if not ending.done():
            # Not process.kill(), which may take the exit code away from those who wait for it.
            with contextlib.suppress(ProcessLookupError):
                os.kill(process.pid, signal.SIGKILL)
            await asyncio.wait({ending}, timeout=_ENDS_WITHIN_S)
        ending.cancel()


async def _hear(
    process: asyncio.subprocess.Process, order: bytes, tell: Callable[[Progress], None], patience_s: float
) -> Line:
    assert process.stdin is not None and process.stdout is not None
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        process.stdin.write(order)
        await process.stdin.drain()
        process.stdin.close()
    last: Line = Failed("its process died")
    try:
        while line := await asyncio.wait_for(process.stdout.readline(), patience_s):
            last = msgspec.json.decode(line, type=Line)
            if isinstance(last, Progress):
                tell(last)
    except TimeoutError:
        return Failed(f"it did not go on for {patience_s:g} s: a disk does not respond")
    except ValueError as error:
        return Failed(f"its process said what nobody understands: {error}")
    return last
