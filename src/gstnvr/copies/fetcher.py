"""One place's way back: brings copies to where somebody waits for them."""

import logging
import os
import threading
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from gstnvr.config.copies import CopyPlaceSettings
from gstnvr.config.secrets import SecretError
from gstnvr.copies import encryption
from gstnvr.copies.cache import make_room
from gstnvr.copies.download import download
from gstnvr.copies.place_state import PlaceState
from gstnvr.copies.places import CopyError, Place, PlaceError
from gstnvr.copies.worker import Opener
from gstnvr.db import copies
from gstnvr.db.copies import Task
from gstnvr.db.index import Index
from gstnvr.model.copies import Fetch
from gstnvr.volume.checks import check_identity
from gstnvr.volume.errors import VolumeError

_log = logging.getLogger(__name__)

_LOOK_EVERY_S = 0.5
_RETRY_S = 5.0


class Fetcher:
    """Runs on a thread of its own, so that nobody waits for an upload."""

    def __init__(
        self,
        *,
        index: Index,
        settings: CopyPlaceSettings,
        state: PlaceState,
        cache: Path,
        cache_bytes: int,
        stopping: threading.Event,
        opener: Opener,
    ) -> None:
        self._index = index
        self._settings = settings
        self._state = state
        self._cache = cache
        self._cache_bytes = cache_bytes
        self._stopping = stopping
        self._opener = opener

    def run(self) -> None:
        """Until the process stops."""
        while not self._stopping.is_set():
            try:
                wait_s = 0.0 if self._step() else _LOOK_EVERY_S
            except SQLAlchemyError as error:
                _log.warning("%s: the database does not answer: %s", self._settings.name, error)
                wait_s = _RETRY_S
            self._stopping.wait(wait_s)

    def _step(self) -> bool:
        """Whether there was something to do."""
        with self._index.reading() as connection:
            task = copies.to_fetch(connection, self._settings.name)
        if task is None:
            return False
        try:
            place = self._opener(self._settings)
            try:
                self._fetch(place, task)
            finally:
                place.close()
        except (CopyError, SecretError, OSError, VolumeError) as error:
            self._failed(task, error)
        return True

    def _fetch(self, place: Place, task: Task) -> None:
        key_file = self._settings.encrypt_key_file
        key = None if key_file is None else encryption.read_key(key_file)
        root = self._root(task)
        if task.copy.fetch is Fetch.CACHE:
            make_room(root, self._cache_bytes - task.segment.size)
            if not (root / task.segment.path).exists():
                download(place, task.copy, root, task.segment.path, key)
        else:
            download(place, task.copy, root, task.segment.path, key)
            _log.info("%s is back from %s", task.segment.path, self._settings.name)
        with self._index.writing() as writer:
            copies.fetched(writer, task)
        self._state.works()

    def _root(self, task: Task) -> Path:
        if task.copy.fetch is Fetch.CACHE:
            self._cache.mkdir(mode=0o700, exist_ok=True)
            return self._cache
        for volume in self._index.volumes():
            if volume.uuid == task.segment.volume:
                check_identity(Path(volume.path), volume.uuid)
                return Path(volume.path)
        raise CopyError(f"volume {task.segment.volume} is unknown")

    def _failed(self, task: Task, error: Exception) -> None:
        message = _words(error)
        with self._index.writing() as writer:
            copies.fetch_failed(writer, task.copy.id, message)
        self._state.file_failed(task.segment.path, message)
        if isinstance(error, PlaceError):
            self._state.fails(error)
        _log.error("%s could not be brought back from %s: %s", task.segment.path, self._settings.name, message)


def _words(error: Exception) -> str:
    if isinstance(error, VolumeError):
        return error.report.message
    if isinstance(error, OSError) and error.errno is not None:
        return f"{error.filename or 'a file'}: {os.strerror(error.errno)}"
    return str(error)
