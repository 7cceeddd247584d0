"""What reverse proxies say of the requests that they pass on, believed from those only that are trusted."""

import ipaddress
from collections.abc import Sequence

from starlette.types import ASGIApp, Receive, Scope, Send

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
_FORWARDED = frozenset(
    b"x-real-ip x-forwarded-for x-forwarded-proto x-forwarded-host x-forwarded-port forwarded".split()
)
_SECURE = {"http": "https", "ws": "wss"}


class ForwardedFrom:
    """Takes the client's address, scheme and host from the headers of a trusted proxy; of others, takes these
    headers away."""

    def __init__(self, app: ASGIApp, trusted: Sequence[Network]) -> None:
        self._app = app
        self._trusted = tuple(trusted)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] in ("http", "websocket"):
            given = {name: value.decode("latin-1") for name, value in scope["headers"] if name in _FORWARDED}
            headers = [(name, value) for name, value in scope["headers"] if name not in _FORWARDED]
            scope = {**scope, "headers": headers}
            client = scope.get("client")
            if client is not None and is_within(client[0], self._trusted):
                self._believe(scope, given)
        await self._app(scope, receive, send)

    def _believe(self, scope: Scope, given: dict[bytes, str]) -> None:
        scope["through_proxy"] = True
        hops = [_without_port(hop.strip()) for hop in given.get(b"x-forwarded-for", "").split(",") if hop.strip()]
        # Each proxy adds whom it heard from: the last that is none of ours is the client; before it may be lies.
        strangers = [hop for hop in hops if not is_within(hop, self._trusted)]
        if strangers:
            scope["client"] = (strangers[-1][:64], 0)
        if given.get(b"x-forwarded-proto", "").strip().lower() == "https":
            scope["scheme"] = _SECURE.get(scope["scheme"], scope["scheme"])
        host = given.get(b"x-forwarded-host")
        if host is not None:
            kept = [(name, value) for name, value in scope["headers"] if name != b"host"]
            scope["headers"] = [*kept, (b"host", host.strip().encode("latin-1"))]


def _without_port(hop: str) -> str:
    """Some proxies write ``192.0.2.1:4711`` and ``[2001:db8::1]:4711``."""
    if hop.startswith("["):
        return hop[1:].partition("]")[0]
    return hop.partition(":")[0] if hop.count(":") == 1 else hop


def is_within(address: str, networks: Sequence[Network]) -> bool:
    """Whether an address is in one of these."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped is not None:
        found = found.ipv4_mapped
    return any(found.version == network.version and found in network for network in networks)
