"""The recorder's side of the conversation with a supervisor, and the life of the process."""

import asyncio
import contextlib
import logging
import os
import signal
from enum import IntEnum
from pathlib import Path

from gstnvr import __version__
from gstnvr.ipc.codec import ProtocolError
from gstnvr.ipc.connection import RecorderConnection, listen
from gstnvr.ipc.messages import (
    PROTOCOL_VERSION,
    Acknowledge,
    Configure,
    Finished,
    Hello,
    Shutdown,
    StatusReport,
)
from gstnvr.ipc.spool import Spool, spool_path
from gstnvr.model.clock import Clock
from gstnvr.recorder.engine import Engine

_log = logging.getLogger(__name__)

STATUS_INTERVAL_S = 1.0
LAST_WORDS_S = 2.0
"""So long a finished process waits for its last events to be acknowledged."""


class ExitCode(IntEnum):
    """Why the process ended."""

    FINISHED = 0
    WORN_OUT = 3
    """Too much hangs in it; another one is to take over."""


class Service:
    """Runs until shut down; goes on recording while no supervisor is there."""

    def __init__(self, engine: Engine, clock: Clock) -> None:
        self._engine = engine
        self._hello = Hello(PROTOCOL_VERSION, __version__, os.getpid(), clock.utc_ns())
        self._connection: RecorderConnection | None = None
        self._ending = asyncio.Event()
        self._finished = False

    async def run(self, socket: Path) -> ExitCode:
        """Listen, record, end."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._ending.set)
        listener = await listen(socket, self._serve)
        self._engine.outbox.keep_in(Spool(spool_path(socket, self._hello), self._hello))
        ending = asyncio.create_task(self._ending.wait())
        worn_out = asyncio.create_task(self._engine.worn_out.wait())
        await asyncio.wait({ending, worn_out}, return_when=asyncio.FIRST_COMPLETED)
        if worn_out.done():
            _log.error("several pipelines hang; this process makes room for another one")
        await self._engine.shutdown()
        await self._say_goodbye()
        await self._engine.outbox.close()
        await listener.close()
        for task in (ending, worn_out):
            task.cancel()
        return ExitCode.WORN_OUT if self._engine.worn_out.is_set() else ExitCode.FINISHED

    async def _say_goodbye(self) -> None:
        self._finished = True
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
            await connection.send(self._hello)
            async with asyncio.TaskGroup() as tasks:
                speaking = [
                    tasks.create_task(self._send_status(connection)),
                    tasks.create_task(self._send_events(connection)),
                ]
                await self._hear(connection)
                for task in speaking:
                    task.cancel()
        except* ConnectionError:
            _log.info("the supervisor is gone, recording goes on")
        finally:
            if self._connection is connection:
                self._connection = None

    async def _hear(self, connection: RecorderConnection) -> None:
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
                case Shutdown():
                    self._ending.set()

    async def _send_status(self, connection: RecorderConnection) -> None:
        while True:
            await connection.send(StatusReport(self._engine.status()))
            await asyncio.sleep(STATUS_INTERVAL_S)

    async def _send_events(self, connection: RecorderConnection) -> None:
        async with contextlib.aclosing(self._engine.outbox.listen()) as events:
            async for event in events:
                await connection.send(event)
