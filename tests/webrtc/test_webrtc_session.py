"""From an offer to what a viewer over WebRTC is sent."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import pytest

from gstnvr.ipc.connection import listen_for_streams
from gstnvr.ipc.live import LiveBatch, LiveFormat, LiveMessage, LiveTrack, LiveUnit, encode, receive_watch
from gstnvr.media.peers import Peer, SentTrack, SentUnit
from gstnvr.model.clock import NS_PER_MS, UtcNs
from gstnvr.model.ids import CameraId, StreamId, StreamKind
from gstnvr.webrtc.messages import Answered, Close, Ended, Obstacle, Open, Refused, Report
from gstnvr.webrtc.offer import NotPlayableError, h264_payload, opus_payload
from gstnvr.webrtc.service import WebRtcService
from gstnvr.webrtc.session import CATCH_UP_STEP_NS, NoSessionError, open_session
from tests.rig.waiting import until

STREAM = StreamId(CameraId("yard"), StreamKind.MAIN)
H264 = LiveTrack("h264", bytes.fromhex("0142c01eff"), width=640, height=360)
OPUS = LiveTrack("opus", b"", sample_rate=48_000, channels=1)
OFFER = "\r\n".join(
    [
        "v=0",
        "m=video 9 UDP/TLS/RTP/SAVPF 96 102 103 104",
        "a=rtpmap:96 VP8/90000",
        "a=rtpmap:102 H264/90000",
        "a=fmtp:102 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=64001f",
        "a=rtpmap:103 H264/90000",
        "a=fmtp:103 level-asymmetry-allowed=1;packetization-mode=0;profile-level-id=42e01f",
        "a=rtpmap:104 H264/90000",
        "a=fmtp:104 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f",
        "m=audio 9 UDP/TLS/RTP/SAVPF 111",
        "a=rtpmap:111 opus/48000/2",
        "a=fmtp:111 minptime=10",
    ]
)
STEP = 40 * NS_PER_MS


def picture(number: int, *, key: bool = False) -> LiveUnit:
    return LiveUnit(False, number * STEP, number * STEP, STEP, key, f"picture {number}".encode())


def sound(number: int) -> LiveUnit:
    return LiveUnit(True, number * STEP, number * STEP, STEP, True, f"sound {number}".encode())


def batch(*units: LiveUnit) -> LiveBatch:
    return LiveBatch(list(units), UtcNs(0))


class FakePeer:
    """Implements ``media.peers.Peer``."""

    def __init__(self, tracks: Sequence[SentTrack]) -> None:
        self.tracks = list(tracks)
        self.sent: list[SentUnit] = []
        self.arrived = False
        self.asked = 0
        self.gone = False
        self.closed = False
        self.offer = ""

    @property
    def connected(self) -> bool:
        self.asked += 1
        return self.arrived

    async def answer(self, offer: str) -> str:
        self.offer = offer
        return f"answer to {len(offer)}"

    def push(self, units: Sequence[SentUnit]) -> None:
        self.sent += units

    async def close(self) -> None:
        self.closed = True


class FakeRecorder:
    """Sends what it is given to whoever watches."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.messages: asyncio.Queue[LiveMessage | None] = asyncio.Queue()
        self.left = asyncio.Event()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        assert (await receive_watch(reader)).stream == STREAM
        sending = asyncio.create_task(self._send(writer))
        await reader.read()
        sending.cancel()
        writer.close()
        await writer.wait_closed()
        self.left.set()

    async def _send(self, writer: asyncio.StreamWriter) -> None:
        while (message := await self.messages.get()) is not None:
            writer.write(encode(message))
        writer.close()

    def order(self, offer: str = OFFER) -> Open:
        return Open("first", str(self.path), STREAM, offer)


@asynccontextmanager
async def recorder(folder: Path, *messages: LiveMessage) -> AsyncIterator[FakeRecorder]:
    (folder / "sockets").mkdir(mode=0o700)
    made = FakeRecorder(folder / "sockets" / "recorder-0.live")
    for message in messages:
        made.messages.put_nowait(message)
    listener = await listen_for_streams(made.path, made.serve)
    try:
        yield made
    finally:
        await asyncio.wait_for(made.left.wait(), 30)
        await listener.close()


def run(story: Callable[[], Awaitable[None]]) -> None:
    async def all_of_it() -> None:
        await story()

    asyncio.run(all_of_it())


def test_the_very_profile_is_taken_if_it_is_offered() -> None:
    assert h264_payload(OFFER, H264).number == 104
    high = LiveTrack("h264", bytes.fromhex("0164001fff"))
    assert h264_payload(OFFER, high).number == 102
    assert opus_payload(OFFER) is not None


def test_another_profile_is_better_than_nothing() -> None:
    main = LiveTrack("h264", bytes.fromhex("014d001fff"))
    assert h264_payload(OFFER, main).number == 102


@pytest.mark.parametrize(
    ("offer", "video"),
    [
        ("v=0", H264),
        ("m=", H264),
        (OFFER.replace("packetization-mode=1", "packetization-mode=0"), H264),
        (OFFER, LiveTrack("h265", bytes(30))),
        (OFFER, LiveTrack("mjpeg", b"")),
        (OFFER, LiveTrack("h264", b"")),
    ],
)
def test_what_cannot_be_played_is_told(offer: str, video: LiveTrack) -> None:
    with pytest.raises(NotPlayableError, match=r"H\.264"):
        h264_payload(offer, video)


