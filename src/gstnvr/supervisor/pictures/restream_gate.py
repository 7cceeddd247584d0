"""Who may watch over RTSP, and for how long."""

from collections import defaultdict
from collections.abc import Callable, Collection
from dataclasses import dataclass

from sqlalchemy.exc import SQLAlchemyError

from gstnvr.access.door import Door
from gstnvr.access.errors import LockedOutError, WrongCredentialsError
from gstnvr.api.access.rights import Need, check
from gstnvr.api.common.errors import RefusedError
from gstnvr.blocking.calls import BlockingCalls, StillRunningError, TooManyHungError
from gstnvr.live.hub import FindRecorder
from gstnvr.model.access import Caller, Role
from gstnvr.model.ids import StreamId
from gstnvr.restream.messages import Allowed, Asked, Denied

_TIMEOUT_S = 5.0
_MAX_HUNG = 4
_NO_SUCH_STREAM = "Stream Not Found"
_TO_WATCH = Need(Role.VIEWER)


@dataclass(frozen=True, slots=True)
class _Grant:
    stream: StreamId
    token: str
    """Uid."""


class RestreamGate:
    """Decides with the same users, tokens and rights as the API."""

    def __init__(self, door: Door, find: FindRecorder, streams: Callable[[], Collection[StreamId]]) -> None:
        """Nobody watches yet.

        Args:
            streams: those that are configured.
        """
        self._door = door
        self._find = find
        self._streams = streams
        self._calls = BlockingCalls("tokens over RTSP", _MAX_HUNG)
        self._grants: defaultdict[int, set[_Grant]] = defaultdict(set)
        """All that a connection was ever allowed."""

    async def decide(self, asked: Asked) -> Allowed | Denied:
        """Whether a connection may watch; if so it is watched over until it is forgotten."""
        known = await self._caller(asked)
        if isinstance(known, Denied):
            return known
        if asked.stream not in self._streams():
            return Denied(asked.question, 404, _NO_SUCH_STREAM)
        recorder = self._find(asked.stream)
        if recorder is None:
            return Denied(asked.question, 503, f"No recorder has camera {asked.stream.camera} now, try again")
        self._grants[asked.connection].add(_Grant(asked.stream, known.key))
        return Allowed(asked.question, str(recorder))

    async def _caller(self, asked: Asked) -> Caller | Denied:
        try:
            caller = await self._calls.run(self._prove, asked, timeout_s=_TIMEOUT_S)
            check(caller, _TO_WATCH, [asked.stream.camera])
        except WrongCredentialsError:
            return Denied(asked.question, 401, "Unauthorized")
        except LockedOutError as error:
            return Denied(asked.question, 403, f"Too many attempts failed, try again in {error.retry_after_s} s")
        except RefusedError:
            return Denied(asked.question, 404, _NO_SUCH_STREAM)
        except (StillRunningError, TooManyHungError, SQLAlchemyError):
            return Denied(asked.question, 503, "The database does not answer, try again")
        return caller

    def forget(self, connection: int) -> None:
        """It has ended."""
        self._grants.pop(connection, None)

    def forget_all(self) -> None:
        """All have ended."""
        self._grants.clear()

    def over(self) -> dict[int, str]:
        """Connections that may not watch any more, and why; they are forgotten."""
        found = {
            number: why
            for number, grants in self._grants.items()
            if (why := next(filter(None, map(self._objection, grants)), None)) is not None
        }
        for number in found:
            del self._grants[number]
        return found

    def _prove(self, asked: Asked) -> Caller:
        self._door.book.load()
        return self._door.prove_token(asked.proof, asked.address)

    def _objection(self, grant: _Grant) -> str | None:
        caller = self._door.caller_of_key(grant.token)
        if caller is None:
            return "its token is not valid any more"
        try:
            check(caller, _TO_WATCH, [grant.stream.camera])
        except RefusedError:
            return "its token is not for this camera any more"
        return None if grant.stream in self._streams() else "the camera is not configured any more"
