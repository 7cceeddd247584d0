"""The pair of UDP ports that all sessions over UDP share."""

import asyncio
import secrets
import socket
from collections.abc import Callable

_TRIES = 50
_MULTICAST_HOPS = 1
_FIRST_GROUP_PORT = 20_000
_GROUP_PORTS = 5_000
_SEND_BUFFER_BYTES = 4 * 1024 * 1024


class UdpPorts:
    """An even port for RTP and the odd one after it for RTCP."""

    def __init__(self, host: str) -> None:
        self.rtp, self.rtcp = _bind_pair(host)
        self.numbers: tuple[int, int] = (self.rtp.getsockname()[1], self.rtcp.getsockname()[1])

    def watch(self, heard: Callable[[str, int], None]) -> None:
        """Tell where RTCP comes from; what clients send to open firewalls is read and dropped."""
        loop = asyncio.get_running_loop()
        loop.add_reader(self.rtp, _drain, self.rtp, _ignore)
        loop.add_reader(self.rtcp, _drain, self.rtcp, heard)

    def close(self) -> None:
        loop = asyncio.get_running_loop()
        for sock in (self.rtp, self.rtcp):
            loop.remove_reader(sock)
            sock.close()


def _drain(sock: socket.socket, heard: Callable[[str, int], None]) -> None:
    try:
        _, (host, port) = sock.recvfrom(2048)
    except OSError:
        return
    heard(host, port)


def _ignore(_host: str, _port: int) -> None:
    return


def _bind_pair(host: str) -> tuple[socket.socket, socket.socket]:
    for _ in range(_TRIES):
        first = _bind(host, 0)
        port = first.getsockname()[1]
        if port % 2 == 0 and port < 65535:
            try:
                return first, _bind(host, port + 1)
            except OSError:
                first.close()
                continue
        first.close()
    raise OSError("no free pair of UDP ports")


def _bind(host: str, port: int) -> socket.socket:
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        sock.setblocking(False)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BUFFER_BYTES)
        sock.bind((host, port))
        sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, _MULTICAST_HOPS)
        # Else it leaves by the default route, wherever that leads.
        sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(sock.getsockname()[0]))
    except OSError:
        sock.close()
        raise
    return sock


def new_group() -> tuple[str, int]:
    """An address and an even port that hardly anybody else has, within the range that stays on a site."""
    group = f"239.255.{secrets.randbelow(256)}.{1 + secrets.randbelow(254)}"
    return group, _FIRST_GROUP_PORT + 2 * secrets.randbelow(_GROUP_PORTS)
