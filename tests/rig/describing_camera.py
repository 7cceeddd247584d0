"""What a probe sees of a camera: it describes what it would send, over a real socket, and sends nothing."""

import asyncio
import ssl
from contextlib import suppress
from types import TracebackType
from urllib.parse import urlsplit

from gstnvr.media.units import AudioCodec, VideoCodec
from gstnvr.rtsp.message import MessageParser, RtspRequest, RtspResponse, headers

_VIDEO = {VideoCodec.H264: "H264/90000", VideoCodec.H265: "H265/90000"}
_AUDIO = {
    AudioCodec.AAC: "MPEG4-GENERIC/16000/1",
    AudioCodec.PCMA: "PCMA/8000",
    AudioCodec.PCMU: "PCMU/8000",
    AudioCodec.OPUS: "OPUS/48000/2",
}


class DescribingCameras:
    """Answers for as many cameras as were announced, each at an address of its own, on the running loop."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self._offers: dict[str, str] = {}
        self._tls = tls
        self._server: asyncio.Server | None = None
        self.refusal: int | None = None
        """Status of all answers, if not 200."""
        self.redirections: list[str] = []
        """Where the next requests for a description are referred to, one after the other."""
        self.connections = 0
        self._serving: set[asyncio.Task[None]] = set()

    def announce(self, name: str, video: VideoCodec, audio: AudioCodec | None = None) -> str:
        """Describe a camera from now on like this; returns its address."""
        lines = ["v=0", "m=video 0 RTP/AVP 96", f"a=rtpmap:96 {_VIDEO[video]}", "a=control:video"]
        if audio is not None:
            lines += ["m=audio 0 RTP/AVP 97", f"a=rtpmap:97 {_AUDIO[audio]}", "a=control:audio"]
        self._offers[f"/{name}"] = "\r\n".join([*lines, ""])
        assert self._server is not None
        scheme = "rtsp" if self._tls is None else "rtsps"
        return f"{scheme}://127.0.0.1:{self._server.sockets[0].getsockname()[1]}/{name}"

    async def __aenter__(self) -> "DescribingCameras":
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=self._tls)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._server is not None
        self._server.close()
        for task in self._serving:
            task.cancel()
        await asyncio.gather(*self._serving, return_exceptions=True)
        await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        task = asyncio.current_task()
        assert task is not None
        self._serving.add(task)
        try:
            await self._converse(reader, writer)
        finally:
            writer.transport.abort()
            self._serving.discard(task)

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        parser = MessageParser()
        with suppress(ConnectionError):
            while data := await reader.read(4096):
                for message in parser.feed(data):
                    if isinstance(message, RtspRequest):
                        writer.write(self._answer(message).encode())
                await writer.drain()

    def _answer(self, request: RtspRequest) -> RtspResponse:
        sequence = ("CSeq", request.headers.get("CSeq") or "0")
        if self.refusal is not None:
            return RtspResponse(self.refusal, "No", headers([sequence]))
        if request.method != "DESCRIBE":
            return RtspResponse(200, "OK", headers([sequence]))
        if self.redirections:
            return RtspResponse(302, "Moved", headers([sequence, ("Location", self.redirections.pop(0))]))
        body = self._offers[urlsplit(request.url).path].encode()
        return RtspResponse(200, "OK", headers([sequence, ("Content-Type", "application/sdp")]), body)
