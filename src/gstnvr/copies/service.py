"""The process: two threads for each place, and reports to the supervisor."""

import logging
import threading
import time
from collections.abc import Callable
from typing import TextIO

import msgspec

from gstnvr.copies.fetcher import Fetcher
from gstnvr.copies.messages import Orders
from gstnvr.copies.opening import open_place
from gstnvr.copies.pace import RateMeter
from gstnvr.copies.place_state import PlaceState
from gstnvr.copies.worker import Opener, Uploader
from gstnvr.db.index import Index
from gstnvr.model.clock import Clock

_log = logging.getLogger(__name__)

_REPORT_EVERY_S = 1.0
_END_WITHIN_S = 2.0
_BYTES_PER_MB = 1_000_000


class CopyService:
    """Runs until it is told to stop."""

    def __init__(
        self, orders: Orders, index: Index, clock: Clock, reports: TextIO, opener: Opener = open_place
    ) -> None:
        """Nothing runs yet.

        Args:
            reports: takes a line of JSON for each place, whenever something changed.
        """
        self._orders = orders
        self._index = index
        self._clock = clock
        self._reports = reports
        self._opener = opener
        self._stopping = threading.Event()

    def stop(self) -> None:
        """From any thread: uploads are interrupted, and gone on with by the next process."""
        self._stopping.set()

    def run(self) -> None:
        """Until ``stop``."""
        threads: list[threading.Thread] = []
        states = []
        for settings in self._orders.copies.places:
            state = PlaceState(settings.name, RateMeter(self._clock.monotonic))
            uploader = Uploader(
                index=self._index,
                settings=settings,
                state=state,
                clock=self._clock,
                stopping=self._stopping,
                opener=self._opener,
            )
            fetcher = Fetcher(
                index=self._index,
                settings=settings,
                state=state,
                cache=self._orders.cache,
                cache_bytes=self._orders.copies.cache_mb * _BYTES_PER_MB,
                stopping=self._stopping,
                opener=self._opener,
            )
            states.append(state)
            threads += [_start(uploader.run, f"to {settings.name}"), _start(fetcher.run, f"from {settings.name}")]
        self._report_while_all_live(states, threads)
        self._stopping.set()
        deadline = time.monotonic() + _END_WITHIN_S
        for thread in threads:
            # One that waits for a disk or a server is left: what it did is noted.
            thread.join(max(0.0, deadline - time.monotonic()))

    def _report_while_all_live(self, states: list[PlaceState], threads: list[threading.Thread]) -> None:
        """Until ``stop``; or until a thread ended by a mistake of ours, as the next process may do better."""
        told: dict[str, bytes] = {}
        while not self._stopping.is_set() and all(thread.is_alive() for thread in threads):
            for state in states:
                line = msgspec.json.encode(state.report())
                if told.get(state.name) != line:
                    self._reports.write(line.decode() + "\n")
                    told[state.name] = line
            self._reports.flush()
            self._stopping.wait(_REPORT_EVERY_S)


def _start(work: Callable[[], None], name: str) -> threading.Thread:
    thread = threading.Thread(target=work, name=name, daemon=True)
    thread.start()
    return thread
