"""Answers to SETUP and PLAY that make no sense, and requests that a camera must not make."""

import asyncio

from gstnvr.lab.hostile.cases import connection
from gstnvr.lab.hostile.wire import SESSION, Request, Wire
from gstnvr.model.faults import Reason

TRANSPORT = "RTP/AVP/TCP;unicast;interleaved=0-1"
MUTE = Reason.NO_FIRST_FRAME


def _answer_to(method: str, name: str, how: str, fields: list[tuple[str, str]], *called: Reason) -> None:
    @connection(name, how, *called)
    async def act(wire: Wire) -> None:
        request = await wire.up_to(method)
        await wire.answer(request, fields)
        if method == "SETUP":
            await wire.play()
        await wire.stay_good()


def _setup(name: str, how: str, transport: str, *called: Reason, session: str = SESSION[1]) -> None:
    fields = [("Transport", transport)] if transport else []
    _answer_to("SETUP", name, how, [*fields, ("Session", session)], *called)


_setup("setup_nothing", "agrees to SETUP without saying how packets travel", "", Reason.SERVER_ERROR)
_setup("setup_noise", "answers SETUP with a transport of no sense", ";;;=;/\\;interleaved")
_setup("setup_channels", "names channels beyond 255", "RTP/AVP/TCP;unicast;interleaved=300-70000")
_setup("setup_channel_words", "names channels that are no numbers", "RTP/AVP/TCP;unicast;interleaved=a-b")
_setup(
    "setup_udp", "agrees to UDP where TCP was asked for", "RTP/AVP;unicast;client_port=1-2;server_port=1-2", MUTE
)
_setup(
    "setup_multicast",
    "agrees to multicast where TCP was asked for",
    "RTP/AVP;multicast;destination=239.1.2.3;port=5000-5001;ttl=1",
    MUTE,
)
_setup("setup_ssrc", "announces an SSRC of no sense", f'{TRANSPORT};ssrc={"F" * 400};mode=""')
_setup("session_long", "has a session id of 3000 letters", TRANSPORT, session="s" * 3000)
_setup("session_timeout_zero", "lets a session expire after 0 s", TRANSPORT, session="1;timeout=0")
_setup("session_timeout_negative", "lets a session expire after -1 s", TRANSPORT, session="1;timeout=-1")
_setup(
    "session_timeout_giant", "lets a session expire after 10 to the 40 s", TRANSPORT, session=f"1;timeout={10**40}"
)


def _play(name: str, how: str, *fields: tuple[str, str]) -> None:
    _answer_to("PLAY", name, how, [SESSION, *fields])


_play(
    "play_rtp_info", "tells nonsense of its first packet", ("RTP-Info", "url=;seq=-1;rtptime=99999999999,,;=;url")
)
_play(
    "play_range", "plays from beyond all time", ("Range", "npt=1e400-nan;time=now"), ("Range", "clock=99999999T-")
)
_play("play_scale", "plays at infinite speed", ("Scale", "1e308"), ("Speed", "-0"))


# --- what it must not ask -----------------------------------------------------------------------------


@connection("asks_options", "asks the client again and again what it can do, and sends video", Reason.NOT_RTSP)
async def asks_options(wire: Wire) -> None:
    await wire.play()

    async def ask() -> None:
        number = 0
        while True:
            number += 1
            await wire.send(f"OPTIONS * RTSP/1.0\r\nCSeq: {number}\r\n\r\n".encode())
            await asyncio.sleep(0.02)

    asking = asyncio.create_task(ask())
    try:
        await wire.stay_good()
    finally:
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)


@connection("asks_without_end", "asks the client to take a recording, as fast as it can", Reason.NOT_RTSP)
async def asks_without_end(wire: Wire) -> None:
    await wire.play()
    async with wire.answering():
        await wire.flood(b"ANNOUNCE * RTSP/1.0\r\nCSeq: 99999999999999999999\r\nContent-Length: 4\r\n\r\nv=0\n")


@connection("asks_nonsense", "asks the client in words that do not exist, and sends video", Reason.NOT_RTSP)
async def asks_nonsense(wire: Wire) -> None:
    await wire.play()
    await wire.send(b"EXPLODE \0\0 RTSP/1.0\r\nCSeq: x\r\nContent-Length: 99999\r\n\r\n")
    await wire.stay_good()


@connection("answers_early", "answers SETUP and PLAY before it is asked")
async def answers_early(wire: Wire) -> None:
    request = await wire.up_to("SETUP")
    await wire.answer_rightly(request)
    early = Request("PLAY", request.url, {"cseq": str(int(request.sequence) + 1)})
    await wire.answer_rightly(early)
    await wire.up_to("PLAY")
    await wire.stay_good()
