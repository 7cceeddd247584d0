"""Serves hostile cases, one to a port, since some of them speak before they are asked for anything."""

import asyncio

from gstnvr.lab.hostile.cases import HostileCase
from gstnvr.lab.hostile.wire import ClientGoneError, Wire


async def serve(case: HostileCase, host: str, port: int, bytes_per_s: int) -> asyncio.Server:
    """Listen.

    Args:
        bytes_per_s: of floods, for each connection.

    Raises:
        OSError: the address cannot be listened at.
    """

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await case.act(Wire(reader, writer, bytes_per_s))
        except ClientGoneError:
            pass  # it had enough: that is what it is for
        finally:
            writer.close()

    return await asyncio.start_server(handle, host, port)
