"""One listener of events: what it asked for, what it has heard, and when it is told no more."""

import asyncio
import time
from dataclasses import dataclass, field

from fastapi import WebSocket
from pydantic import ValidationError

from gstnvr import __version__
from gstnvr.api.access.rights import still_allowed
from gstnvr.api.common import schemas
from gstnvr.api.common.errors import problems_text
from gstnvr.api.common.ports import ApiServices
from gstnvr.api.events import schemas as event_schemas
from gstnvr.api.events.hub import EventHub, KeptNews, NewsLostError
from gstnvr.api.events.ports import News
from gstnvr.api.events.schemas import Subscribe, Topic
from gstnvr.api.events.views import StatisticsTexts, camera_of, topics_of
from gstnvr.model.clock import format_utc

_BATCH = 100


@dataclass(frozen=True, slots=True)
class ListenerPatience:
    """How long a listener is waited for, in seconds."""

    subscribe_s: float = 10.0
    """Until it says what it wants."""
    send_s: float = 20.0
    """Until it takes what it is told."""
    alive_s: float = 10.0
    """After so much silence it is told that the connection lives."""
    rights_s: float = 1.0
    """How long it is told things after it may not hear them any more."""


class ClosedError(Exception):
    """A listener is told no more; the code of the closing frame, and the error."""

    def __init__(self, close_code: int, code: str, message: str, *, hopeless: bool = False) -> None:
        super().__init__(message)
        self.hopeless = hopeless
        """It takes nothing, so that it cannot be told why."""
        self.close_code = close_code
        self.code = code
        self.message = message


@dataclass(frozen=True, slots=True)
class _Wishes:
    topics: frozenset[Topic]
    cameras: frozenset[str] | None
    statistics_interval_s: float

    @classmethod
    def of(cls, asked: Subscribe) -> "_Wishes":
        cameras = None if asked.cameras is None else frozenset(asked.cameras)
        return cls(frozenset(asked.topics), cameras, asked.statistics_interval_s)

    def include_camera(self, camera: str | None) -> bool:
        return camera is None or self.cameras is None or camera in self.cameras

    def include(self, news: News) -> bool:
        return not self.topics.isdisjoint(topics_of(news)) and self.include_camera(camera_of(news))


@dataclass(frozen=True, slots=True)
class Telling:
    """What all listeners have in common."""

    hub: EventHub
    statistics: StatisticsTexts = field(default_factory=StatisticsTexts)
    patience: ListenerPatience = field(default_factory=ListenerPatience)


