"""One viewer over WebRTC: encoded units in, encrypted RTP out."""

import asyncio
import time
from collections.abc import Sequence
from typing import Any, NamedTuple, cast

import gi

from gstnvr.gst.pipeline import MissingElementError, Pipeline, make
from gstnvr.gst.runtime import Gst, GstApp, GstSdp
from gstnvr.media.messages import MediaMessage, PipelineError
from gstnvr.media.peers import PeerError, SentTrack, SentUnit

try:
    gi.require_version("GstWebRTC", "1.0")
    from gi.repository import GstWebRTC
except (ImportError, ValueError):
    raise MissingElementError("webrtcbin") from None

ANSWER_WITHIN_S = 8.0
CONNECTED_WITHIN_S = 15.0
HEARD_WITHIN_S = 10.0
"""A viewer tells every second or so what has come; one who does not is gone, with or without a farewell."""
_STOP_S = 5.0
_MTU = 1200
_MOST_WAITING_BYTES = 8 << 20
_VIDEO_CAPS = "video/x-h264,stream-format=avc,alignment=au"
_LOST = frozenset(
    {
        GstWebRTC.WebRTCPeerConnectionState.FAILED,
        GstWebRTC.WebRTCPeerConnectionState.CLOSED,
        GstWebRTC.WebRTCPeerConnectionState.DISCONNECTED,
    }
)


class _Reply(NamedTuple):
    """Both are needed for as long as what is in it is used."""

    promise: Gst.Promise
    content: Gst.Structure | None


class WebRtcPeer:
    """Implements ``media.peers.Peer``."""

    def __init__(self, tracks: Sequence[SentTrack]) -> None:
        """Build the pipeline.

        Raises:
            MissingElementError: GStreamer lacks an element.
        """
        self._tracks = tracks
        self._pipeline = Pipeline("webrtc")
        self._webrtc = make("webrtcbin", "webrtc", bundle_policy=GstWebRTC.WebRTCBundlePolicy.MAX_BUNDLE)
        make("nicesrc", "there")
        _leave_routers_alone(self._webrtc)
        self._pipeline.add(self._webrtc)
        self._sources = {track.audio: self._add(track) for track in tracks}
        self._webrtc.connect("deep-element-added", self._listen)
        self._began = self._heard_at = time.monotonic()
        self._base_ns = 0
        self._failed = False

    def _add(self, track: SentTrack) -> GstApp.AppSrc:
        name = "audio" if track.audio else "video"
        source = make("appsrc", name, format=Gst.Format.TIME, is_live=True, max_bytes=_MOST_WAITING_BYTES)
        chain = _audio_chain(track) if track.audio else _video_chain(track)
        self._pipeline.add(source, *chain)
        pad = self._webrtc.request_pad_simple("sink_%u")
        last = chain[-1].get_static_pad("src")
        assert pad is not None
        assert last is not None
        transceiver = pad.get_property("transceiver")
        transceiver.set_property("direction", GstWebRTC.WebRTCRTPTransceiverDirection.SENDONLY)
        transceiver.set_property("codec-preferences", _rtp_caps(track))
        last.link(pad)
        return cast(GstApp.AppSrc, source)

    async def answer(self, offer: str) -> str:
        self._pipeline.play(self._hear)
        self._base_ns = self._pipeline.bin.get_base_time()
        try:
            async with asyncio.timeout(ANSWER_WITHIN_S):
                return await self._negotiate(offer)
        except TimeoutError:
            raise PeerError("no answer to the offer was found in time") from None

    def _listen(self, _bin: Gst.Bin, _below: Gst.Bin, element: Gst.Element) -> None:
        factory = element.get_factory()
        pad = element.get_static_pad("src")
        if factory is not None and factory.get_name() == "nicesrc" and pad is not None:
            pad.add_probe(Gst.PadProbeType.BUFFER | Gst.PadProbeType.BUFFER_LIST, self._note_heard)

    def _note_heard(self, _pad: Gst.Pad, _info: Gst.PadProbeInfo) -> Gst.PadProbeReturn:
        self._heard_at = time.monotonic()
        return Gst.PadProbeReturn.OK

    def _hear(self, message: MediaMessage) -> None:
        self._failed |= isinstance(message, PipelineError) and message.fatal

    async def _negotiate(self, offer: str) -> str:
        result, message = GstSdp.SDPMessage.new_from_text(offer)
        if result != GstSdp.SDPResult.OK:
            raise PeerError("the offer is no session description")
        description = GstWebRTC.WebRTCSessionDescription.new(GstWebRTC.WebRTCSDPType.OFFER, message)
        await self._ask("set-remote-description", description)
        created = await self._ask("create-answer", None)
        answer = _answer_in(created)
        gathered = self._gathering()
        await self._ask("set-local-description", answer)
        await gathered
        # Not before: webrtcbin bears no formats that come while it negotiates.
        for track in self._tracks:
            self._sources[track.audio].set_caps(_opus_caps(track) if track.audio else _h264_caps(track))
        return cast(str, self._webrtc.get_property("local-description").sdp.as_text())

    async def _ask(self, signal: str, argument: object) -> _Reply:
        """What webrtcbin answers, on a thread of its own."""
        loop = asyncio.get_running_loop()
        answered: asyncio.Future[_Reply] = loop.create_future()

        def tell(promise: Gst.Promise, *_: object) -> None:
            loop.call_soon_threadsafe(_settle, answered, _Reply(promise, promise.get_reply()))

        self._webrtc.emit(signal, argument, Gst.Promise.new_with_change_func(tell))
        return await answered

    def _gathering(self) -> "asyncio.Future[None]":
        loop = asyncio.get_running_loop()
        done: asyncio.Future[None] = loop.create_future()
        complete = GstWebRTC.WebRTCICEGatheringState.COMPLETE

        def look(element: Gst.Element, _: object) -> None:
            if element.get_property("ice-gathering-state") == complete:
                loop.call_soon_threadsafe(_settle, done, None)

        self._webrtc.connect("notify::ice-gathering-state", look)
        return done

    @property
    def connected(self) -> bool:
        state = self._webrtc.get_property("connection-state")
        return bool(state == GstWebRTC.WebRTCPeerConnectionState.CONNECTED)

    @property
    def gone(self) -> bool:
        if self._failed or self._webrtc.get_property("connection-state") in _LOST:
            return True
        now = time.monotonic()
        if self.connected:
            return now - self._heard_at > HEARD_WITHIN_S
        return now - self._began > CONNECTED_WITHIN_S

    def push(self, units: Sequence[SentUnit]) -> None:
        for unit in units:
            source = self._sources.get(unit.audio)
            if source is not None and source.get_current_level_bytes() < _MOST_WAITING_BYTES:
                buffer = Gst.Buffer.new_wrapped(unit.data)
                buffer.pts = max(0, unit.at - self._base_ns)
                source.push_buffer(buffer)

    async def close(self) -> None:
        await self._pipeline.release(_STOP_S)


