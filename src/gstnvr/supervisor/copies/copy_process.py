"""The process that makes copies: started when there is a place for them, told what to do, heard, and replaced."""

import asyncio
import contextlib
import logging
import sys
from collections.abc import Callable, Mapping

import msgspec

from gstnvr.copies.messages import Orders, PlaceReport
from gstnvr.supervisor.line_process import LineProcess

_log = logging.getLogger(__name__)

COMMAND = (sys.executable, "-m", "gstnvr.copies")
_FIRST_DELAY_S = 1.0
_LONGEST_DELAY_S = 60.0
_HEALTHY_AFTER_S = 30.0


class CopyProcess:
    """Keeps one alive for as long as there are orders."""

    def __init__(
        self,
        environment: Mapping[str, str],
        errors: int,
        heard: Callable[[PlaceReport], None],
        trouble: Callable[[str | None], None],
    ) -> None:
        """Nothing is started yet.

        Args:
            errors: descriptor of the file that takes what it logs.
            heard: told what it reports.
            trouble: told why it is gone when it should not be; None once it lives again.
        """
        self._environment = dict(environment)
        self._errors = errors
        self._heard = heard
        self._trouble = trouble
        self._orders: Orders | None = None
        self._changed = asyncio.Event()

    def order(self, orders: Orders | None) -> None:
        """What it is to do from now on; None: nothing, so that there need be no process."""
        if orders != self._orders:
            self._orders = orders
            self._changed.set()

    async def run(self) -> None:
        """For ever; when this is cancelled the process ends by itself."""
        delay_s = _FIRST_DELAY_S
        while True:
            self._changed.clear()
            if self._orders is None:
                self._trouble(None)
                await self._changed.wait()
                continue
            began = asyncio.get_running_loop().time()
            problem = await self._live(self._orders)
            if problem is None:
                continue
            _log.error("%s", problem)
            self._trouble(problem)
            lived_s = asyncio.get_running_loop().time() - began
            delay_s = _FIRST_DELAY_S if lived_s > _HEALTHY_AFTER_S else min(delay_s * 2, _LONGEST_DELAY_S)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._changed.wait(), delay_s)

    async def _live(self, orders: Orders) -> str | None:
        """One process, to its end; what was wrong, None if it was told to end."""
        try:
            process = await LineProcess.start(COMMAND, self._environment, self._errors)
        except OSError as error:
            return f"the process that makes copies cannot be started: {error.strerror}"
        process.order_text(orders.model_dump_json().encode())
        reading = asyncio.create_task(self._read(process))
        changed = asyncio.create_task(self._changed.wait())
        try:
            await asyncio.wait({reading, changed}, return_when=asyncio.FIRST_COMPLETED)
            told_to_end = changed.done()
        finally:
            changed.cancel()
            # What it was at is gone on with by the next one, so nothing is lost if it is killed.
            await process.bury()
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)
        return None if told_to_end else f"the process that makes copies ended with code {process.exit_code}"

    async def _read(self, process: LineProcess) -> None:
        async for line in process.reports():
            try:
                report = msgspec.json.decode(line, type=PlaceReport)
            except msgspec.DecodeError:
                _log.warning("the process that makes copies told something unintelligible")
                continue
            self._trouble(None)
            self._heard(report)
