"""One place's uploads: takes what is due from the table, one after the other, for as long as the process lives."""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from gstnvr.config.copies import CopyPlaceSettings
from gstnvr.config.secrets import SecretError
from gstnvr.copies import encryption
from gstnvr.copies.pace import InterruptedByUsError, Pace
from gstnvr.copies.place_state import PlaceState
from gstnvr.copies.places import CopyError, Place, PlaceError, UploadGoneError
from gstnvr.copies.upload import Job, Made, Progress, upload
from gstnvr.db import copies
from gstnvr.db.copies import Task
from gstnvr.db.index import Index
from gstnvr.model.clock import NS_PER_S, Clock, UtcNs
from gstnvr.model.faults import Reason
from gstnvr.volume.checks import check_identity
from gstnvr.volume.errors import VolumeError

_log = logging.getLogger(__name__)

IDLE_S = 1.0
_TIDY_EVERY_S = 60.0
_EXPIRE_EVERY_S = 3600.0
_FIRST_RETRY_S = 1.0
_LONGEST_RETRY_S = 60.0
_FIRST_FILE_RETRY_S = 60
_LONGEST_FILE_RETRY_S = 6 * 3600
_NOTE_EVERY_S = 1.0
_AT_ONCE = 100
_PASSING = (Reason.UNREACHABLE, Reason.NO_ANSWER, Reason.SERVER_ERROR)
"""Nothing to speak of if the next attempt succeeds."""
_NS_PER_DAY = 86_400 * NS_PER_S

Opener = Callable[[CopyPlaceSettings], Place]