def _leave_routers_alone(webrtc: Gst.Element) -> None:
    """No port is opened on a router by UPnP, nor is one looked for: each answer would wait 0.2 s for it."""
    ice = webrtc.get_property("ice-agent")
    if ice.__grefcount__ == 1:
        # webrtcbin of GStreamer 1.22 never takes the floating reference of its agent: Python took it by looking.
        ice._ref()
    ice.get_property("agent").set_property("upnp", False)


def _answer_in(reply: _Reply) -> Any:
    found = reply.content
    if found is None or not found.has_field("answer"):
        why = found.to_string() if found is not None else "no reason is given"
        raise PeerError(f"the offer cannot be answered: {why}")
    return found.get_value("answer")


def _settle(future: "asyncio.Future[Any]", value: object) -> None:
    if not future.done():
        future.set_result(value)


def _video_chain(track: SentTrack) -> list[Gst.Element]:
    payloader = make("rtph264pay", "video-payloader", pt=track.payload_type, config_interval=-1, mtu=_MTU)
    Gst.util_set_object_arg(payloader, "aggregate-mode", "zero-latency")
    # The payloader tells the camera's profile, and webrtcbin takes none but the very one that was offered.
    renamer = make("capssetter", "video-renamer", caps=_rtp_caps(track), join=False)
    return [make("h264parse", "video-parser", config_interval=-1), payloader, renamer]


def _audio_chain(track: SentTrack) -> list[Gst.Element]:
    return [make("rtpopuspay", "audio-payloader", pt=track.payload_type, mtu=_MTU)]


def _caps(text: str) -> Gst.Caps:
    caps = Gst.Caps.from_string(text)
    assert caps is not None
    return caps


def _h264_caps(track: SentTrack) -> Gst.Caps:
    caps = _caps(_VIDEO_CAPS)
    caps.set_value("codec_data", Gst.Buffer.new_wrapped(track.config))
    return caps


def _opus_caps(track: SentTrack) -> Gst.Caps:
    return _caps(f"audio/x-opus,rate=48000,channels={track.channels},channel-mapping-family=0")


def _rtp_caps(track: SentTrack) -> Gst.Caps:
    """As the offer calls it."""
    if track.audio:
        form = "media=audio,encoding-name=OPUS,clock-rate=48000"
        return _caps(f"application/x-rtp,{form},payload={track.payload_type}")
    form = "media=video,encoding-name=H264,clock-rate=90000"
    caps = _caps(f"application/x-rtp,{form},payload={track.payload_type}")
    for pair in track.parameters.split(";"):
        name, _, value = pair.strip().partition("=")
        caps.set_value(name, value)
    return caps
