"""How many bytes a camera's TCP socket collects before the receiving thread is woken.

Wake-ups, not bytes, are what a recorder costs: with ``SO_RCVLOWAT`` a thread wakes once for some fifty packets
instead of once for each. The mark follows the bit rate, so that the delay it adds stays the same, and is one byte
while frames are awaited: lowering it wakes the reader at once.
"""

import os
import socket
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from gstnvr.model.choices import Route, Transport
from gstnvr.rtsp.probe import ProbeResult

LONGEST_DELAY_S = 0.25
LARGEST_BYTES = 128 << 10
SMALLEST_BYTES = 4 << 10
"""Below this it is not worth the delay."""
OFF = 1

Peer = tuple[str, int]
_FOLDER = "/proc/self/fd"


@dataclass(frozen=True, slots=True)
class MarkWish:
    """What one stream would like for its socket."""

    peer: Peer
    bytes: int


def is_bare(transport: Transport, offer: ProbeResult, route: Route) -> bool:
    """Whether what comes over a socket is the video, and may wait there.

    TLS waits for whole records, a tunnel shares its port with others, over UDP only answers come by TCP, and over
    HTTP the time of arrival is all the time there is.
    """
    return transport is Transport.TCP and offer.fingerprint is None and route is Route.RTSP


def mark_for(bitrate_bps: float) -> int:
    """Bytes that come in ``LONGEST_DELAY_S`` at this bit rate, or ``OFF`` if those are few."""
    wanted = min(LARGEST_BYTES, int(bitrate_bps / 8 * LONGEST_DELAY_S))
    return wanted if wanted >= SMALLEST_BYTES else OFF


def agree(wishes: Iterable[MarkWish]) -> Mapping[Peer, int]:
    """One mark for each peer: its sockets cannot be told apart, so the smallest wish holds for all."""
    marks: dict[Peer, int] = {}
    for wish in wishes:
        marks[wish.peer] = min(wish.bytes, marks.get(wish.peer, LARGEST_BYTES))
    return marks


def apply(marks: Mapping[Peer, int]) -> None:
    """Set the marks on the sockets of this process that are connected to these peers.

    rtspsrc does not give its socket away, so the open descriptors are searched.
    """
    for name in os.listdir(_FOLDER):  # noqa: PTH208 - hundreds of entries every other second: pathlib takes half as long again
        try:
            if os.readlink(f"{_FOLDER}/{name}").startswith("socket:"):  # noqa: PTH115
                _apply_to(int(name), marks)
        except OSError:  # closed meanwhile, or not connected
            continue


def _apply_to(fd: int, marks: Mapping[Peer, int]) -> None:
    connection = socket.socket(fileno=fd)
    try:
        if connection.type != socket.SOCK_STREAM or connection.family not in (socket.AF_INET, socket.AF_INET6):
            return
        address, port, *_ = connection.getpeername()
        mark = marks.get((address.removeprefix("::ffff:"), port))
        if mark is not None:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, mark)
    finally:
        connection.detach()
