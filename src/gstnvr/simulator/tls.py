"""TLS of a simulated camera, in memory, as its connections are written to from two threads."""

import ssl
from pathlib import Path

_READ_BYTES = 64 * 1024


def server_context(certificate: Path, key: Path) -> ssl.SSLContext:
    """For all connections of a camera.

    Raises:
        OSError: the files cannot be used.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context


class Cipher:
    """One connection. Used under the lock of whoever writes to it."""

    def __init__(self, context: ssl.SSLContext) -> None:
        self._incoming = ssl.MemoryBIO()
        self._outgoing = ssl.MemoryBIO()
        self._connection = context.wrap_bio(self._incoming, self._outgoing, server_side=True)

    def seal(self, data: bytes | bytearray | memoryview) -> bytes:
        """What goes on the network for this."""
        self._connection.write(data)
        return self._outgoing.read()

    def unseal(self, received: bytes) -> tuple[bytes, bytes]:
        """What the client said, and what is to be sent back to keep TLS going.

        Raises:
            ssl.SSLError: the client does not like the certificate, or does not speak TLS.
        """
        self._incoming.write(received)
        said = bytearray()
        try:
            while piece := self._connection.read(_READ_BYTES):
                said += piece
        except (ssl.SSLWantReadError, ssl.SSLZeroReturnError):
            pass
        return bytes(said), self._outgoing.read()