def test_a_viewer_is_sent_the_newest_pictures_at_once_and_then_all(tmp_path: Path) -> None:
    async def story() -> None:
        before = batch(picture(0, key=True), picture(1), picture(2, key=True), sound(2), picture(3))
        async with recorder(tmp_path, LiveFormat(H264, OPUS), before) as made:
            peers: list[FakePeer] = []

            def make(tracks: Sequence[SentTrack]) -> Peer:
                peers.append(FakePeer(tracks))
                return peers[0]

            session = await open_session(made.order(), make)
            running = asyncio.create_task(session.run())
            (peer,) = peers
            assert [(track.audio, track.payload_type) for track in peer.tracks] == [(False, 104), (True, 111)]
            await until(lambda: peer.asked)
            peer.arrived = True
            made.messages.put_nowait(batch(picture(4)))
            await until(lambda: peer.sent)
            made.messages.put_nowait(batch(picture(5), sound(5)))
            await until(lambda: len(peer.sent) >= 5)
            peer.gone = True
            await running
            assert peer.closed
            *late, video, audio = peer.sent
            assert [unit.data for unit in late] == [b"picture 2", b"picture 3", b"picture 4"]
            assert [unit.at for unit in late] == [4 * STEP - left * CATCH_UP_STEP_NS for left in (2, 1, 0)]
            assert (video, audio) == (
                SentUnit(False, 5 * STEP, b"picture 5"),
                SentUnit(True, 5 * STEP, b"sound 5"),
            )

    run(story)


@pytest.mark.parametrize("end", ["\r\n", "\n"])
def test_nobody_is_sent_to_because_an_offer_says_so(tmp_path: Path, end: str) -> None:
    address = "1 1 UDP 2130706431 192.0.2.9 5060 typ host"
    ways = ["a=candidate:", " a=candidate:", "\ta=candidate:", "a= candidate:", "a=\x0bcandidate:"]
    addresses = [*(way + address for way in ways), "a=remote-candidates:1 192.0.2.9 5060", "a=end-of-candidates"]

    async def story() -> None:
        peers: list[FakePeer] = []

        def make(tracks: Sequence[SentTrack]) -> Peer:
            peers.append(FakePeer(tracks))
            return peers[0]

        offer = OFFER.replace("\r\n", end)
        async with recorder(tmp_path, LiveFormat(H264, None)) as made:
            session = await open_session(made.order(end.join([offer, *addresses, ""])), make)
            peers[0].gone = True
            await session.run()
            assert "192.0.2.9" not in peers[0].offer
            assert peers[0].offer.startswith(offer)

    run(story)


def test_another_format_ends_the_session(tmp_path: Path) -> None:
    async def story() -> None:
        larger = LiveFormat(LiveTrack("h264", H264.config, width=1280, height=720), None)
        async with recorder(tmp_path, LiveFormat(H264, None), batch(picture(0, key=True)), larger) as made:
            session = await open_session(made.order(), FakePeer)
            async with asyncio.timeout(30):
                await session.run()

    run(story)


def test_what_the_viewer_cannot_play_is_refused_and_the_recorder_let_go_of(tmp_path: Path) -> None:
    async def story() -> None:
        async with recorder(tmp_path, LiveFormat(LiveTrack("h265", bytes(30)), None)) as made:
            with pytest.raises(NoSessionError) as refused:
                await open_session(made.order(), FakePeer)
            assert refused.value.obstacle is Obstacle.NOT_PLAYABLE

    run(story)


def test_what_is_not_installed_is_told(tmp_path: Path) -> None:
    def missing(_tracks: Sequence[SentTrack]) -> Peer:
        raise LookupError("GStreamer has no element 'webrtcbin'")

    async def story() -> None:
        async with recorder(tmp_path, LiveFormat(H264, None)) as made:
            with pytest.raises(NoSessionError, match="webrtcbin") as refused:
                await open_session(made.order(), missing)
            assert refused.value.obstacle is Obstacle.MISSING

    run(story)


def test_a_recorder_that_is_away_is_told(tmp_path: Path) -> None:
    async def story() -> None:
        with pytest.raises(NoSessionError) as refused:
            await open_session(Open("first", str(tmp_path / "nobody.live"), STREAM, OFFER), FakePeer)
        assert refused.value.obstacle is Obstacle.NO_PICTURE

    run(story)


def test_sessions_are_answered_refused_and_closed(tmp_path: Path) -> None:
    async def story() -> None:
        told: list[Report] = []
        orders = asyncio.StreamReader()
        serving = asyncio.create_task(WebRtcService(FakePeer, told.append).run(orders))
        async with recorder(tmp_path, LiveFormat(H264, None)) as made:
            nowhere = Open("second", str(tmp_path / "nobody.live"), STREAM, OFFER)
            for order in (made.order(), nowhere):
                orders.feed_data(msgspec.json.encode(order) + b"\n")
            await until(lambda: len(told) == 2)
            assert {type(report) for report in told} == {Answered, Refused}
            orders.feed_data(msgspec.json.encode(Close("first")) + b"\n")
            await until(made.left.is_set)
        orders.feed_eof()
        async with asyncio.timeout(30):
            await serving
        assert not any(isinstance(report, Ended) for report in told), "whoever closes it need not be told"

    run(story)
