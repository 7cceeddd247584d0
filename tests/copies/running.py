"""The copying process, run on a thread of the test."""

import contextlib
import io
import threading
from collections.abc import Iterator

from gstnvr.config.copies import CopiesSettings, CopyPlaceSettings
from gstnvr.config.database import DatabaseSettings
from gstnvr.config.settings import LogLevel
from gstnvr.copies.messages import Orders
from gstnvr.copies.opening import open_place
from gstnvr.copies.service import CopyService
from gstnvr.copies.worker import Opener
from gstnvr.db import copies
from gstnvr.model.clock import SystemClock
from gstnvr.model.copies import Copy, CopyState
from gstnvr.model.records import Segment
from tests.copies.archive import Archive


def want(archive: Archive, place: str = "offsite") -> int:
    """As the supervisor does."""
    with archive.index.writing() as writer:
        return copies.want(writer, place, None, after=0, until=copies.newest_settled(writer.connection))


def copy_of(archive: Archive, segment: Segment) -> Copy:
    """Its only copy."""
    assert segment.id is not None
    with archive.index.reading() as connection:
        (copy,) = copies.copies_of(connection, segment.id)
    return copy


def is_done(archive: Archive, segment: Segment) -> bool:
    return copy_of(archive, segment).state is CopyState.DONE


@contextlib.contextmanager
def copying(archive: Archive, *places: CopyPlaceSettings, opener: Opener = open_place) -> Iterator[io.StringIO]:
    """The service, stopped at the end; what it reports."""
    orders = Orders(
        database=str(archive.database),
        database_settings=DatabaseSettings(),
        cache=archive.cache,
        copies=CopiesSettings(places=list(places), cache_mb=10),
        log_level=LogLevel.INFO,
    )
    reports = io.StringIO()
    service = CopyService(orders, archive.index, SystemClock(), reports, opener)
    thread = threading.Thread(target=service.run)
    thread.start()
    try:
        yield reports
    finally:
        service.stop()
        thread.join(30)
        assert not thread.is_alive()
