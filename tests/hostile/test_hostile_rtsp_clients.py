"""Whatever clients send over RTSP, the service goes on for all others."""

import asyncio
import contextlib
import random
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from gstnvr.rtsp.digest import answer, new_challenge
from gstnvr.rtsp.message import MessageParser, RtspRequest, RtspResponse, headers
from tests.restream.rig import FORM, KIM, FakeSupervisor, batch, picture, serving
from tests.rig.live_source import live_source
from tests.rig.rtsp_viewer import Viewer
from tests.rig.waiting import until

CONNECTIONS = 300
SEEDS = (1, 2)
METHODS = ("OPTIONS", "DESCRIBE", "SETUP", "PLAY", "GET_PARAMETER", "TEARDOWN", "SETUP", "PLAY")
_SPECIAL = (b"\r\n", b"\n", b"\x00", b"$\x00\x00\x04", b": ", b"\xff\xfe", b"%0d%0a", b"RTSP/1.0", b"999999999999")
NEWS = (FORM, batch(picture(0, key=True), picture(1)))


def challenge_of(sock: socket.socket, url: str) -> str:
    """What the service asks this connection."""
    sock.sendall(RtspRequest("DESCRIBE", url, headers([("CSeq", "0")])).encode())
    (told,) = MessageParser().feed(sock.recv(1 << 16))
    assert isinstance(told, RtspResponse)
    return told.headers.get("WWW-Authenticate") or ""


def requests(url: str, challenge: str, chance: random.Random) -> Iterator[bytes]:
    """A conversation as a client has it, mostly in order."""
    for number, method in enumerate(METHODS):
        fields = [
            ("CSeq", str(number)),
            ("Transport", "RTP/AVP/TCP;interleaved=0-1"),
            ("Session", chance.choice(("", "0123abcd"))),
        ]
        address = f"{url}/track0" if method == "SETUP" else url
        fields.append(("Authorization", answer(KIM, [challenge], method, address) or ""))
        yield RtspRequest(method, address, headers(fields), b"x" * chance.choice((0, 0, 0, 0, 10, 5000))).encode()


def mutated(data: bytes, chance: random.Random) -> bytes:
    """Bytes changed, cut, doubled, or something special put in."""
    found = bytearray(data)
    for _ in range(max(0, chance.randrange(-3, 4))):
        place = chance.randrange(len(found) + 1)
        match chance.randrange(5):
            case 0:
                found[place:place] = chance.choice(_SPECIAL)
            case 1:
                del found[place : place + chance.randrange(20)]
            case 2:
                found[place : place + 1] = bytes([chance.randrange(256)])
            case 3:
                found[place:place] = found[: chance.randrange(200)]
            case _:
                found[place:place] = chance.choice(_SPECIAL) * chance.randrange(2000)
    return bytes(found)


def pester(port: int, url: str, chance: random.Random) -> None:
    """One connection: nonsense in pieces of any size, and then it hangs up."""
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=5) as sock:
        known = chance.random() < 0.5
        challenge = challenge_of(sock, url) if known else new_challenge("gstnvr", qop_auth=False).encode()
        data = b"".join(mutated(request, chance) for request in requests(url, challenge, chance))
        while data:
            size = chance.choice((1, 7, 100, 5000, 100_000))
            sock.sendall(data[:size])
            data = data[size:]
        if chance.random() < 0.5:
            sock.shutdown(socket.SHUT_WR)
            sock.recv(1 << 16)


@pytest.mark.parametrize("seed", SEEDS)
def test_nonsense_ends_its_own_connection_at_most(tmp_path: Path, seed: int) -> None:
    def pester_all(supervisor: FakeSupervisor) -> None:
        chance = random.Random(seed)
        for _ in range(CONNECTIONS):
            pester(supervisor.port, supervisor.url, chance)

    async def story() -> None:
        problems: list[dict[str, object]] = []
        asyncio.get_running_loop().set_exception_handler(lambda _, context: problems.append(context))
        async with live_source(tmp_path / "s", *NEWS) as source, serving(source) as supervisor:
            with Viewer(supervisor.url, KIM) as watching:
                watching.answer_timeout_s = 30
                await asyncio.to_thread(watching.play)
                await asyncio.to_thread(pester_all, supervisor)
                await until(lambda: supervisor.gone >= CONNECTIONS)
                source.send(batch(picture(2)))
                packets = await asyncio.to_thread(watching.packets, 30, 0, 3)
                assert len(packets) == 3, "who watches is served as before"
                await until(lambda: source.viewers == 1, what="whoever hung up costs nothing any more")
        assert problems == []

    asyncio.run(asyncio.wait_for(story(), 120))
