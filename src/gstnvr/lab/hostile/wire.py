"""The camera's side of an RTSP connection, of which any byte may be wrong."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from gstnvr.lab.hostile.pictures import FPS, SDP, Packets

_MOST_REQUEST_BYTES = 64 * 1024
_INTERLEAVED = b"$"
_STEP_S = 0.02
PUBLIC = ("Public", "OPTIONS, DESCRIBE, SETUP, PLAY, GET_PARAMETER, SET_PARAMETER, TEARDOWN")
SESSION = ("Session", "12345678;timeout=60")


class ClientGoneError(Exception):
    """The client has closed the connection."""


@dataclass(frozen=True, slots=True)
class Request:
    """One request of the client."""

    method: str
    url: str
    fields: dict[str, str]
    """By name in lower case."""

    @property
    def sequence(self) -> str:
        return self.fields.get("cseq", "0")


class Wire:
    """One connection; what is not called wrong here is right."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, bytes_per_s: int) -> None:
        self.bytes_per_s = bytes_per_s
        """Of floods."""
        self.sdp = SDP
        self.port = int(writer.get_extra_info("sockname")[1])
        self._reader = reader
        self._writer = writer
        self._answered_options = False

    # --- the client ---------------------------------------------------------------------------------------

    async def request(self) -> Request:
        """The next request; what the client sends between channels is passed over.

        Raises:
            ClientGoneError: there is none.
        """
        try:
            while (first := await self._reader.readexactly(1)) == _INTERLEAVED:
                head = await self._reader.readexactly(3)
                await self._reader.readexactly(int.from_bytes(head[1:], "big"))
            head = first + await self._reader.readuntil(b"\r\n\r\n")
        except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, ConnectionError):
            raise ClientGoneError from None
        first_line, *lines = head.decode("latin-1").strip().split("\r\n")
        method, url, *_ = [*first_line.split(" "), "", ""]
        fields = {
            name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)
        }
        self._answered_options |= method == "OPTIONS"
        return Request(method, url, fields)

    @property
    def from_source(self) -> bool:
        """Whether this is the connection that is to carry video, and not a probe; known with the first request."""
        return self._answered_options

    async def up_to(self, method: str) -> Request:
        """Answer rightly until the client asks for this; that is not answered.

        Raises:
            ClientGoneError: it never does.
        """
        while (request := await self.request()).method != method:
            await self.answer_rightly(request)
        return request

    async def play(self) -> None:
        """Answer rightly until the client waits for packets."""
        await self.answer_rightly(await self.up_to("PLAY"))

    async def until_gone(self) -> None:
        """Answer rightly until the client has had enough."""
        while True:
            await self.answer_rightly(await self.request())

    async def stay_good(self) -> None:
        """Send good pictures, and answer, until the client has had enough."""
        packets = Packets()
        async with self.answering():
            while True:
                for packet in packets.picture():
                    await self.frame(0, packet)
                await asyncio.sleep(1 / FPS)

    @asynccontextmanager
    async def answering(self) -> AsyncIterator[None]:
        """What the client asks within the block is answered rightly."""
        task = asyncio.create_task(self.until_gone())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    # --- answers ------------------------------------------------------------------------------------------

    async def answer_rightly(self, request: Request) -> None:
        """As a camera does that means well."""
        match request.method:
            case "OPTIONS":
                await self.answer(request, [PUBLIC])
            case "DESCRIBE":
                base = ("Content-Base", f"{request.url}/")
                await self.answer(request, [base, ("Content-Type", "application/sdp")], self.sdp)
            case "SETUP":
                offered = request.fields.get("transport", "").split(",")[0]
                await self.answer(request, [("Transport", f"{offered};ssrc=01020304"), SESSION])
            case _:
                await self.answer(request, [SESSION])

    async def answer(
        self,
        request: Request,
        fields: Iterable[tuple[str, str]] = (),
        body: bytes = b"",
        *,
        status: str = "200 OK",
    ) -> None:
        """An answer of the right form."""
        lines = [
            f"RTSP/1.0 {status}",
            f"CSeq: {request.sequence}",
            *(f"{name}: {value}" for name, value in fields),
        ]
        lines += [f"Content-Length: {len(body)}"] if body else []
        await self.send("\r\n".join([*lines, "", ""]).encode("latin-1") + body)

    async def send(self, data: bytes) -> None:
        """Bytes as they are.

        Raises:
            ClientGoneError: nobody takes them.
        """
        try:
            self._writer.write(data)
            await self._writer.drain()
        except ConnectionError:
            raise ClientGoneError from None
        if self._writer.is_closing():
            raise ClientGoneError

    async def flood(self, piece: bytes) -> None:
        """The same again and again, as fast as this camera's line is, until nobody takes it any more."""
        pieces = max(1, round(self.bytes_per_s * _STEP_S / len(piece)))
        pause_s = len(piece) * pieces / self.bytes_per_s
        while True:
            await self.send(piece * pieces)
            await asyncio.sleep(pause_s)

    async def frame(self, channel: int, payload: bytes) -> None:
        """One interleaved frame."""
        await self.send(interleaved(channel, payload))


def interleaved(channel: int, payload: bytes) -> bytes:
    """A packet as it travels on the connection."""
    return _INTERLEAVED + bytes((channel,)) + len(payload).to_bytes(2, "big") + payload
