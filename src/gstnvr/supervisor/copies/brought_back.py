"""Segments that lie at another place only, brought back for somebody who needs them all."""

import asyncio
import os
from collections.abc import Callable, Collection

from gstnvr.blocking.calls import BlockingCalls
from gstnvr.db.copies import ask_back
from gstnvr.db.index import Index
from gstnvr.evidence.order import SourceSegment
from gstnvr.model.copies import Fetch

_LOOK_EVERY_S = 1.0
_WITHIN_S = 30.0
PATIENCE_S = 300.0
"""So long nothing may come before it is gone on without the rest."""


async def bring_back(
    index: Index,
    segments: Collection[SourceSegment],
    calls: BlockingCalls,
    tell: Callable[[int], None],
    *,
    patience_s: float = PATIENCE_S,
    look_every_s: float = _LOOK_EVERY_S,
) -> None:
    """Have the files brought back and wait for them; those that do not come are waited for no more.

    Args:
        tell: told of how many are there.

    Raises:
        sqlalchemy.exc.SQLAlchemyError: the index cannot be asked.
        StillRunningError, TooManyHungError: the disk does not respond.
    """
    loop = asyncio.get_running_loop()
    last, since = len(segments) + 1, loop.time()
    while True:
        coming = await calls.run(_ask, index, segments, timeout_s=_WITHIN_S)
        tell(len(segments) - coming)
        if coming < last:
            last, since = coming, loop.time()
        if not coming or loop.time() - since > patience_s:
            return
        await asyncio.sleep(look_every_s)


def _ask(index: Index, segments: Collection[SourceSegment]) -> int:
    """How many are not there and may still come."""
    missing = []
    for segment in segments:
        try:
            os.utime(segment.file)  # what was used longest ago makes room for others
        except OSError:
            missing.append(segment)
    if not missing:
        return 0
    with index.writing() as writer:
        return sum(ask_back(writer, segment.id, Fetch.CACHE) for segment in missing)
