"""Where GStreamer may connect to: the hosts of cameras that are set, and nowhere that a camera refers it to.

rtspsrc follows redirections by itself. GIO asks its proxy resolver before it connects to anything, and a resolver
may say no; this one also keeps proxies out that the environment of the process names.
"""

import logging
import os
import threading
from collections import Counter
from urllib.parse import unquote, urlsplit

from gstnvr.gst.runtime import Gio, GLib

_log = logging.getLogger(__name__)
_EXTENSION_POINT = "gio-proxy-resolver"
_NAME = "gstnvr"
_FIRST = 1000

_guard = threading.Lock()
_allowed: Counter[str] = Counter()


class _Destinations(Gio.SimpleProxyResolver):
    """Only what connects without asynchronous calls, as rtspsrc does, is looked at; the rest goes straight."""

    __gtype_name__ = "GstnvrDestinations"

    def do_is_supported(self) -> bool:
        return True

    def do_lookup(self, uri: str, _cancellable: Gio.Cancellable | None) -> list[str]:
        host = host_of(uri)
        with _guard:
            allowed = _allowed[host] > 0
        if not allowed:
            _log.warning("a camera referred to host %s, which is not followed", host)
            raise GLib.Error.new_literal(
                Gio.io_error_quark(), f"{host} is no camera of ours", Gio.IOErrorEnum.PERMISSION_DENIED
            )
        return ["direct://"]


def install() -> None:
    """Begin to watch over connections; to be called before any is made. More calls do nothing.

    Raises:
        RuntimeError: GIO has chosen another resolver already.
    """
    # A variable of the environment may not make another choice.
    os.environ["GIO_USE_PROXY_RESOLVER"] = _NAME
    point = Gio.IOExtensionPoint.lookup(_EXTENSION_POINT) or Gio.io_extension_point_register(_EXTENSION_POINT)
    if point.get_extension_by_name(_NAME) is None:
        Gio.IOExtensionPoint.implement(_EXTENSION_POINT, _Destinations, _NAME, _FIRST)
    chosen = Gio.ProxyResolver.get_default()
    if not isinstance(chosen, _Destinations):
        raise RuntimeError("GIO chose another proxy resolver: cameras could refer gstnvr to any host")  # noqa: TRY004


def allow(url: str) -> None:
    """Let connections be made to the host of this address, once more."""
    with _guard:
        _allowed[host_of(url)] += 1


def forbid(url: str) -> None:
    """Take back one ``allow``."""
    with _guard:
        _allowed[host_of(url)] -= 1


def host_of(url: str) -> str:
    """Lower case, without brackets."""
    return unquote(urlsplit(url).hostname or "").lower()