@dataclass(slots=True)
class Listener:
    """Talks over one WebSocket that is open."""

    socket: WebSocket
    services: ApiServices
    telling: Telling
    _wishes: _Wishes = field(init=False)
    _told: int = field(default=0, init=False)
    """Number of the last news that it was told, or did not want."""
    _statistics_due: float = field(default=0.0, init=False)
    _spoke: float = field(default=0.0, init=False)

    async def run(self, news: asyncio.Event) -> None:
        """Until it goes.

        Args:
            news: set with everything that is published.

        Raises:
            ClosedError: it breaks the rules, or is too slow.
            WebSocketDisconnect: it is gone.
        """
        await self._welcome(await self._first_wishes())
        hearing = asyncio.create_task(self._hear(news), name="listener")
        telling = asyncio.create_task(self._tell(news), name="telling a listener")
        rights = asyncio.create_task(self._watch_rights(), name="rights of a listener")
        tasks = (rights, hearing, telling)
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            ended = await asyncio.gather(*tasks, return_exceptions=True)
        for one in ended:
            if isinstance(one, Exception):
                raise one

    async def _first_wishes(self) -> Subscribe:
        try:
            async with asyncio.timeout(self.telling.patience.subscribe_s):
                return await self._receive()
        except TimeoutError:
            message = f"no subscribe came within {self.telling.patience.subscribe_s:g} s"
            raise ClosedError(4408, "nothing_asked", message) from None

    async def _receive(self) -> Subscribe:
        try:
            asked = Subscribe.model_validate_json(await self.socket.receive_text())
        except KeyError:
            raise ClosedError(4400, "bad_message", "a message must be text, not bytes") from None
        except ValidationError as error:
            raise ClosedError(4400, "bad_message", problems_text(error.errors())) from None
        self._wishes = _Wishes.of(asked)
        return asked

    async def _welcome(self, asked: Subscribe) -> None:
        resumed = asked.resume is not None and asked.resume.epoch == self.telling.hub.epoch
        self._told = self.telling.hub.number
        if asked.resume is not None and resumed:
            try:
                self.telling.hub.since(asked.resume.after, 0)
                self._told = asked.resume.after
            except NewsLostError:
                resumed = False
        welcome = event_schemas.Welcome(
            type="welcome",
            epoch=self.telling.hub.epoch,
            number=self._told,
            resumed=resumed,
            time=self._now(),
            version=__version__,
        )
        await self._send(welcome.model_dump_json())

    async def _hear(self, news: asyncio.Event) -> None:
        """Take other wishes, until it goes."""
        while True:
            await self._receive()
            soonest = time.monotonic() + self._wishes.statistics_interval_s
            self._statistics_due = min(self._statistics_due, soonest)
            news.set()

    async def _watch_rights(self) -> None:
        """Who changes users does not know of listeners: they look for themselves."""
        seen = self.services.cameras
        while True:
            await asyncio.sleep(self.telling.patience.rights_s)
            if not await still_allowed(self.socket):
                raise ClosedError(4401, "not_signed_in", "this login has ended; log in again")
            if self.socket.state.caller.cameras != seen:
                raise ClosedError(4403, "rights_changed", "other cameras may be seen by now; connect again")

    async def _tell(self, news: asyncio.Event) -> None:
        """Tell what happens, for ever."""
        while True:
            news.clear()
            await self._tell_news()
            await self._tell_statistics()
            if time.monotonic() - self._spoke >= self.telling.patience.alive_s:
                await self._send(event_schemas.Alive(type="alive", time=self._now()).model_dump_json())
            try:
                async with asyncio.timeout_at(asyncio.get_running_loop().time() + self._idle_s()):
                    await news.wait()
            except TimeoutError:
                continue

    async def _tell_news(self) -> None:
        while batch := self._next_batch():
            for one in batch:
                text = one.text_for(self.services.cameras) if self._wishes.include(one.news) else None
                if text is not None:
                    await self._send(text)
                self._told = one.number
            await asyncio.sleep(0)  # sending to one that is quick never waits by itself

    def _next_batch(self) -> list[KeptNews]:
        try:
            return self.telling.hub.since(self._told, _BATCH)
        except NewsLostError:
            message = "more waited for this listener than is kept; connect again"
            raise ClosedError(4480, "too_slow", message) from None

    async def _tell_statistics(self) -> None:
        now = time.monotonic()
        if Topic.STATISTICS not in self._wishes.topics or now < self._statistics_due:
            return
        wanted = [
            live for live in self.services.streams() if self._wishes.include_camera(live.status.stream.camera)
        ]
        await self._send(self.telling.statistics.message(wanted, self.services.clock.utc_ns()))
        interval_s = self._wishes.statistics_interval_s
        in_step = self._statistics_due + interval_s
        self._statistics_due = in_step if in_step > now else now + interval_s

    def _idle_s(self) -> float:
        """After which something is to be said although nothing happened."""
        due = self._spoke + self.telling.patience.alive_s
        if Topic.STATISTICS in self._wishes.topics:
            due = min(due, self._statistics_due)
        return max(0.0, due - time.monotonic())

    async def _send(self, text: str) -> None:
        patience_s = self.telling.patience.send_s
        try:
            async with asyncio.timeout(patience_s):
                await self.socket.send_text(text)
        except TimeoutError:
            message = f"nothing was taken for {patience_s:g} s"
            raise ClosedError(4480, "too_slow", message, hopeless=True) from None
        self._spoke = time.monotonic()

    def _now(self) -> schemas.Moment:
        return format_utc(self.services.clock.utc_ns())
