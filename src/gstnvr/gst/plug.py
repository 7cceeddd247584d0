"""The sockets of an rtspsrc, which does not give them away: to see how much has come, and to pull the plug.

An rtspsrc that receives a message without end, or a byte now and then, does not stop when it is told to: its time
limits count from one byte to the next. It stops when its sockets are shut down.
"""

import contextlib
import os
import socket
import struct
import sys
import threading
from collections import defaultdict, deque
from collections.abc import Callable
from typing import cast

from gstnvr.gst.runtime import Gio, GLib, GObject, Gst

_SOCKETS_OF_A_TUNNEL = 2
_BYTES_RECEIVED = struct.Struct("=Q")
_BYTES_RECEIVED_AT = 128
"""Within ``struct tcp_info`` of Linux, since 4.1."""

_SocketIfAlive = Callable[[], Gio.Socket | None]
"""Who holds a socket keeps its connection open, and the camera counts it as a viewer for ever."""

_newest: dict[int, deque[_SocketIfAlive]] = defaultdict(lambda: deque(maxlen=_SOCKETS_OF_A_TUNNEL))
"""By thread: what it connected last."""
_installed: list[int] = []


def _install() -> None:
    if not _installed:
        Gio.SocketClient()  # the signal is not known before
        _installed.append(GObject.add_emission_hook(Gio.SocketClient.__gtype__, "event", _note))


def _note(
    _client: Gio.SocketClient,
    event: Gio.SocketClientEvent,
    _connectable: Gio.SocketConnectable,
    connection: Gio.IOStream | None,
) -> bool:
    if event is Gio.SocketClientEvent.CONNECTED and isinstance(connection, Gio.SocketConnection):
        alive = cast(_SocketIfAlive, connection.get_socket().weak_ref())
        _newest[threading.get_ident()].append(alive)
    return True


class Plug:
    """Watches an rtspsrc from before it connects."""

    def __init__(self, rtspsrc: Gst.Element) -> None:
        _install()
        self._sockets: list[_SocketIfAlive] = []
        self.connections = 0
        """That were made so far."""
        rtspsrc.connect("before-send", self._take)

    def received(self) -> int:
        """Bytes that have come on connections that are open."""
        return sum(_received(one) for one in self._open_ones())

    def pull(self) -> None:
        """End all connections, whatever the element is doing with them."""
        for one in self._open_ones():
            with contextlib.suppress(GLib.Error):  # closed or reset by the camera just now
                one.shutdown(True, True)

    def _open_ones(self) -> list[Gio.Socket]:
        alive = (one() for one in self._sockets)
        return [one for one in alive if one is not None and not one.is_closed()]

    # On the thread of the element that has connected, once for each request.

    def _take(self, _rtspsrc: Gst.Element, _request: object) -> bool:
        connected = _newest.pop(threading.get_ident(), None)
        if connected is not None:
            self.connections += len(connected)
            self._sockets = [one for one in self._sockets if one() is not None] + list(connected)
        return True


def _received(one: Gio.Socket) -> int:
    if sys.platform != "linux" or one.is_closed():
        return 0
    try:
        copy = socket.socket(socket.AF_INET, socket.SOCK_STREAM, fileno=os.dup(one.get_fd()))
    except OSError:  # closed just now
        return 0
    with copy:
        size = _BYTES_RECEIVED_AT + _BYTES_RECEIVED.size
        facts = copy.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, size)
    return int(_BYTES_RECEIVED.unpack_from(facts, _BYTES_RECEIVED_AT)[0]) if len(facts) == size else 0
