"""SETUP to TEARDOWN of one viewer."""

import re
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass

from gstnvr.simulator.camera import Camera
from gstnvr.simulator.outlet import ConnectionWriter, InterleavedOutlet, Outlet, UdpOutlet
from gstnvr.simulator.playback import Playback, Stream
from gstnvr.simulator.udp import UdpPorts, new_group


class TransportRefusedError(Exception):
    """None of the transports that the client offers will do."""


@dataclass(frozen=True, slots=True)
class _Setup:
    control: str
    stream: Stream
    rtcp_port: int | None


class Session:
    """What one connection has set up."""

    def __init__(self, camera: Camera, timeout_s: float) -> None:
        self.id = secrets.token_hex(8)
        self.camera = camera
        self.timeout_s = timeout_s
        self.playback: Playback | None = None
        self.last_sign_of_life = time.monotonic()
        self._setups: list[_Setup] = []
        self._preparing = Playback(camera)

    @property
    def header(self) -> str:
        return f"{self.id};timeout={self.timeout_s:g}"

    def touch(self) -> None:
        """The client is alive."""
        self.last_sign_of_life = time.monotonic()

    @property
    def expired(self) -> bool:
        return time.monotonic() - self.last_sign_of_life > self.timeout_s

    @property
    def rtcp_ports(self) -> list[int]:
        """Where the client sends its RTCP from, over UDP."""
        return [setup.rtcp_port for setup in self._setups if setup.rtcp_port is not None]

    def set_up(self, control: str, transport: str, writer: ConnectionWriter, ports: UdpPorts, peer: str) -> str:
        """Take a track; returns the Transport field of the answer.

        Raises:
            TransportRefusedError: nothing in ``transport`` that works here.
        """
        kind = "audio" if control == "track1" else "video"
        refused = self.camera.behaviour.refused_transport
        for offer in transport.split(","):
            name = offer.strip().split(";")[0].upper()
            protocol = _protocol(name, offer)
            if name not in ("RTP/AVP", "RTP/AVP/UDP", "RTP/AVP/TCP") or refused in ("all", protocol):
                continue
            if protocol == "tcp":
                return self._set_up_interleaved(control, kind, offer, writer)
            if protocol == "multicast":
                return self._set_up_multicast(control, kind, ports)
            client = re.search(r"client_port=([0-9]+)-([0-9]+)", offer)
            if client is not None:
                return self._set_up_udp(control, kind, (int(client[1]), int(client[2])), ports, peer)
        raise TransportRefusedError

    def _set_up_interleaved(self, control: str, kind: str, offer: str, writer: ConnectionWriter) -> str:
        asked = re.search(r"interleaved=([0-9]{1,3})", offer)
        channel = int(asked[1]) % 256 if asked is not None else 2 * len(self._setups)
        stream = self._take(control, kind, InterleavedOutlet(writer, channel), None)
        return f"RTP/AVP/TCP;unicast;interleaved={channel}-{channel + 1};ssrc={stream.ssrc:08X}"

    def _set_up_udp(self, control: str, kind: str, client: tuple[int, int], ports: UdpPorts, peer: str) -> str:
        outlet = UdpOutlet(ports.rtp, ports.rtcp, peer, client)
        stream = self._take(control, kind, outlet, client[1])
        return (
            f"RTP/AVP;unicast;client_port={client[0]}-{client[1]};"
            f"server_port={ports.numbers[0]}-{ports.numbers[1]};ssrc={stream.ssrc:08X}"
        )

    def _set_up_multicast(self, control: str, kind: str, ports: UdpPorts) -> str:
        group, port = new_group()
        stream = self._take(control, kind, UdpOutlet(ports.rtp, ports.rtcp, group, (port, port + 1)), None)
        return f"RTP/AVP;multicast;destination={group};port={port}-{port + 1};ttl=1;ssrc={stream.ssrc:08X}"

    def _take(self, control: str, kind: str, outlet: Outlet, rtcp_port: int | None) -> Stream:
        stream = self._preparing.add(kind, outlet)
        self._setups.append(_Setup(control, stream, rtcp_port))
        return stream

    def play(self, base_url: str, send: Callable[[Stream], None]) -> tuple[str, Callable[[], None]]:
        """Begin; returns the RTP-Info field, and what starts the sending once the answer is on its way."""
        if self.playback is not None or not self._setups:
            return "", lambda: None
        playback = self._preparing
        playback.begin()
        self.playback = playback
        parts = []
        for setup in self._setups:
            start = setup.stream.start
            parts.append(f"url={base_url}{setup.control};seq={start.sequence};rtptime={start.rtp_time}")

        def launch() -> None:
            for stream in playback.streams:
                send(stream)

        return ",".join(parts), launch

    def end(self, *, say_bye: bool = False) -> None:
        if self.playback is not None:
            self.playback.end(say_bye=say_bye)
            self.playback = None


def _protocol(name: str, offer: str) -> str:
    if name == "RTP/AVP/TCP":
        return "tcp"
    return "multicast" if "multicast" in offer.lower() else "udp"
