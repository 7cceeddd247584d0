"""The process that serves WebRTC: orders come in on standard input, reports go out on standard output.

It is a process of its own because the WebRTC of GStreamer ends its process on what it does not expect, and because
neither recorders nor the API may be held up by viewers. It ends when its input does.
"""

import asyncio
import os
import sys
from collections.abc import Sequence

from gstnvr.config.settings import LogLevel
from gstnvr.ipc.lines import orders_of_supervisor, tell_supervisor
from gstnvr.logs.file import VARIABLE
from gstnvr.logs.setup import configure
from gstnvr.media.peers import Peer, SentTrack
from gstnvr.webrtc.service import WebRtcService


def _make_peer(tracks: Sequence[SentTrack]) -> Peer:
    from gstnvr.gst.runtime import initialise  # noqa: PLC0415 - what is missing is told, and nothing else fails
    from gstnvr.gst.webrtc_peer import WebRtcPeer  # noqa: PLC0415

    initialise()
    return WebRtcPeer(tracks)


async def _run() -> None:
    await WebRtcService(_make_peer, tell_supervisor).run(await orders_of_supervisor())


def main() -> int:
    """Run until standard input ends; the exit code."""
    configure("webrtc", LogLevel.INFO, folder=os.environ.get(VARIABLE))
    asyncio.run(_run())
    return 0


if __name__ == "__main__":
    sys.exit(main())
