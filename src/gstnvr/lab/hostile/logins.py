"""Attacks on whoever logs in, and references to elsewhere."""

import asyncio
import secrets

from gstnvr.lab.hostile.cases import connection, description
from gstnvr.lab.hostile.wire import Request, Wire
from gstnvr.model.faults import Reason

UNAUTHORIZED, NOT_RTSP = Reason.UNAUTHORIZED, Reason.NOT_RTSP


async def _refuse(wire: Wire, request: Request, *challenges: str) -> None:
    await wire.answer(
        request, [("WWW-Authenticate", challenge) for challenge in challenges], status="401 Unauthorized"
    )


async def _refuse_for_ever(wire: Wire, request: Request, challenge: str) -> None:
    while True:
        await _refuse(wire, request, challenge.replace("NONCE", secrets.token_hex(8)))
        request = await wire.request()


def _digest(name: str, how: str, challenge: str, *called: Reason, deadly_later: bool = False) -> None:
    @description(name, how, *called, password=True, deadly_later=deadly_later)
    async def answer(wire: Wire, request: Request) -> None:
        await _refuse_for_ever(wire, request, challenge)


_digest("login_loop", "asks for the password for ever", 'Digest realm="r", nonce="NONCE"', UNAUTHORIZED)
_digest(
    "login_stale_loop",
    "says for ever that the password was right and only the nonce too old",
    'Digest realm="r", nonce="NONCE", stale=true',
    UNAUTHORIZED,
)
_digest(
    "login_unknown_algorithm",
    "asks for an algorithm that nobody knows",
    'Digest realm="r", nonce="NONCE", algorithm=MD99',
    UNAUTHORIZED,
)
_digest(
    "login_auth_int",
    "wants the body to be part of the digest",
    'Digest realm="r", nonce="NONCE", qop="auth-int"',
    UNAUTHORIZED,
)
_digest(
    "login_quotes",
    "has quotes, backslashes and an open end in its challenge",
    r'Digest realm="a\"b\\", nonce="NONCE", opaque="\", qop="',
    UNAUTHORIZED,
)
_digest(
    "login_two_lines",
    "has a line break in its challenge",
    'Digest realm="a",\r\n nonce="NONCE",\r\n\tqop="auth"',
    UNAUTHORIZED,
)
_digest(
    "login_long_nonce",
    "asks with a nonce of 10,000 digits",
    f'Digest realm="r", nonce="{"7" * 10_000}"',
    UNAUTHORIZED,
)
_digest(
    "login_endless_nonce", "asks with a nonce of 10 MB", f'Digest realm="r", nonce="{"7" * 10_000_000}"', NOT_RTSP
)
_digest(
    "login_no_separators",
    "asks with 15,000 letters in a row",
    f"Digest {'a' * 15_000}",
    UNAUTHORIZED,
    deadly_later=True,
)
_digest("login_nothing", "says that it refuses, and not what it wants", "", UNAUTHORIZED)


@description("login_many_challenges", "asks in 200 ways at once", UNAUTHORIZED, password=True)
async def login_many_challenges(wire: Wire, request: Request) -> None:
    while True:
        await _refuse(wire, request, *(f'Digest realm="{n}", nonce="{n}"' for n in range(200)))
        request = await wire.request()


@connection(
    "login_downgrade",
    "asks for the password in clear text after it was sent a digest",
    UNAUTHORIZED,
    password=True,
)
async def login_downgrade(wire: Wire) -> None:
    request = await wire.up_to("DESCRIBE")
    await _refuse(wire, request, 'Digest realm="r", nonce="1234"')
    while True:
        request = await wire.request()
        await _refuse(wire, request, 'Basic realm="r"')


# --- elsewhere ----------------------------------------------------------------------------------------


def _reference(name: str, how: str, location: str, *called: Reason, status: str = "302 Found") -> None:
    @description(name, how, *called)
    async def answer(wire: Wire, request: Request) -> None:
        while True:
            fields = [("Location", location.replace("PORT", str(wire.port)))] if location else []
            await wire.answer(request, fields, status=status)
            request = await wire.request()


_reference("refers_to_other_host", "refers to another host", "rtsp://192.0.2.1/other", Reason.REDIRECTED)
_reference(
    "refers_to_localhost",
    "refers to another name of this machine",
    "rtsp://localhost:PORT/other",
    Reason.REDIRECTED,
)
_reference("refers_to_itself", "refers to itself for ever", "rtsp://127.0.0.1:PORT/other", Reason.SERVER_ERROR)
_reference("refers_to_file", "refers to a file", "file:///etc/passwd", Reason.SERVER_ERROR)
_reference("refers_to_http", "refers to a web page", "http://127.0.0.1:PORT/", Reason.SERVER_ERROR)
_reference("refers_nowhere", "refers to elsewhere without saying where", "", Reason.SERVER_ERROR)
_reference(
    "use_proxy",
    "wants to be asked through a proxy",
    "rtsp://192.0.2.1/proxy",
    Reason.SERVER_ERROR,
    status="305 Use Proxy",
)


@connection(
    "refers_when_playing", "agrees to play and then orders the client to another host", Reason.NO_FIRST_FRAME
)
async def refers_when_playing(wire: Wire) -> None:
    await wire.play()
    await wire.send(b"REDIRECT * RTSP/1.0\r\nCSeq: 1\r\nLocation: rtsp://192.0.2.1/other\r\n\r\n")
    await asyncio.sleep(1)
    await wire.until_gone()