class Uploader:
    """Runs on a thread of its own."""

    def __init__(
        self,
        *,
        index: Index,
        settings: CopyPlaceSettings,
        state: PlaceState,
        clock: Clock,
        stopping: threading.Event,
        opener: Opener,
    ) -> None:
        self._index = index
        self._settings = settings
        self._state = state
        self._clock = clock
        self._stopping = stopping
        self._opener = opener
        self._pace = Pace(settings.window, settings.rate_limit_mbps, clock, stopping)
        self._place: Place | None = None
        self._delay_s = _FIRST_RETRY_S
        self._tidied = self._expired = clock.monotonic() - _EXPIRE_EVERY_S

    def run(self) -> None:
        """Until the process stops."""
        while not self._stopping.is_set():
            try:
                wait_s = self._step()
            except PlaceError as error:
                wait_s = self._place_failed(error)
            except InterruptedByUsError:
                wait_s = IDLE_S
            except SQLAlchemyError as error:
                _log.warning("%s: the database does not answer: %s", self._settings.name, error)
                wait_s = _LONGEST_RETRY_S / 10
            self._stopping.wait(wait_s)
        self._close()

    def _step(self) -> float:
        """One copy, or nothing; how long to wait then."""
        self._tidy()
        open_now = self._pace.is_open()
        self._state.waits_for_window(not open_now)
        if not open_now:
            return IDLE_S
        with self._index.reading() as connection:
            task = copies.due(connection, self._settings.name, self._clock.utc_ns())
        if task is None:
            return IDLE_S
        self._state.copies(task.segment.path)
        try:
            self._copy(task)
        finally:
            self._state.copies(None)
        return 0

    def _copy(self, task: Task) -> None:
        notes = _Notes(self._index, task.copy.id, self._works)
        try:
            file = self._find(task)
            place = self._opened()
            made = self._upload(place, task, file, notes)
        except (PlaceError, InterruptedByUsError) as error:
            notes.write_latest(str(error))
            raise
        except (CopyError, OSError, VolumeError) as error:
            self._file_failed(task, error)
            return
        with self._index.writing() as writer:
            copies.copy_done(writer, task.copy.id, size=made.size, sha256=made.sha256, at=self._clock.utc_ns())
        self._works()

    def _upload(self, place: Place, task: Task, file: Path, notes: "_Notes") -> Made:
        try:
            return upload(place, self._job(task, file, notes))
        except FileNotFoundError:
            now = self._index.segment(task.segment.id or 0)
            if now is None or (now.volume, now.path) == (task.segment.volume, task.segment.path):
                raise
        moved = replace(task, segment=now)
        return upload(place, self._job(moved, self._find(moved), notes))

    def _works(self) -> None:
        self._state.works()
        self._delay_s = _FIRST_RETRY_S

    def _find(self, task: Task) -> Path:
        """Where the file is.

        Raises:
            VolumeError: its volume is not there.
            CopyError: the index does not know its volume.
        """
        for volume in self._index.volumes():
            if volume.uuid == task.segment.volume:
                check_identity(Path(volume.path), volume.uuid)
                return Path(volume.path) / task.segment.path
        raise CopyError(f"volume {task.segment.volume} is unknown")

    def _job(self, task: Task, file: Path, notes: "_Notes") -> Job:
        key = self._key()
        path = task.segment.path if key is None else task.segment.path + encryption.SUFFIX
        progress = Progress.load(task.copy.progress)
        if progress is not None and bool(progress.salt) != (key is not None):
            progress = None  # it was switched on or off meanwhile
        notes.path = path
        return Job(file, task.segment.size, path, key, progress, notes.note, self._before)

    def _key(self) -> bytes | None:
        file = self._settings.encrypt_key_file
        try:
            return None if file is None else encryption.read_key(file)
        except SecretError as error:
            raise PlaceError(Reason.UNAUTHORIZED, str(error)) from error

    def _before(self, size: int) -> None:
        self._pace.before(size)
        self._state.rate.add(size)

    def _file_failed(self, task: Task, error: Exception) -> None:
        message = error.report.message if isinstance(error, VolumeError) else str(error)
        longest = min(_FIRST_FILE_RETRY_S << min(task.copy.attempts, 20), _LONGEST_FILE_RETRY_S)
        delay_s = 0 if isinstance(error, UploadGoneError) and task.copy.attempts == 0 else longest
        next_attempt = UtcNs(self._clock.utc_ns() + delay_s * NS_PER_S)
        with self._index.writing() as writer:
            copies.copy_failed(writer, task.copy.id, message, next_attempt)
        self._state.file_failed(task.segment.path, message)
        _log.warning("%s: %s was not copied: %s", self._settings.name, task.segment.path, message)

    def _place_failed(self, error: PlaceError) -> float:
        """A new connection is made next time, and passwords are looked up anew."""
        if self._delay_s > _FIRST_RETRY_S or error.reason not in _PASSING:
            self._state.fails(error)
        self._close()
        delay_s, self._delay_s = self._delay_s, min(self._delay_s * 2, _LONGEST_RETRY_S)
        return delay_s

    def _opened(self) -> Place:
        if self._place is None:
            self._place = self._opener(self._settings)
        return self._place

    def _close(self) -> None:
        place, self._place = self._place, None
        if place is not None:
            place.close()

    # --- what is over -----------------------------------------------------------------------------------

    def _tidy(self) -> None:
        now = self._clock.monotonic()
        if now - self._tidied < _TIDY_EVERY_S:
            return
        self._tidied = now
        name = self._settings.name
        with self._index.writing() as writer:
            lost = copies.mark_lost(writer, name)
        if lost:
            _log.error("%s: %d segments were deleted before they were copied", name, lost)
            self._state.lost(lost)
        with self._index.reading() as connection:
            gone = copies.orphans(connection, name, _AT_ONCE)
        if self._settings.days is not None and now - self._expired >= _EXPIRE_EVERY_S:
            before = UtcNs(self._clock.utc_ns() - round(self._settings.days * _NS_PER_DAY))
            with self._index.reading() as connection:
                expired = copies.expired(connection, name, before, _AT_ONCE)
            if len(expired) < _AT_ONCE:
                self._expired = now
            gone += expired
        for copy in gone:
            self._opened().delete(copy.path)
            with self._index.writing() as writer:
                copies.forget(writer, copy)


class _Notes:
    """How far one upload is, written down now and then."""

    def __init__(self, index: Index, key: int, works: Callable[[], None]) -> None:
        self.path = ""
        """At the place."""
        self._index = index
        self._key = key
        self._works = works
        self._latest: Progress | None = None
        self._written: Progress | None = None
        self._at = 0.0

    def note(self, progress: Progress) -> None:
        """The place took something."""
        self._works()
        self._latest = progress
        new = self._written is None or self._written.token != progress.token
        if new or time.monotonic() - self._at >= _NOTE_EVERY_S:
            self._write(None)

    def write_latest(self, error: str) -> None:
        """It is interrupted, and why."""
        self._write(error)

    def _write(self, error: str | None) -> None:
        with self._index.writing() as writer:
            if self._latest is not None:
                copies.copy_begun(writer, self._key, self.path, self._latest.dump())
            if error is not None:
                copies.copy_interrupted(writer, self._key, error)
        self._written, self._at = self._latest, time.monotonic()
