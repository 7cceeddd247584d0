"""What RTSP travels on: a TCP connection, one with TLS, or two HTTP connections."""

import asyncio
from typing import Protocol

from gstnvr.model.trust import CertificateTrust
from gstnvr.rtsp.tls import SecureTarget, open_streams, peer_fingerprint

READ_BYTES = 64 * 1024
_LONGEST_HEAD_BYTES = 16 * 1024


class Wire(Protocol):
    """Bytes to the camera and back."""

    @property
    def address(self) -> tuple[str, int]:
        """Numeric address and port of the camera."""
        ...

    @property
    def local_address(self) -> str:
        """Numeric address of this machine, as the camera sees it."""
        ...

    @property
    def fingerprint(self) -> str | None:
        """SHA-256 of the camera's certificate; None without TLS."""
        ...

    async def send(self, data: bytes) -> None:
        """Hand on all of it.

        Raises:
            OSError: the connection was lost.
        """
        ...

    async def receive(self) -> bytes:
        """What has come; empty at the end.

        Raises:
            OSError: the connection was lost.
        """
        ...

    def close(self) -> None:
        """At once; what was sent may be lost."""
        ...


class StreamWire:
    """One TCP connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        host, port = writer.get_extra_info("peername")[:2]
        self.address: tuple[str, int] = (str(host), int(port))
        self.local_address = str(writer.get_extra_info("sockname")[0])
        self.fingerprint = peer_fingerprint(writer)

    async def send(self, data: bytes) -> None:
        self._writer.write(data)
        await self._writer.drain()

    async def receive(self) -> bytes:
        return await self._reader.read(READ_BYTES)

    async def receive_head(self) -> bytes:
        """Up to and with the first empty line.

        Raises:
            asyncio.IncompleteReadError: the connection ended before.
            asyncio.LimitOverrunError: it does not come.
            OSError: the connection was lost.
        """
        return await self._reader.readuntil(b"\r\n\r\n")

    def close(self) -> None:
        self._writer.transport.abort()


async def open_wire(target: SecureTarget, trust: CertificateTrust, deadline: float) -> StreamWire:
    """Connect.

    Raises:
        CameraConnectionError: no connection, no TLS, or a certificate that is not trusted.
    """
    return StreamWire(*await open_streams(target, trust, deadline, _LONGEST_HEAD_BYTES))
