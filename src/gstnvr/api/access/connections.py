"""Connections of whoever it is: none lasts without a request, and no peer keeps others out with many of them."""

import asyncio
import json
import logging
import socket
from collections import Counter

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import Frame

REQUEST_WITHIN_S = 30.0
"""From the first byte of a request, or the beginning of its connection, to its last byte."""
GONE_WITHIN_S = 60.0
"""A peer that has not taken the rest of an answer so long after the end is cut off."""
MOST_CONNECTIONS = 500
"""Files that the process may have open are often 1,024."""
NOT_READ_FOR_S = 10.0
"""A WebSocket of which nothing is read for so long is lost."""
LONGEST_MESSAGE = 64 * 1024
"""Bytes of a message that comes over a WebSocket."""
MOST_FRAGMENTS = 1000
"""Of one message; empty ones count nothing towards its length."""

_TOO_BIG = 1009
_NOT_OURS = frozenset({"Invalid HTTP request received.", "Unsupported upgrade request."})
"""Whoever can connect could fill the log with these."""
_FALSE_ALARM = "ASGI callable returned without completing handshake."
"""What uvicorn says of a WebSocket that was refused with an answer."""


def _is_worth_a_line(record: logging.LogRecord) -> bool:
    return record.msg != _FALSE_ALARM and record.msg not in _NOT_OURS


logging.getLogger("uvicorn.error").addFilter(_is_worth_a_line)


class HttpConnection(H11Protocol):
    """Has its requests within a time, and gives way when there are too many."""

    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        super().connection_made(transport)
        if len(self.connections) > MOST_CONNECTIONS:
            self._make_room()
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        self._forget_deadline()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._watch()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._watch()

    def timeout_keep_alive_handler(self) -> None:
        super().timeout_keep_alive_handler()
        self._watch()

    def send_400_response(self, msg: str) -> None:
        """In the one shape of errors, of which uvicorn does not know."""
        body = json.dumps({"error": {"code": "bad_request", "message": msg}}).encode()
        headers = [
            ("content-type", "application/json"),
            ("content-length", str(len(body))),
            ("x-content-type-options", "nosniff"),
            ("connection", "close"),
        ]
        if self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            events = (h11.Response(status_code=400, headers=headers), h11.Data(data=body), h11.EndOfMessage())
            self.transport.write(b"".join(self.conn.send(event) or b"" for event in events))
        self.transport.close()

    @property
    def waits_for_a_request(self) -> bool:
        """Nobody would miss an answer if it were cut off."""
        return self.cycle is None or self.cycle.response_complete

    def _watch(self) -> None:
        """A request that has begun has to come to its end; between two of them, uvicorn waits a few seconds."""
        if self.transport.is_closing():
            self._end_within(GONE_WITHIN_S)
        elif self.timeout_keep_alive_task is not None or self._has_its_request():
            self._forget_deadline()
        elif self._deadline is None:
            self._end_within(REQUEST_WITHIN_S)

    def _has_its_request(self) -> bool:
        return self.conn.their_state not in (h11.IDLE, h11.SEND_BODY)

    def _end_within(self, seconds: float) -> None:
        self._forget_deadline()
        self._deadline = self.loop.call_later(seconds, self.transport.abort)

    def _forget_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _make_room(self) -> None:
        """Who has most connections loses one that waits for a request, or else is not let in with another one."""
        ours = [one for one in self.connections if isinstance(one, HttpConnection | WebSocketConnection)]
        greediest = Counter(map(_peer, ours)).most_common(1)[0][0]
        for one in ours:
            idle = isinstance(one, HttpConnection) and one.waits_for_a_request and not one.transport.is_closing()
            if idle and one is not self and _peer(one) == greediest:
                one.transport.abort()
                return
        self.transport.abort()


class WebSocketConnection(WebSocketsSansIOProtocol):
    """Loses a peer that takes nothing any more: otherwise whoever sends to it would wait for ever."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        peer: socket.socket = transport.get_extra_info("socket")
        peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, round(NOT_READ_FOR_S * 1000))

    def handle_ping(self) -> None:
        """Answers pings, but to those only who take the answers."""
        super().handle_ping()
        if not self.writable.is_set() and not self.read_paused:
            self.read_paused = True
            self.transport.pause_reading()

    def resume_writing(self) -> None:
        super().resume_writing()
        if self.read_paused and self.queue.empty():
            self.read_paused = False
            self.transport.resume_reading()

    def handle_cont(self, event: Frame) -> None:
        super().handle_cont(event)
        if len(self.frames) > MOST_FRAGMENTS and not self.close_sent:
            self.conn.fail(_TOO_BIG, "a message has too many fragments")
            self.handle_parser_exception()


def _peer(connection: HttpConnection | WebSocketConnection) -> str:
    return connection.client[0] if connection.client else ""
