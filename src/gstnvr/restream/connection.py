"""One RTSP connection of a client."""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from gstnvr.ipc.live import LiveFormat
from gstnvr.model.access import RTSP_REALM
from gstnvr.model.ids import StreamId
from gstnvr.restream.messages import Allowed, Denied
from gstnvr.restream.outlets import TooSlowError, Wire
from gstnvr.restream.requests import Target, target_of
from gstnvr.restream.session import Ends, Session, TransportRefusedError
from gstnvr.restream.source import NoStreamError, present_format
from gstnvr.restream.tracks import describe
from gstnvr.rtsp.digest import Proof, new_challenge, read_proof
from gstnvr.rtsp.message import (
    InterleavedFrame,
    MessageParser,
    RtspRequest,
    RtspResponse,
    RtspSyntaxError,
    headers,
)

_log = logging.getLogger(__name__)

LONGEST_BODY = 4096
"""No request that is answered here has one to speak of."""
_READ_BYTES = 16 * 1024
_MOST_WRONG_PROOFS = 3
_LAST_WORDS_S = 2.0
_METHODS = "OPTIONS, DESCRIBE, SETUP, PLAY, GET_PARAMETER, SET_PARAMETER, TEARDOWN"
_REASONS = {
    200: "OK",
    400: "Bad Request",
    401: "Unauthorized",
    404: "Stream Not Found",
    453: "Not Enough Bandwidth: as many clients watch as the settings allow",
    454: "Session Not Found",
    455: "Method Not Valid in This State",
    461: "Unsupported Transport",
    501: "Not Implemented",
    551: "Option not supported",
}

_Fields = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Patience:
    """How long clients are waited for."""

    request_within_s: float = 10.0
    """Of one that does not play for its next request, and of all for the rest of a request."""
    session_timeout_s: float = 60.0
    """Of one that plays over UDP for any sign of life."""
    stalled_s: float = 10.0
    """Of one that reads nothing."""
    wrong_proof_s: float = 1.0
    """Of us before a wrong proof is answered."""


class House(Protocol):
    """What a connection needs of the service."""

    patience: Patience

    async def ask(self, connection: int, stream: StreamId, proof: Proof, address: str) -> Allowed | Denied:
        """Whether a client may watch a stream."""
        ...

    def admit(self, connection: int) -> bool:
        """Count a client in; False: there are as many as may be."""
        ...

    def dismiss(self, connection: int) -> None:
        """Count a client out."""
        ...

    def note(self, connection: int, stream: StreamId, *, watching: bool) -> None:
        """Whether a connection is sent a stream."""
        ...


