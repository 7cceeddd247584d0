"""A viewer's offer is answered in a network of its own; how often a router was looked for is printed as JSON.

Only behind ``contained``.
"""

import asyncio
import json
import socket
import struct

from gstnvr.gst.runtime import initialise
from gstnvr.gst.webrtc_peer import WebRtcPeer
from gstnvr.lab.commands import run
from gstnvr.media.peers import SentTrack

_NETWORK, _ROUTER, _ADDRESS = "lan", "router", "10.77.0.1"
_GROUP, _PORT = "239.255.255.250", 1900
"""Where UPnP looks for routers, see its device architecture 2.0, 1.3.2."""
_LISTENS_S = 1.0
_PARAMETERS = "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f"
_OFFER = "\r\n".join(
    [
        "v=0",
        "o=- 1 2 IN IP4 127.0.0.1",
        "s=-",
        "t=0 0",
        "a=group:BUNDLE 0",
        "m=video 9 UDP/TLS/RTP/SAVPF 102",
        "c=IN IP4 0.0.0.0",
        "a=ice-ufrag:MloH",
        "a=ice-pwd:G1WjfKLzfNHMJ24NV2jbCSll",
        "a=fingerprint:sha-256 " + ":".join(["07"] * 32),
        "a=setup:actpass",
        "a=mid:0",
        "a=recvonly",
        "a=rtcp-mux",
        "a=rtpmap:102 H264/90000",
        f"a=fmtp:102 {_PARAMETERS}",
        "",
    ]
)


def _join() -> socket.socket:
    run("ip", "link", "set", "lo", "up")
    run("ip", "link", "add", _NETWORK, "type", "veth", "peer", "name", _ROUTER)
    run("ip", "address", "add", f"{_ADDRESS}/24", "dev", _NETWORK)
    run("ip", "link", "set", _NETWORK, "up", "multicast", "on")
    run("ip", "link", "set", _ROUTER, "up")
    run("ip", "route", "add", "224.0.0.0/4", "dev", _NETWORK)
    listener = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((_GROUP, _PORT))
    membership = struct.pack("4s4s", socket.inet_aton(_GROUP), socket.inet_aton(_ADDRESS))
    listener.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, membership)
    listener.setblocking(False)
    return listener


def _heard(listener: socket.socket) -> list[str]:
    found = []
    while True:
        try:
            found.append(listener.recv(4096).decode(errors="replace").splitlines()[0])
        except BlockingIOError:
            return found


async def _answer() -> str:
    peer = WebRtcPeer([SentTrack(False, bytes.fromhex("0142e01fff"), 0, 102, _PARAMETERS)])
    answer = await peer.answer(_OFFER)
    await asyncio.sleep(_LISTENS_S)
    await peer.close()
    return answer


def main() -> None:
    listener = _join()
    initialise()
    answer = asyncio.run(_answer())
    candidates = [line for line in answer.splitlines() if line.startswith("a=candidate") and _ADDRESS in line]
    print(json.dumps({"looked_for": _heard(listener), "candidates": candidates}))


if __name__ == "__main__":
    main()
