"""One client that plays: from a recorder's tap to its outlets."""

import asyncio
from collections.abc import Mapping

from gstnvr.ipc.codec import ProtocolError
from gstnvr.ipc.live import LiveBatch, LiveFormat, LiveIdle, Tap
from gstnvr.media.clips import ClipError
from gstnvr.restream.outlets import Outlet
from gstnvr.restream.tracks import Packetizer, control_of
from gstnvr.rtsp.describing import VIDEO_CONTROL

REPORT_EVERY_S = 5.0


class Player:
    """Queues nothing: while a client does not read, the tap is not read, and the recorder goes on without it."""

    def __init__(
        self,
        tap: Tap,
        form: LiveFormat,
        first: LiveBatch,
        tracks: Mapping[str, Packetizer],
        outlets: Mapping[str, Outlet],
    ) -> None:
        self._tap = tap
        self._form = form
        self._first = first
        self._tracks = tracks
        self._outlets = outlets
        self._report_due = 0.0

    async def run(self) -> str:
        """Until there is no more to be shown; why.

        Raises:
            TooSlowError, OSError: see ``Outlet.send``.
        """
        why = await self._play()
        for control, outlet in self._outlets.items():
            await outlet.control(self._tracks[control].farewell())
        return why

    async def _play(self) -> str:
        try:
            await self._show(self._first)
            while (message := await self._tap.receive()) is not None:
                match message:
                    case LiveBatch():
                        await self._show(message)
                    case LiveFormat() if message != self._form:
                        return "the camera sends another format"
                    case LiveIdle():
                        return "the camera is not connected any more"
        except ProtocolError as error:
            return str(error)
        except ClipError as error:
            return f"what the camera sends cannot be sent on: {error}"
        return "the recorder is away"

    async def _show(self, batch: LiveBatch) -> None:
        for unit in batch.units:
            control = control_of(unit)
            outlet = self._outlets.get(control)
            if outlet is not None:
                await outlet.send(self._tracks[control].packets(unit))
        if batch.units:
            await self._report(batch)

    async def _report(self, batch: LiveBatch) -> None:
        now = asyncio.get_running_loop().time()
        if now < self._report_due:
            return
        self._report_due = now + REPORT_EVERY_S
        for control, outlet in self._outlets.items():
            await outlet.control(self._tracks[control].report(batch.at, batch.units[0].pts))


def first_picture(batch: LiveBatch) -> int:
    """When the first picture is shown, on the recorder's clock."""
    return next(unit.pts for unit in batch.units if control_of(unit) == VIDEO_CONTROL)
