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

from gstnvr.gst.runtime import Gio, GLib, GObject, Gst

_SOCKETS_OF_A_TUNNEL = 2
_BYTES_RECEIVED = struct.Struct("=Q")
_BYTES_RECEIVED_AT = 128
"""Within ``struct tcp_info`` of Linux, since 4.1."""

_newest: dict[int, deque[Gio.Socket]] = defaultdict(lambda: deque(maxlen=_SOCKETS_OF_A_TUNNEL))
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
        _newest[threading.get_ident()].append(connection.get_socket())
    return True


class Plug:
    """Watches an rtspsrc from before it connects."""

    def __init__(self, rtspsrc: Gst.Element) -> None:
        _install()
        self._sockets: list[Gio.Socket] = []
        rtspsrc.connect("before-send", self._take)

    def received(self) -> int:
        """Bytes that have come on connections that are open."""
        return sum(_received(one) for one in self._sockets)

    def pull(self) -> None:
        """End all connections, whatever the element is doing with them."""
        for one in self._sockets:
            with contextlib.suppress(GLib.Error):  # closed or reset by the camera just now
                one.shutdown(True, True)

    # On the thread of the element that has connected, once for each request.

    def _take(self, _rtspsrc: Gst.Element, _request: object) -> bool:
        connected = _newest.pop(threading.get_ident(), None)
        if connected is not None:
            self._sockets = [one for one in self._sockets if not one.is_closed()] + list(connected)
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
