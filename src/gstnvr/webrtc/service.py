"""All sessions of the process that serves WebRTC."""

import asyncio
import logging
from collections.abc import Callable

import msgspec

from gstnvr.media.peers import MakePeer
from gstnvr.webrtc.messages import Answered, Close, Ended, Obstacle, Open, Order, Refused, Report
from gstnvr.webrtc.session import NoSessionError, Session, open_session

_log = logging.getLogger(__name__)

MOST_SESSIONS = 64


class WebRtcService:
    """Obeys one supervisor, and ends with it."""

    def __init__(self, make_peer: MakePeer, tell: Callable[[Report], None]) -> None:
        self._make_peer = make_peer
        self._tell = tell
        self._sessions: dict[str, asyncio.Task[None]] = {}

    async def run(self, orders: asyncio.StreamReader) -> None:
        """Until there are no more orders."""
        async for line in orders:
            order: Order = msgspec.json.decode(line, type=Order)
            match order:
                case Open(session):
                    self._sessions[session] = asyncio.create_task(self._serve(order), name=session)
                case Close(session) if session in self._sessions:
                    self._sessions[session].cancel()
        ending = list(self._sessions.values())
        for task in ending:
            task.cancel()
        await asyncio.gather(*ending, return_exceptions=True)

    async def _serve(self, order: Open) -> None:
        try:
            session = await self._open(order)
            if session is not None:
                _log.info("a viewer begins", extra={"camera": order.stream})
                await session.run()
                self._tell(Ended(order.session))
                _log.info("a viewer has left", extra={"camera": order.stream})
        finally:
            del self._sessions[order.session]

    async def _open(self, order: Open) -> Session | None:
        if len(self._sessions) > MOST_SESSIONS:
            self._tell(
                Refused(order.session, Obstacle.TOO_MANY, f"{MOST_SESSIONS} watch already; try again later")
            )
            return None
        try:
            session = await open_session(order, self._make_peer)
        except NoSessionError as error:
            _log.warning("a viewer cannot be served: %s", error, extra={"camera": order.stream})
            self._tell(Refused(order.session, error.obstacle, str(error)))
            return None
        self._tell(Answered(order.session, session.answer))
        return session
