"""Whether GStreamer has what recorders need, asked before one is started."""

import asyncio
import json
import sys
from typing import Any

from gstnvr.supervisor.errors import StartupError

INVENTORY = (sys.executable, "-m", "gstnvr.gst.inventory")
_TIMEOUT_S = 120.0
"""The first start after an installation loads every plug-in once."""


async def check_software(command: tuple[str, ...] = INVENTORY) -> None:
    """Ask a helper process, as a broken plug-in may crash or hang whoever loads it.

    Raises:
        StartupError: cameras cannot be recorded with what is installed.
    """
    inventory = await _ask(command)
    if inventory["problem"] is not None:
        raise StartupError(f"{inventory['problem']}; run scripts/setup, which installs what is missing")
    missing = [element for element in inventory["missing"] if element["needed"]]
    if missing:
        names = ", ".join(" or ".join(element["names"]) for element in missing)
        packages = " ".join(dict.fromkeys(element["package"] for element in missing))
        raise StartupError(f"GStreamer has no element {names}; install: apt-get install {packages}")


async def _ask(command: tuple[str, ...]) -> dict[str, Any]:
    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(_TIMEOUT_S):
            output, errors = await process.communicate()
    except TimeoutError:
        process.kill()
        await process.wait()
        raise StartupError(f"GStreamer did not start within {_TIMEOUT_S:g} s; try gst-inspect-1.0") from None
    try:
        answer: dict[str, Any] = json.loads(output)
    except ValueError:
        last = (errors.decode(errors="replace").strip().splitlines() or [f"exit code {process.returncode}"])[-1]
        raise StartupError(f"GStreamer does not start: {last}; try gst-inspect-1.0") from None
    return answer
