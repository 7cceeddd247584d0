"""Runs smartctl, which may hang on a disk that does."""

import asyncio
import contextlib
from collections.abc import Sequence

from gstnvr.disks.smart import ASLEEP_STATUS, DiskState, SmartReport, parse_smart

TIMEOUT_S = 30.0


class SmartctlMissingError(Exception):
    """The program is not there."""


class Smartctl:
    """Asks one disk at a time, and none whose last question was not answered yet."""

    def __init__(self, timeout_s: float = TIMEOUT_S) -> None:
        self._timeout_s = timeout_s
        self._hanging: dict[str, asyncio.subprocess.Process] = {}

    async def ask(self, command: Sequence[str], disk: str) -> SmartReport:
        """What a disk says; it is not woken.

        Args:
            command: the program, and what goes in front of its own arguments.
            disk: name such as ``sda``.

        Raises:
            SmartctlMissingError: there is no such program.
        """
        device = f"/dev/{disk}"
        before = self._hanging.get(disk)
        if before is not None and before.returncode is None:
            return SmartReport(device, DiskState.FAILED, "it has not answered the question before this one")
        arguments = ("--json", "-n", f"standby,{ASLEEP_STATUS}", "-i", "-H", "-A", "-l", "error", device)
        try:
            process = await asyncio.create_subprocess_exec(
                *command,
                *arguments,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
            )
        except FileNotFoundError:
            raise SmartctlMissingError(f"there is no program {command[0]!r}") from None
        except OSError as error:
            return SmartReport(device, DiskState.FAILED, f"{command[0]} cannot be run: {error.strerror}")
        self._hanging[disk] = process
        try:
            async with asyncio.timeout(self._timeout_s):
                output, _ = await process.communicate()
        except TimeoutError:
            return SmartReport(device, DiskState.FAILED, f"no answer within {self._timeout_s:g} s")
        finally:
            if process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    process.kill()
        del self._hanging[disk]
        return parse_smart(device, output, process.returncode or 0)
