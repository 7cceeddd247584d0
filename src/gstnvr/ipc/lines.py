"""The other end of a process that the supervisor started: orders on standard input, reports on standard output."""

import asyncio
import sys

import msgspec

LONGEST_LINE = 1 << 20
"""Bytes of JSON; every order and report is a line."""


async def orders_of_supervisor() -> asyncio.StreamReader:
    """Standard input; its end is the order to end."""
    orders = asyncio.StreamReader(limit=LONGEST_LINE)
    protocol = asyncio.StreamReaderProtocol(orders)
    await asyncio.get_running_loop().connect_read_pipe(lambda: protocol, sys.stdin)
    return orders


def tell_supervisor(report: msgspec.Struct) -> None:
    """Write a report to standard output at once."""
    sys.stdout.buffer.write(msgspec.json.encode(report) + b"\n")
    sys.stdout.buffer.flush()
