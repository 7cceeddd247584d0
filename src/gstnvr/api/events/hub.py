"""News in the order in which they came, as many as are kept."""

import asyncio
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from uuid import uuid4

from gstnvr.api.access.narrow import news_seen
from gstnvr.api.events.ports import News
from gstnvr.api.events.views import news_text
from gstnvr.model.access import Cameras
from gstnvr.model.clock import Clock, UtcNs

MOST_KEPT = 1000
MOST_LISTENERS = 100


class TooManyListenersError(Exception):
    """So many listen already that no further one is taken."""


class NewsLostError(Exception):
    """What came after a number is not kept any more, or never was."""


@dataclass(slots=True)
class KeptNews:
    """Put into words when the first listener wants it, once for all of them."""

    number: int
    at: UtcNs
    news: News
    _text: str | None = field(default=None, init=False)

    @property
    def text(self) -> str:
        """As JSON."""
        if self._text is None:
            self._text = news_text(self.news, self.number, self.at)
        return self._text

    def text_for(self, cameras: Cameras) -> str | None:
        """As JSON, for somebody who sees these cameras; None: it does not concern him."""
        seen = news_seen(self.news, cameras)
        if seen is None or seen is self.news:
            return None if seen is None else self.text
        return news_text(seen, self.number, self.at)


class EventHub:
    """Works on one event loop. A listener has no queue, only its place among what is kept."""

    def __init__(self, clock: Clock, *, kept: int = MOST_KEPT, listeners: int = MOST_LISTENERS) -> None:
        self.epoch = uuid4().hex
        """Numbers mean something only together with it."""
        self.number = 0
        """Of the last news."""
        self._clock = clock
        self._kept: deque[KeptNews] = deque(maxlen=kept)
        self._most_listeners = listeners
        self._listening: set[asyncio.Event] = set()

    @property
    def listeners(self) -> int:
        """How many there are now."""
        return len(self._listening)

    def publish(self, news: News) -> None:
        """Tell everybody who listens."""
        self.number += 1
        self._kept.append(KeptNews(self.number, self._clock.utc_ns(), news))
        for listening in self._listening:
            listening.set()

    def since(self, number: int, at_most: int = MOST_KEPT) -> list[KeptNews]:
        """What came after a number, the first of it.

        Raises:
            NewsLostError: not all of it is kept, or there was no such number.
        """
        behind = self.number - number
        if not 0 <= behind <= len(self._kept):
            raise NewsLostError
        first = len(self._kept) - behind
        return list(islice(self._kept, first, first + at_most))

    @contextmanager
    def listening(self) -> Iterator[asyncio.Event]:
        """An event that is set with everything that is published.

        Raises:
            TooManyListenersError: there are too many.
        """
        if self.listeners >= self._most_listeners:
            raise TooManyListenersError(f"{self._most_listeners} listen already")
        news = asyncio.Event()
        self._listening.add(news)
        try:
            yield news
        finally:
            self._listening.discard(news)
