"""A TCP relay that cuts connections when so many bytes have gone one way."""

import contextlib
import socket
import threading
from collections.abc import Iterator, Sequence

_PIECE = 64 * 1024


class CuttingProxy:
    """Relays to a server on this machine; every connection of it may be reset on the way."""

    def __init__(self, target_port: int, cut_after: Sequence[int] = (), *, back: bool = False) -> None:
        """Listens at once.

        Args:
            cut_after: after each of these numbers of bytes, counted anew each time, all connections are reset.
            back: bytes from the server count, not those towards it.
        """
        self._back = back
        self._target = target_port
        self._cuts = list(cut_after)
        self._passed = 0
        self.total = 0
        """Bytes that went the way that counts."""
        self.cuts = 0
        """So often connections were cut."""
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._listener.close()
        self.cut()

    def cut(self) -> None:
        """Reset every connection now."""
        with self._lock:
            connections, self._open = self._open, set()
        for connection in connections:
            with contextlib.suppress(OSError):
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
                connection.shutdown(socket.SHUT_RDWR)
            connection.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            try:
                server = socket.create_connection(("127.0.0.1", self._target))
            except OSError:
                client.close()
                continue
            with self._lock:
                self._open |= {client, server}
            threading.Thread(target=self._relay, args=(client, server, not self._back), daemon=True).start()
            threading.Thread(target=self._relay, args=(server, client, self._back), daemon=True).start()

    def _relay(self, source: socket.socket, sink: socket.socket, counted: bool) -> None:
        with contextlib.suppress(OSError):
            while piece := source.recv(_PIECE):
                if counted and self._is_time_to_cut(len(piece)):
                    self.cut()
                    return
                sink.sendall(piece)
            sink.shutdown(socket.SHUT_WR)

    def _is_time_to_cut(self, size: int) -> bool:
        with self._lock:
            self._passed += size
            self.total += size
            if not self._cuts or self._passed < self._cuts[0]:
                return False
            self._cuts.pop(0)
            self._passed = 0
            self.cuts += 1
            return True


@contextlib.contextmanager
def cutting_proxy(
    target_port: int, cut_after: Sequence[int] = (), *, back: bool = False
) -> Iterator[CuttingProxy]:
    """One that is closed at the end."""
    proxy = CuttingProxy(target_port, cut_after, back=back)
    try:
        yield proxy
    finally:
        proxy.close()
