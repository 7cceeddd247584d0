"""Thumbnails as the API asks for them: from memory, or one after the other from the process that makes them."""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace

from gstnvr.analysis.messages import Answer, Made, NotMade, Obstacle, Order, Place
from gstnvr.api.recordings.thumbnail_ports import (
    NoThumbnailError,
    Thumbnail,
    ThumbnailsBusyError,
    ThumbnailsMissingError,
    ThumbnailWish,
    UnreadableSegmentError,
)
from gstnvr.model.clock import Clock
from gstnvr.model.records import SegmentState
from gstnvr.supervisor.pictures.thumbnail_cache import KnownThumbnail, ThumbnailCache
from gstnvr.supervisor.pictures.thumbnail_process import DiedError, HungError, NotStartedError, ThumbnailProcess

_log = logging.getLogger(__name__)

MOST_WAITING = 32
ATTEMPTS = 2
"""A process that was ended by somebody else is not the fault of the segment that it worked on."""
REFUSED_FOR_S = 30.0
"""So long a segment is not tried again on which the process died, or a volume that did not answer."""

_Key = tuple[str, int, int]
"""Path of the segment, width, moment."""


@dataclass(slots=True)
class _Job:
    wish: ThumbnailWish
    done: asyncio.Future[Thumbnail]
    waiting: int = 0
    """Requests that want it."""

    @property
    def key(self) -> _Key:
        return (self.wish.segment.path, self.wish.width, self.wish.at_ns)

    def fail(self, error: NoThumbnailError) -> None:
        if self.waiting and not self.done.done():
            self.done.set_exception(error)


class ThumbnailMaker:
    """Implements ``api.recordings.thumbnail_ports.Thumbnails``.

    The newest wish comes first, and old ones give way.
    """

    def __init__(self, process: ThumbnailProcess, clock: Clock, cache_bytes: Callable[[], int]) -> None:
        """Nothing is started yet.

        Args:
            cache_bytes: so much memory may pictures take that were made.
        """
        self._process = process
        self._clock = clock
        self._cache_bytes = cache_bytes
        self._cache = ThumbnailCache()
        self._jobs: dict[_Key, _Job] = {}
        self._waiting: OrderedDict[_Key, _Job] = OrderedDict()
        """Those that are not begun, the newest last."""
        self._refused: dict[str, tuple[float, NoThumbnailError]] = {}
        """Paths of segments, and folders of volumes: until when, and why."""
        self._worker: asyncio.Task[None] | None = None

    async def take(self, wish: ThumbnailWish) -> Thumbnail:
        """See ``api.recordings.thumbnail_ports.Thumbnails.take``."""
        known = self._cache.find((wish.segment.path, wish.width), wish.at_ns)
        if known is not None:
            return known
        job = self._job_for(self._without_refused(wish))
        job.waiting += 1
        try:
            return await asyncio.shield(job.done)
        finally:
            job.waiting -= 1
            if not job.waiting and self._waiting.pop(job.key, None) is not None:
                del self._jobs[job.key]

    async def end(self) -> None:
        """Refuse who still waits, and end the process."""
        if self._worker is not None:
            self._worker.cancel()
            await asyncio.gather(self._worker, return_exceptions=True)
        for job in self._jobs.values():
            job.fail(ThumbnailsMissingError("gstnvr is being stopped"))
        await self._process.end()

    def _without_refused(self, wish: ThumbnailWish) -> ThumbnailWish:
        """With those places that are not known to fail now; raises why if there are none."""
        now = self._clock.monotonic()
        refused = {name: error for name, (until, error) in self._refused.items() if now < until}
        if (error := refused.get(wish.segment.path)) is not None:
            raise type(error)(str(error))
        usable = [place for place in wish.places if str(place.folder) not in refused]
        if not usable:
            message = f"{wish.segment.path} cannot be read: its volume does not respond"
            raise UnreadableSegmentError(message)
        return replace(wish, places=usable)

    def _job_for(self, wish: ThumbnailWish) -> _Job:
        job = _Job(wish, asyncio.get_running_loop().create_future())
        if (known := self._jobs.get(job.key)) is not None:
            return known
        self._jobs[job.key] = self._waiting[job.key] = job
        if len(self._waiting) > MOST_WAITING:
            key, oldest = self._waiting.popitem(last=False)
            del self._jobs[key]
            oldest.fail(ThumbnailsBusyError("other thumbnails were asked for since; ask again"))
        if self._worker is None or self._worker.done():
            self._worker = asyncio.create_task(self._work(), name="thumbnails")
        return job

    async def _work(self) -> None:
        while self._waiting:
            key, job = self._waiting.popitem()
            try:
                thumbnail = await self._make(job.wish)
            except NoThumbnailError as error:
                job.fail(error)
            else:
                if not job.done.done():
                    job.done.set_result(thumbnail)
            del self._jobs[key]

    async def _make(self, wish: ThumbnailWish) -> Thumbnail:
        reel = (wish.segment.path, wish.width)
        known = self._cache.find(reel, wish.at_ns)
        if known is not None:
            return known
        match await self._ask(wish):
            case NotMade(Obstacle.UNREADABLE, message):
                raise UnreadableSegmentError(message)
            case NotMade(_, message):
                raise NoThumbnailError(message)
            case Made(time_ns, next_ns, jpeg):
                settled = next_ns is not None or wish.segment.state is not SegmentState.OPEN
                thumbnail = Thumbnail(jpeg, time_ns, settled=settled)
                if settled:
                    self._cache.keep(reel, KnownThumbnail(thumbnail, next_ns), self._cache_bytes())
                return thumbnail

    async def _ask(self, wish: ThumbnailWish) -> Answer:
        places = tuple(Place(str(place.folder), place.path) for place in wish.places)
        order = Order(places, wish.at_ns, wish.width)
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return await self._process.ask(order)
            except NotStartedError as error:
                raise ThumbnailsMissingError(str(error)) from None
            except HungError:
                message = f"{wish.segment.path} cannot be read: its volume does not respond"
                raise self._remember(str(wish.places[0].folder), UnreadableSegmentError(message)) from None
            except DiedError as error:
                _log.warning("thumbnail of %s: %s (attempt %d)", wish.segment.path, error, attempt)
        message = f"{wish.segment.path} cannot be decoded: the process that decodes it ended {ATTEMPTS} times"
        raise self._remember(wish.segment.path, NoThumbnailError(message))

    def _remember(self, name: str, error: NoThumbnailError) -> NoThumbnailError:
        now = self._clock.monotonic()
        self._refused = {other: known for other, known in self._refused.items() if now < known[0]}
        self._refused[name] = (now + REFUSED_FOR_S, error)
        return error
