"""The process that serves WebRTC: orders come in on standard input, reports go out on standard output.

It is a process of its own because the WebRTC of GStreamer ends its process on what it does not expect, and because
neither recorders nor the API may be held up by viewers. It ends when its input does.
"""

import asyncio
import os
import sys
from collections.abc import Sequence

import msgspec

from gstnvr.config.settings import LogLevel
from gstnvr.logs.file import VARIABLE
from gstnvr.logs.setup import configure
from gstnvr.media.peers import Peer, SentTrack
from gstnvr.webrtc.messages import Report
from gstnvr.webrtc.service import WebRtcService

_LONGEST_ORDER = 1 << 20


def _make_peer(tracks: Sequence[SentTrack]) -> Peer:
    from gstnvr.gst.runtime import initialise  # noqa: PLC0415 - what is missing is told, and nothing else fails
    from gstnvr.gst.webrtc_peer import WebRtcPeer  # noqa: PLC0415

    initialise()
    return WebRtcPeer(tracks)


def _tell(report: Report) -> None:
    sys.stdout.buffer.write(msgspec.json.encode(report) + b"\n")
    sys.stdout.buffer.flush()


async def _run() -> None:
    orders = asyncio.StreamReader(limit=_LONGEST_ORDER)
    protocol = asyncio.StreamReaderProtocol(orders)
    await asyncio.get_running_loop().connect_read_pipe(lambda: protocol, sys.stdin)
    await WebRtcService(_make_peer, _tell).run(orders)


def main() -> int:
    """Run until standard input ends; the exit code."""
    configure("webrtc", LogLevel.INFO, folder=os.environ.get(VARIABLE))
    asyncio.run(_run())
    return 0


if __name__ == "__main__":
    sys.exit(main())
