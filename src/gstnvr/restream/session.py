"""What one connection has set up, and plays."""

import asyncio
import ipaddress
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from gstnvr.ipc.live import LiveFormat, Tap
from gstnvr.model.ids import StreamId
from gstnvr.restream.outlets import InterleavedOutlet, Outlet, UdpOutlet, Wire
from gstnvr.restream.player import Player, first_picture
from gstnvr.restream.requests import Datagrams, Interleaved, transport_of
from gstnvr.restream.source import begin
from gstnvr.restream.tracks import packetizers, rtp_info


class TransportRefusedError(Exception):
    """None of the transports that the client offers will do."""


@dataclass(frozen=True, slots=True)
class Ends:
    """Of a connection."""

    local: str
    peer: str
    encrypted: bool

    @property
    def within_machine(self) -> bool:
        """Datagrams are sent nowhere else: there they are not lost, and nobody reads them."""
        return not self.encrypted and ipaddress.ip_address(self.peer.partition("%")[0]).is_loopback


class Session:
    """From SETUP to TEARDOWN."""

    def __init__(self, stream: StreamId, form: LiveFormat, timeout_s: float, heard: Callable[[], None]) -> None:
        self.name = secrets.token_hex(8)
        self.stream = stream
        self.playing: asyncio.Task[str] | None = None
        self._form = form
        self._timeout_s = timeout_s
        self._heard = heard
        self._tracks = packetizers(form)
        self._outlets: dict[str, Outlet] = {}
        self._tap: Tap | None = None

    @property
    def header(self) -> str:
        """Field ``Session`` of answers."""
        return f"{self.name};timeout={self._timeout_s:g}"

    @property
    def over_udp(self) -> bool:
        return any(isinstance(outlet, UdpOutlet) for outlet in self._outlets.values())

    @property
    def ready(self) -> bool:
        """There is something to be played."""
        return bool(self._outlets)

    def has(self, control: str) -> bool:
        """Whether the stream has such a track."""
        return control in self._tracks

    def set_up(self, control: str, field: str, wire: Wire, ends: Ends) -> str:
        """Take a track; field ``Transport`` of the answer.

        Raises:
            TransportRefusedError: what the client offers will not do.
        """
        free = 2 * list(self._tracks).index(control)
        chosen = transport_of(field, free_channel=free, datagrams=ends.within_machine)
        outlet: Outlet
        match chosen:
            case Interleaved(channel):
                outlet = InterleavedOutlet(wire, channel)
                text = f"RTP/AVP/TCP;unicast;interleaved={channel}-{channel + 1}"
            case Datagrams(rtp, rtcp):
                try:
                    outlet = udp = UdpOutlet(ends.local, ends.peer, chosen, self._heard)
                except OSError:
                    raise TransportRefusedError from None
                text = f"RTP/AVP;unicast;client_port={rtp}-{rtcp};server_port={udp.server_ports}"
            case None:
                raise TransportRefusedError
        former = self._outlets.pop(control, None)
        if former is not None:
            former.close()
        self._outlets[control] = outlet
        return f"{text};ssrc={self._tracks[control].ssrc:08X}"

    async def play(self, recorder: Path, base: str) -> tuple[str, Callable[[], asyncio.Task[str]]]:
        """Get ready; field ``RTP-Info`` of the answer, and what is to be called once that is on its way.

        Raises:
            NoStreamError: there is nothing to be watched now.
        """
        tap, first = await begin(recorder, self.stream, self._form)
        self._tap = tap
        information = rtp_info(base, first_picture(first), self._tracks, list(self._outlets))
        player = Player(tap, self._form, first, self._tracks, self._outlets)

        def launch() -> asyncio.Task[str]:
            self.playing = asyncio.create_task(player.run(), name=f"restream {self.stream}")
            return self.playing

        return information, launch

    async def end(self) -> None:
        """Play no more."""
        if self.playing is not None:
            self.playing.cancel()
            await asyncio.gather(self.playing, return_exceptions=True)
        if self._tap is not None:
            self._tap.close()  # also where the client was gone before it could be answered
        for outlet in self._outlets.values():
            outlet.close()
