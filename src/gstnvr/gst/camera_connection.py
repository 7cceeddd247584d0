"""rtspsrc, told how to reach one camera, and kept from reaching or trusting anything else."""

import socket
from dataclasses import replace
from typing import cast
from urllib.parse import urlsplit

import psutil

from gstnvr import __version__
from gstnvr.gst import certificates, destinations
from gstnvr.gst.messages import name_for
from gstnvr.gst.pipeline import MissingElementError, make
from gstnvr.gst.runtime import Gio, Gst, GstSdp
from gstnvr.media.messages import ErrorDomain, MediaMessage, PipelineError, ResourceCode, Role
from gstnvr.media.pipelines import SourceSpec
from gstnvr.model.choices import Transport

_UDP_SILENCE_US = 3_000_000
"""rtspsrc tries TCP after so long without any UDP packet."""
_UDP_BUFFER_BYTES = 2 << 20
"""A large key frame may come at once. The system grants as much of it as ``net.core.rmem_max`` allows."""
_PROTOCOLS = {
    Transport.TCP: "tcp",
    Transport.UDP: "tcp+udp",
    Transport.MULTICAST: "tcp+udp-mcast",
    Transport.HTTP: "tcp",
}
_SECURE_PORT = 322
_MOVED = 302


class CameraConnection:
    """Owns what concerns the connection of an rtspsrc; the element itself belongs to the pipeline."""

    def __init__(self, spec: SourceSpec) -> None:
        """Make the element.

        Raises:
            MissingElementError: GStreamer lacks it, or GIO lacks TLS and the camera needs it.
        """
        secure = spec.url.lower().startswith("rtsps:")
        if secure and not certificates.is_available():
            raise MissingElementError("TLS")
        destinations.install()
        self._location = _location(spec)
        self._judge = certificates.Judge(spec.trust)
        self.element = _rtspsrc(spec, self._location)
        self.element.connect("accept-certificate", self._accept)
        self.element.connect("on-sdp", self._correct)
        self._multicast_left = spec.transport is Transport.MULTICAST

    def begin(self) -> None:
        """The element is about to connect."""
        destinations.allow(self._location)
        certificates.appoint(self._address, self._judge)

    def end(self) -> None:
        """The element is about to be let go of."""
        destinations.forbid(self._location)
        certificates.dismiss(self._address, self._judge)

    @property
    def _address(self) -> certificates.Address:
        return destinations.host_of(self._location), urlsplit(self._location).port or 0

    @property
    def strayed_to(self) -> str | None:
        """The other host that the camera has referred the element to; None if there is none."""
        host = destinations.host_of(self.element.get_property("location") or "")
        return None if host == destinations.host_of(self._location) else host

    def explain(self, message: MediaMessage) -> MediaMessage:
        """The same, with the cause if it is known here: the element just says that it failed to connect."""
        if not isinstance(message, PipelineError) or message.role is not Role.SOURCE or not message.fatal:
            return message
        strayed_to = self.strayed_to
        if strayed_to is not None:
            return replace(message, rtsp_status=_MOVED, text=f"it refers to {strayed_to}")
        refusal = self._judge.refusal
        if refusal is not None and (message.domain, message.code) == _CANNOT_CONNECT:
            return replace(message, text=f"certificate refused: {refusal}")
        return message

    # On a thread of the element, once for each session.

    def _correct(self, _rtspsrc: Gst.Element, description: GstSdp.SDPMessage) -> None:
        """Cameras that can do multicast announce the group to everybody, and rtspsrc then takes nothing else."""
        if self._multicast_left:  # if nothing comes, rtspsrc asks again, for TCP
            self._multicast_left = False
            return
        description.set_connection("IN", "IP4", "0.0.0.0", 0, 0)  # noqa: S104 - "see SETUP", nothing listens there
        for number in range(description.medias_len()):
            media = description.get_media(number)
            while media.connections_len():
                media.remove_connection(0)

    # On a thread of the element, for connections with TLS that resume no session.

    def _accept(
        self,
        _rtspsrc: Gst.Element,
        connection: Gio.TlsConnection,
        certificate: Gio.TlsCertificate,
        _errors: Gio.TlsCertificateFlags,
    ) -> bool:
        return self._judge.accepts(cast(Gio.TlsClientConnection, connection).get_server_identity(), certificate)


_CANNOT_CONNECT = (ErrorDomain.RESOURCE, ResourceCode.OPEN_READ_WRITE)


def _location(spec: SourceSpec) -> str:
    """The address with rtspsrc's scheme for the tunnel, and with the port that it does not know for TLS."""
    scheme, _, rest = spec.url.partition("://")
    tunnelled = "h" if spec.transport is Transport.HTTP else ""
    if scheme.lower() == "rtsps":
        rest = _with_port(rest)
    return f"{scheme.lower()}{tunnelled}://{rest}"


def _with_port(rest: str) -> str:
    end = next((index for index, character in enumerate(rest) if character in "/?#"), len(rest))
    authority = rest[:end]
    has_port = ":" in authority.rpartition("]")[2]
    return rest if has_port else f"{authority}:{_SECURE_PORT}{rest[end:]}"


def _rtspsrc(spec: SourceSpec, location: str) -> Gst.Element:
    rtspsrc = make(
        "rtspsrc",
        name_for(Role.SOURCE),
        location=location,
        latency=spec.latency_ms,
        tcp_timeout=spec.tcp_timeout_ms * 1000,
        timeout=_UDP_SILENCE_US,
        udp_buffer_size=_UDP_BUFFER_BYTES,
        # It would connect anew to a camera that has forgotten the session, and without a word where the camera
        # hung up on a question.
        udp_reconnect=False,
        user_agent=f"gstnvr/{__version__}",
        # A tunnel's server may name another host for the way back, as a redirection by another name.
        ignore_x_server_reply=True,
    )
    Gst.util_set_object_arg(rtspsrc, "protocols", _PROTOCOLS[spec.transport])
    # RTP's own times: most modes take the bursts in which data is drained for jitter of the camera. "none" does
    # not, but for it the first packet comes at 0, so that all deadlines have passed from the start.
    Gst.util_set_object_arg(rtspsrc, "buffer-mode", "synced")
    if spec.transport is Transport.MULTICAST:
        # Packets that open firewalls on the way to a camera would go to everybody in the group.
        Gst.util_set_object_arg(rtspsrc, "nat-method", "none")
        rtspsrc.set_property("multicast-iface", _interface_of(spec.local_address))
    if spec.username is not None:
        rtspsrc.set_property("user-id", spec.username)
        rtspsrc.set_property("user-pw", spec.password or "")
    return rtspsrc


def _interface_of(local_address: str | None) -> str | None:
    """The interface that has this address: a group is joined where the camera is, not on the default route."""
    if local_address is None:
        return None
    for name, addresses in psutil.net_if_addrs().items():
        for one in addresses:
            if one.family in (socket.AF_INET, socket.AF_INET6) and one.address.partition("%")[0] == local_address:
                return name
    return None
