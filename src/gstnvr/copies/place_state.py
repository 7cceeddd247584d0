"""What is known of a place, written by the threads that work with it and read by the one that reports."""

import threading

from gstnvr.copies.messages import PlaceReport, Problem
from gstnvr.copies.pace import RateMeter
from gstnvr.copies.places import PlaceError


class PlaceState:
    """Of one place, from any thread."""

    def __init__(self, name: str, rate: RateMeter) -> None:
        self.name = name
        self.rate = rate
        self._lock = threading.Lock()
        self._problem: Problem | None = None
        self._last_error: str | None = None
        self._under_way: str | None = None
        self._waits = False
        self._lost = 0

    def works(self) -> None:
        """The place did what it was asked for."""
        with self._lock:
            self._problem = None

    def fails(self, error: PlaceError) -> None:
        """Nothing can be done with it now."""
        with self._lock:
            self._problem = Problem(error.reason, str(error))
            self._last_error = str(error)

    def file_failed(self, path: str, message: str) -> None:
        """One file could not be copied, or brought back; others may."""
        with self._lock:
            self._last_error = f"{path}: {message}"

    def copies(self, path: str | None) -> None:
        """This is under way; None: nothing is."""
        with self._lock:
            self._under_way = path

    def waits_for_window(self, waits: bool) -> None:
        """It is not the time of the day for copies."""
        with self._lock:
            self._waits = waits

    def lost(self, count: int) -> None:
        """So many more segments were deleted before they were copied."""
        with self._lock:
            self._lost += count

    def report(self) -> PlaceReport:
        """As it is now."""
        rate = self.rate.bytes_per_s()
        with self._lock:
            return PlaceReport(
                self.name, self._problem, self._waits, rate, self._under_way, self._last_error, self._lost
            )
