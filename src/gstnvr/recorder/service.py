"""The recorder's side of the conversation with a supervisor, and the life of the process."""

import asyncio
import contextlib
import logging
import os
import signal
from pathlib import Path

from msgspec.structs import replace

from gstnvr import __version__
from gstnvr.ipc.codec import ProtocolError
from gstnvr.ipc.connection import RecorderConnection, listen
from gstnvr.ipc.messages import (
    PROTOCOL_VERSION,
    Acknowledge,
    Configure,
    Finished,
    HandedOver,
    HandOver,
    Hello,
    Shutdown,
    StatusReport,
)
from gstnvr.ipc.spool import Spool, spool_path
from gstnvr.model.clock import Clock
from gstnvr.model.ids import StreamId
from gstnvr.recorder.engine import Engine

_log = logging.getLogger(__name__)

STATUS_INTERVAL_S = 1.0
LAST_WORDS_S = 2.0
"""So long a finished process waits for its last events to be acknowledged."""
CONFIRM_S = 10.0
"""So long a stream that was handed over may take to be taken away; then its recording goes on."""


class Service:
    """Runs until shut down; goes on recording while no supervisor is there."""

    def __init__(self, engine: Engine, clock: Clock) -> None:
        self._engine = engine
        self._hello = Hello(PROTOCOL_VERSION, __version__, os.getpid(), clock.utc_ns())
        self._connection: RecorderConnection | None = None
        self._ending = asyncio.Event()

    async def run(self, socket: Path) -> None:
        """Listen, record, end."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._ending.set)
        listener = await listen(socket, self._serve)
        await self._engine.live.listen(socket)
        self._engine.outbox.keep_in(Spool(spool_path(socket, self._hello), self._hello))
        await self._ending.wait()
        await self._engine.live.close()
        await self._engine.shutdown()
        await self._say_goodbye()
        await self._engine.outbox.close()
        await listener.close()

    async def _say_goodbye(self) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LAST_WORDS_S):
                while not self._engine.outbox.empty:
                    await self._engine.outbox.news()
        if self._connection is not None:
            with contextlib.suppress(ConnectionError):
                await self._connection.send(Finished())
            await self._connection.close()

    async def _serve(self, connection: RecorderConnection) -> None:
        """One supervisor, until it goes or another one comes."""
        before, self._connection = self._connection, connection
        if before is not None:
            await before.close()
        try:
            await connection.send(replace(self._hello, streams=[str(one) for one in self._engine.recorded]))
            async with asyncio.TaskGroup() as tasks:
                speaking = [
                    tasks.create_task(self._send_status(connection)),
                    tasks.create_task(self._send_events(connection)),
                ]
                await self._hear(connection, tasks, speaking)
                for task in speaking:
                    task.cancel()
        except* ConnectionError:
            _log.info("the supervisor is gone, recording goes on")
        finally:
            if self._connection is connection:
                self._connection = None

    async def _hear(
        self, connection: RecorderConnection, tasks: asyncio.TaskGroup, speaking: list[asyncio.Task[None]]
    ) -> None:
        while True:
            try:
                message = await connection.receive()
            except ProtocolError as error:
                _log.error("connection to the supervisor given up: %s", error)
                return
            match message:
                case None:
                    return
                case Configure():
                    await self._engine.configure(message)
                case Acknowledge(number):
                    self._engine.outbox.acknowledge(number)
                case HandOver(streams, at_once):
                    for stream in streams:
                        speaking.append(tasks.create_task(self._hand_over(connection, stream, at_once=at_once)))
                case Shutdown():
                    self._ending.set()

    async def _hand_over(self, connection: RecorderConnection, stream: StreamId, *, at_once: bool) -> None:
        """Until the stream is taken away nobody else records it: without that it goes on here."""
        try:
            place = await self._engine.hand_over(stream, at_once=at_once)
            await connection.send(HandedOver(stream, place))
            await asyncio.sleep(CONFIRM_S)
        finally:
            self._engine.take_back(stream)

    async def _send_status(self, connection: RecorderConnection) -> None:
        engine = self._engine
        while True:
            worn_out = engine.worn_out.is_set()
            await connection.send(StatusReport(engine.status(), engine.standby, worn_out, engine.volumes()))
            await asyncio.sleep(STATUS_INTERVAL_S)

    async def _send_events(self, connection: RecorderConnection) -> None:
        async with contextlib.aclosing(self._engine.outbox.listen()) as events:
            async for event in events:
                await connection.send(event)
