"""Somebody who watches a recorder's tap, and writes down what comes."""

import asyncio
from pathlib import Path

from gstnvr.ipc.live import LiveBatch, LiveFormat, LiveMessage, LiveUnit, Tap, open_tap
from gstnvr.model.ids import CameraId, StreamId, StreamKind
from gstnvr.testing.media import number_in


class Watcher:
    """Reads until closed."""

    def __init__(self, tap: Tap) -> None:
        self.messages: list[LiveMessage] = []
        self._tap = tap
        self._reading = asyncio.create_task(self._read())

    async def _read(self) -> None:
        while (message := await self._tap.receive()) is not None:
            self.messages.append(message)

    @property
    def gone(self) -> bool:
        """The recorder has hung up."""
        return self._reading.done()

    @property
    def formats(self) -> list[LiveFormat]:
        return [message for message in self.messages if isinstance(message, LiveFormat)]

    @property
    def batches(self) -> list[LiveBatch]:
        return [message for message in self.messages if isinstance(message, LiveBatch)]

    def units(self, *, audio: bool = False) -> list[LiveUnit]:
        """Of one track, in order of arrival."""
        return [unit for batch in self.batches for unit in batch.units if unit.audio is audio]

    def numbers(self, *, audio: bool = False) -> list[int]:
        """As ``fake_payload`` wrote them."""
        return [number_in(unit.data) for unit in self.units(audio=audio)]

    async def close(self) -> None:
        """Go."""
        self._tap.close()
        await asyncio.gather(self._reading, return_exceptions=True)


async def watch(
    recorder: Path, camera: str = "door", kind: StreamKind = StreamKind.MAIN, *, audio: bool = True
) -> Watcher:
    """Watch a stream of the recorder with this live socket."""
    return Watcher(await open_tap(recorder, StreamId(CameraId(camera), kind), audio=audio))