class Connection:
    """Runs as one task; ``end`` may be called at any time."""

    def __init__(
        self,
        number: int,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        ends: Ends,
        house: House,
    ) -> None:
        self.number = number
        self.trusted = False
        """It has shown once who it is."""
        self.ending = False
        self._reader = reader
        self._writer = writer
        self._wire = Wire(writer, house.patience.stalled_s)
        self._ends = ends
        self._house = house
        self._patience = house.patience
        self._loop = asyncio.get_running_loop()
        self._task = asyncio.current_task()
        self._parser = MessageParser(max_body_bytes=LONGEST_BODY)
        self._challenge = new_challenge(RTSP_REALM, qop_auth=False)
        self._wrong_proofs = 0
        self._heard_at = self._loop.time()
        self._partial_since: float | None = None
        """A message has come in part; the rest must not take for ever."""
        self._formats: dict[StreamId, LiveFormat] = {}
        self._session: Session | None = None
        self._why = "it hung up"

    async def serve(self) -> None:
        """Until the client goes, or is sent away."""
        try:
            await self._converse()
        except RtspSyntaxError as error:
            self._why = f"it makes no sense: {error}"
            self._writer.write(RtspResponse(400, _REASONS[400], headers([("Connection", "close")])).encode())
        except (TooSlowError, TimeoutError) as error:
            self._why = str(error)
            self._writer.transport.abort()
        except OSError as error:
            self._why = f"the connection is lost: {error.strerror or error}"
        finally:
            self._task = None
            await self._end_session()
            await self._hang_up()
            _log.info("client %s: connection %d ended: %s", self._ends.peer, self.number, self._why)

    def end(self, why: str) -> None:
        """Send the client away."""
        self._why = why
        self.ending = True
        if self._task is not None:
            self._task.cancel()

    async def _hang_up(self) -> None:
        """What it was sent may still be read for a moment."""
        self._writer.close()
        try:
            async with asyncio.timeout(_LAST_WORDS_S):
                await self._writer.wait_closed()
        except OSError:
            self._writer.transport.abort()

    async def _converse(self) -> None:
        while data := await self._receive():
            messages = self._parser.feed(data)
            if not self._parser.pending:
                self._partial_since = None
            elif messages or self._partial_since is None:
                self._partial_since = self._loop.time()
            for message in messages:
                if isinstance(message, RtspRequest):
                    if not await self._respond(message):
                        return
                    self._heard()
                elif isinstance(message, InterleavedFrame):
                    self._heard()

    def _heard(self) -> None:
        self._heard_at = self._loop.time()

    async def _receive(self) -> bytes:
        """What the client says; empty when it has hung up.

        Raises:
            TimeoutError: nothing whole has come for too long.
        """
        while True:
            try:
                async with asyncio.timeout_at(self._deadline()):
                    return await self._reader.read(_READ_BYTES)
            except TimeoutError:
                deadline = self._deadline()
                if deadline is not None and self._loop.time() >= deadline:
                    raise TimeoutError("it says nothing") from None

    def _deadline(self) -> float | None:
        if self._partial_since is not None:
            return self._partial_since + self._patience.request_within_s
        if self._session is None or self._session.playing is None:
            return self._heard_at + self._patience.request_within_s
        # Over TCP a client that is gone is seen by what it does not read.
        return self._heard_at + self._patience.session_timeout_s if self._session.over_udp else None

    async def _respond(self, request: RtspRequest) -> bool:
        """Answer; False ends the connection."""
        if request.headers.get("CSeq") is None:
            await self._answer(request, 400)
        elif (options := request.headers.get("Require")) is not None:
            await self._answer(request, 551, [("Unsupported", options)])
        elif request.method == "OPTIONS":
            await self._answer(request, 200, [("Public", _METHODS)])
        elif request.method in ("DESCRIBE", "SETUP", "PLAY"):
            return await self._respond_to_known(request)
        else:
            await self._control(request)
        return True

    async def _respond_to_known(self, request: RtspRequest) -> bool:
        """To whoever shows that he may watch."""
        target = target_of(request.url)
        proof = self._proof(request, target)
        if proof is None:
            await self._challenge_anew(request)
            return True
        if target is None:
            await self._answer(request, 404)
            return True
        verdict = await self._house.ask(self.number, target.stream, proof, self._ends.peer)
        if isinstance(verdict, Denied):
            return await self._refuse(request, verdict)
        self.trusted = True
        try:
            if request.method == "DESCRIBE":
                await self._describe(request, target, Path(verdict.recorder))
            elif request.method == "SETUP":
                await self._set_up(request, target, Path(verdict.recorder))
            else:
                await self._play(request, target, Path(verdict.recorder))
        except NoStreamError as error:
            await self._answer(request, 503, reason=str(error))
        return True

    def _proof(self, request: RtspRequest, target: Target | None) -> Proof | None:
        """None: there is none that answers our challenge, for this stream."""
        proof = read_proof(request.method, request.headers.get("Authorization"))
        if proof is None or proof.nonce != self._challenge.nonce:
            return None
        meant = target_of(proof.uri)
        return proof if target is None or (meant is not None and meant.stream == target.stream) else None

    async def _challenge_anew(self, request: RtspRequest) -> None:
        await self._answer(request, 401, [("WWW-Authenticate", self._challenge.encode())])

    async def _refuse(self, request: RtspRequest, verdict: Denied) -> bool:
        if verdict.status not in (401, 403):
            await self._answer(request, verdict.status, reason=verdict.reason)
            return True
        self._wrong_proofs += 1
        await asyncio.sleep(self._patience.wrong_proof_s)
        self._challenge = new_challenge(RTSP_REALM, qop_auth=False)
        if verdict.status == 401:
            await self._challenge_anew(request)
        else:
            await self._answer(request, 403, reason=verdict.reason)
        if self._wrong_proofs < _MOST_WRONG_PROOFS:
            return True
        self._why = "name or token was wrong too often"
        return False

    async def _describe(self, request: RtspRequest, target: Target, recorder: Path) -> None:
        form = self._formats[target.stream] = await present_format(recorder, target.stream)
        fields = [("Content-Base", target.base), ("Content-Type", "application/sdp")]
        await self._answer(request, 200, fields, body=describe(form, f"{target.stream}"))

    async def _set_up(self, request: RtspRequest, target: Target, recorder: Path) -> None:
        session = self._session
        if session is not None and (session.playing is not None or session.stream != target.stream):
            await self._answer(request, 455)
            return
        if session is None:
            form = self._formats.get(target.stream) or await present_format(recorder, target.stream)
            if not self._house.admit(self.number):
                await self._answer(request, 453)
                return
            session = self._session = Session(target.stream, form, self._patience.session_timeout_s, self._heard)
        if not session.has(target.control):
            await self._answer(request, 404, reason="Track Not Found")
            return
        try:
            transport = session.set_up(
                target.control, request.headers.get("Transport") or "", self._wire, self._ends
            )
        except TransportRefusedError:
            await self._answer(request, 461)
            return
        await self._answer(request, 200, [("Transport", transport), ("Session", session.header)])

    async def _play(self, request: RtspRequest, target: Target, recorder: Path) -> None:
        session = self._named_session(request)
        if session is None:
            await self._answer(request, 454)
            return
        if session.playing is not None or not session.ready or session.stream != target.stream:
            await self._answer(request, 455)
            return
        information, launch = await session.play(recorder, target.base)
        fields = [("Session", session.header), ("Range", "npt=now-"), ("RTP-Info", information)]
        await self._answer(request, 200, fields)
        launch().add_done_callback(self._note_end)
        self._house.note(self.number, session.stream, watching=True)

    def _note_end(self, playing: "asyncio.Task[str]") -> None:
        """The stream is over: so is the connection, which clients understand best."""
        if playing.cancelled():
            return
        error = playing.exception()
        if isinstance(error, TooSlowError):
            self._writer.transport.abort()
        elif error is not None and not isinstance(error, OSError):
            _log.error("client %s cannot be served", self._ends.peer, exc_info=error)
        self.end(playing.result() if error is None else str(error))

    async def _control(self, request: RtspRequest) -> None:
        session = self._named_session(request)
        if request.method not in ("TEARDOWN", "GET_PARAMETER", "SET_PARAMETER"):
            await self._answer(request, 501)
        elif session is None:
            await self._answer(request, 454)
        else:
            if request.method == "TEARDOWN":
                await self._end_session()
            await self._answer(request, 200, [("Session", session.name)])

    def _named_session(self, request: RtspRequest) -> Session | None:
        named = (request.headers.get("Session") or "").partition(";")[0].strip()
        return self._session if self._session is not None and named in ("", self._session.name) else None

    async def _end_session(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            self._house.dismiss(self.number)
            if session.playing is not None:
                self._house.note(self.number, session.stream, watching=False)
            await session.end()

    async def _answer(
        self, request: RtspRequest, status: int, fields: _Fields = (), *, reason: str = "", body: bytes = b""
    ) -> None:
        sequence = [("CSeq", found)] if (found := request.headers.get("CSeq")) is not None else []
        known = [*sequence, ("Server", "gstnvr"), *fields]
        await self._wire.write(RtspResponse(status, reason or _REASONS[status], headers(known), body).encode())
