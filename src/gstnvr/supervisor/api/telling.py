"""Tells listeners of the API what changes in the database and on the volumes."""

import asyncio
import contextlib
from collections.abc import Callable, Sequence

from gstnvr.api.common.ports import VolumeView
from gstnvr.api.events.ports import Publish, VolumesNews
from gstnvr.db.changes import TellNews
from gstnvr.model.changes import IndexNews

_LOOK_INTERVAL_S = 1.0
_ROOM_INTERVAL_S = 10.0
"""Room changes all the time; it is not told more often."""


def from_any_thread(loop: asyncio.AbstractEventLoop, publish: Publish) -> TellNews:
    """For those who write to the database, on whatever thread they do."""

    def publish_all(news: Sequence[IndexNews]) -> None:
        for one in news:
            publish(one)

    def tell(news: Sequence[IndexNews]) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody listens any more
            loop.call_soon_threadsafe(publish_all, news)

    return tell


async def watch_volumes(volumes: Callable[[], Sequence[VolumeView]], publish: Publish) -> None:
    """Publish the volumes when one is in another state, or has less room than a while ago; for ever."""
    told: Sequence[VolumeView] = ()
    told_at = float("-inf")
    while True:
        now, seen = asyncio.get_running_loop().time(), list(volumes())
        due = now - told_at >= _ROOM_INTERVAL_S
        if seen != told and (due or _states(seen) != _states(told)):
            publish(VolumesNews(seen))
            told, told_at = seen, now
        await asyncio.sleep(_LOOK_INTERVAL_S)


def _states(volumes: Sequence[VolumeView]) -> Sequence[object]:
    return [(volume.path, volume.uuid, volume.state, volume.cause) for volume in volumes]
