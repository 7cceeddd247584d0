"""What must outlive the loss of the database: copies of it, and protections, which are noted on every volume."""

import asyncio
import logging
import re
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from gstnvr.blocking.calls import BlockingCalls, StillRunningError, TooManyHungError
from gstnvr.config.secrets import SecretError
from gstnvr.config.settings import Settings
from gstnvr.db.backup import BackupError, back_up
from gstnvr.db.engine import DatabaseUnusableError
from gstnvr.db.index import Index
from gstnvr.db.protections import Protection
from gstnvr.model.clock import NS_PER_S, Clock
from gstnvr.model.records import Volume
from gstnvr.storage.kept_protections import keep_on, known_protections
from gstnvr.storage.recover import Change, log_changes
from gstnvr.volume.checks import check_identity
from gstnvr.volume.errors import VolumeError

_log = logging.getLogger(__name__)

INTERVAL_S = 5.0
BACKUPS = "backups"
_STAMP = "%Y%m%dT%H%M%SZ"
_NAME = re.compile(r"gstnvr-([0-9]{8}T[0-9]{6}Z)\.sqlite3")
_DISK_TIMEOUT_S = 10.0
_BACKUP_TIMEOUT_S = 3600.0
_TRY_AGAIN_S = 600.0
_PART = "backup"

Note = Callable[[str, str | None], None]
"""Told a part of gstnvr, and what is wrong with it; None: nothing."""


class Safekeeper:
    """Looks every few seconds whether something is to be copied."""

    def __init__(
        self,
        index: Index,
        clock: Clock,
        database: Callable[[], str | Path],
        volumes: Callable[[], Sequence[Volume]],
    ) -> None:
        """Nothing is done yet.

        Args:
            database: file or address of the one in use; may raise ``SecretError``.
            volumes: blocks.
        """
        self._index = index
        self._clock = clock
        self._database = database
        self._volumes = volumes
        self._calls = BlockingCalls("safekeeping", max_hung=1)
        self._backup_calls = BlockingCalls("backup of the database", max_hung=1)
        self._calls_on: dict[str, BlockingCalls] = {}
        """By volume: one that hangs holds up no other."""
        self._noted: dict[str, list[Protection]] = {}
        self._not_before = 0.0

    async def run(self, settings: Callable[[], Settings], note: Note) -> None:
        """For ever.

        Args:
            settings: those in force.
            note: told what keeps a copy of the database from being made.
        """
        async with asyncio.TaskGroup() as group:
            group.create_task(self._for_ever(self._note_protections))
            group.create_task(self._for_ever(lambda: self._back_up(settings(), note)))

    async def _for_ever(self, look: Callable[[], Coroutine[None, None, None]]) -> None:
        while True:
            await asyncio.sleep(INTERVAL_S)
            if self._index.is_open:
                await look()

    async def _note_protections(self) -> None:
        try:
            known, volumes = await self._calls.run(self._known, timeout_s=_DISK_TIMEOUT_S)
        except (StillRunningError, TooManyHungError, SQLAlchemyError) as error:
            _log.debug("protections are noted later: %s", error)
            return
        stale = [volume for volume in volumes if self._noted.get(volume.uuid) != known]
        await asyncio.gather(*(self._note_on(volume, known) for volume in stale))

    def _known(self) -> tuple[list[Protection], Sequence[Volume]]:
        return known_protections(self._index), self._volumes()

    async def _note_on(self, volume: Volume, known: list[Protection]) -> None:
        calls = self._calls_on.setdefault(volume.uuid, BlockingCalls(f"notes on {volume.path}", max_hung=1))
        try:
            changes = await calls.run(_keep, self._index, volume, timeout_s=_DISK_TIMEOUT_S)
        except (VolumeError, OSError, StillRunningError, TooManyHungError, SQLAlchemyError) as error:
            _log.debug("protections are noted on %s later: %s", volume.path, error)
            return
        log_changes(changes)
        if not changes:
            self._noted[volume.uuid] = known

    async def _back_up(self, settings: Settings, note: Note) -> None:
        backup = settings.database.backup
        now = self._clock.monotonic()
        if not backup.every_h or now < self._not_before:
            return
        self._not_before = now + min(_TRY_AGAIN_S, backup.every_h * 3600)
        folder = backup.folder or settings.data_dir / BACKUPS
        at = datetime.fromtimestamp(self._clock.utc_ns() // NS_PER_S, UTC)
        try:
            work = partial(
                back_up_if_due, self._database(), folder, at, timedelta(hours=backup.every_h), backup.keep
            )
            made = await self._backup_calls.run(work, timeout_s=_BACKUP_TIMEOUT_S)
        except (BackupError, DatabaseUnusableError, SecretError, OSError) as error:
            _complain(note, str(error))
        except (StillRunningError, TooManyHungError):
            _complain(note, f"cannot back up to {folder}: the disk does not answer")
        else:
            note(_PART, None)
            if made is not None:
                _log.info("the database was backed up to %s", made)


def _complain(note: Note, problem: str) -> None:
    _log.error("the database was not backed up, it is tried again: %s", problem)
    note(_PART, problem)


def _keep(index: Index, volume: Volume) -> Sequence[Change]:
    check_identity(Path(volume.path), volume.uuid)
    return keep_on(index, volume)


def back_up_if_due(database: str | Path, folder: Path, now: datetime, every: timedelta, keep: int) -> Path | None:
    """Make a copy if the newest one is too old, then delete those that are too many. Blocks.

    Returns:
        The copy; None if none was due.

    Raises:
        BackupError: the database cannot be read, or the file not be written.
        OSError: the folder cannot be used.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for interrupted in folder.glob(".gstnvr-*.sqlite3.*"):
        interrupted.unlink(missing_ok=True)
    there = _backups(folder)
    newest = max(there, default=None)
    made = None
    if newest is None or not timedelta(0) <= now - newest < every:
        made = folder / f"gstnvr-{now:{_STAMP}}.sqlite3"
        back_up(database, made)
        there = _backups(folder)
    for stamp in sorted(there, reverse=True)[keep:]:
        there[stamp].unlink(missing_ok=True)
    return made


def _backups(folder: Path) -> dict[datetime, Path]:
    found = {}
    for file in folder.iterdir():
        match = _NAME.fullmatch(file.name)
        with suppress(ValueError):  # no moment: somebody else's
            if match is not None:
                found[datetime.strptime(match[1], _STAMP).replace(tzinfo=UTC)] = file
    return found
