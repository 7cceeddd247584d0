"""Deletions that users ask for: in small batches, one deletion after the other, what is protected stays."""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from uuid import uuid4

from sqlalchemy.exc import SQLAlchemyError

from gstnvr.api.evidence.ports import DeletionView, DeletionWish, KeptView, TooManyJobsError
from gstnvr.blocking.calls import BlockingCalls, StillRunningError, TooManyHungError
from gstnvr.db.audit import AuditLine, add_line
from gstnvr.db.protections import ProtectedSpans, protections
from gstnvr.model.clock import UtcNs, format_utc
from gstnvr.model.evidence import DeletionState
from gstnvr.model.records import Segment, SegmentState, Volume
from gstnvr.storage.deletion import LARGEST_BATCH, Deleted, delete_segments, finish_deletions
from gstnvr.supervisor.index.archive import Archive
from gstnvr.volume.errors import VolumeError

_log = logging.getLogger(__name__)

_MOST_WAITING = 16
_REMEMBERED = 64
_WITHIN_S = 30.0
_BATCH_WITHIN_S = 300.0
_WRITTEN = "it is being written"
_BEYOND = "it reaches beyond the span"
_PROTECTED = "it is protected"
_ELSEWHERE = "its file is not on a volume that is mounted"
_BUSY = "somebody else deletes or has just protected it"
_STUCK = "the disk does not let go of it; it is tried again at the next start"


_THERE = (SegmentState.OPEN, SegmentState.CLOSED, SegmentState.REMOTE)


@dataclass(slots=True)
class _Job:
    uid: str
    wish: DeletionWish
    asked: UtcNs
    state: DeletionState = DeletionState.RUNNING
    ended: UtcNs | None = None
    segments: int = 0
    deleted: int = 0
    deleted_bytes: int = 0
    kept: dict[str, list[Segment]] = field(default_factory=lambda: defaultdict(list))
    message: str = ""


@dataclass(frozen=True, slots=True)
class _Sorted:
    """What is to be deleted, by volume, and what is not, by reason."""

    doomed: Mapping[str, list[Segment]]
    kept: Mapping[str, list[Segment]]
    volumes: Mapping[str, Volume]


class UserDeletions:
    """Implements ``api.evidence.ports.Deletions``; for one event loop."""

    def __init__(self, archive: Archive) -> None:
        """Nothing is deleted before ``run``."""
        self._archive = archive
        self._calls = BlockingCalls("deletions", max_hung=4)
        self._jobs: dict[str, _Job] = {}
        self._waiting: asyncio.Queue[_Job] = asyncio.Queue()

    async def run(self) -> None:
        """Delete what is asked for; for ever."""
        while True:
            job = await self._waiting.get()
            state, message = DeletionState.DONE, ""
            try:
                await self._delete(job)
            except (SQLAlchemyError, VolumeError, OSError, StillRunningError, TooManyHungError) as error:
                state, message = DeletionState.FAILED, str(error)
                _log.warning("deletion %s failed: %s", job.uid, error)
            ended = self._archive.clock.utc_ns()
            await self._tell(job, state, message)
            job.state, job.message, job.ended = state, message, ended

    async def begin(self, wish: DeletionWish) -> DeletionView:
        if self._waiting.qsize() >= _MOST_WAITING:
            raise TooManyJobsError(f"{_MOST_WAITING} deletions wait already: let some end")
        job = _Job(uuid4().hex, wish, self._archive.clock.utc_ns())
        await self._calls.run(self._note, job, "delete", {"reason": wish.reason}, timeout_s=_WITHIN_S)
        self._jobs[job.uid] = job
        while len(self._jobs) > _REMEMBERED:
            self._jobs.pop(next(iter(self._jobs)))
        self._waiting.put_nowait(job)
        return _view(job)

    def all(self) -> Sequence[DeletionView]:
        return [_view(job) for job in reversed(self._jobs.values())]

    def one(self, uid: str) -> DeletionView | None:
        job = self._jobs.get(uid)
        return None if job is None else _view(job)

    async def _delete(self, job: _Job) -> None:
        found = await self._calls.run(self._sort, job.wish, timeout_s=_WITHIN_S)
        for why, segments in found.kept.items():
            job.kept[why] += segments
        job.segments = sum(len(segments) for segments in found.doomed.values())
        busy = await self._delete_all(job, found.doomed, found.volumes)
        if busy:
            moved = await self._calls.run(self._moved, busy, timeout_s=_WITHIN_S)
            keys = {segment.id for segments in moved.values() for segment in segments}
            busy = [segment for segment in busy if segment.id not in keys]
            busy += await self._delete_all(job, moved, found.volumes)
        job.kept[_BUSY] += busy
        for volume in found.volumes.values():
            await self._delete_second_files(volume)

    async def _delete_second_files(self, volume: Volume) -> None:
        """What cannot be deleted now goes as soon as its volume is back."""
        work = partial(finish_deletions, self._archive.index, volume, now=self._archive.clock.utc_ns())
        try:
            while (done := await self._calls.run(work, timeout_s=_BATCH_WITHIN_S)).deleted and not done.left:
                continue
        except (VolumeError, OSError, StillRunningError, TooManyHungError) as error:
            _log.info("second files on %s are deleted later: %s", volume.path, error)

    async def _delete_all(
        self, job: _Job, doomed: Mapping[str, list[Segment]], volumes: Mapping[str, Volume]
    ) -> list[Segment]:
        """Those that were refused."""
        refused: list[Segment] = []
        for uuid, segments in doomed.items():
            for begin in range(0, len(segments), LARGEST_BATCH):
                refused += await self._delete_batch(job, volumes[uuid], segments[begin : begin + LARGEST_BATCH])
        return refused

    def _moved(self, segments: Sequence[Segment]) -> Mapping[str, list[Segment]]:
        """Those that lie on another volume by now, by that; blocks."""
        now = [self._archive.index.segment(segment.id) for segment in segments if segment.id is not None]
        there = {segment.id: segment.volume for segment in segments}
        moved: dict[str, list[Segment]] = defaultdict(list)
        for segment in now:
            if segment is not None and segment.volume != there[segment.id]:
                moved[segment.volume].append(segment)
        return moved

    async def _delete_batch(self, job: _Job, volume: Volume, batch: Sequence[Segment]) -> list[Segment]:
        by_path = {segment.path: segment for segment in batch}
        now = self._archive.clock.utc_ns()
        done = await self._calls.run(
            _delete_now, self._archive, volume, tuple(by_path), now, timeout_s=_BATCH_WITHIN_S
        )
        job.deleted += len(done.deleted)
        job.deleted_bytes += sum(by_path[path].size for path in done.deleted)
        job.kept[_STUCK] += [by_path[path] for path in done.left]
        return [by_path[path] for path in done.refused]

    def _sort(self, wish: DeletionWish) -> _Sorted:
        """Blocks."""
        segments = self._archive.index.segments(wish.stream, start=wish.start, end=wish.end, states=_THERE)
        volumes = {volume.uuid: volume for volume in self._archive.volumes()}
        with self._archive.index.reading() as connection:
            spans = ProtectedSpans(protections(connection, wish.stream))
        doomed: dict[str, list[Segment]] = defaultdict(list)
        kept: dict[str, list[Segment]] = defaultdict(list)
        for segment in segments:
            why = _why_kept(segment, wish, spans)
            if why is None and segment.volume not in volumes:
                why = _ELSEWHERE
            if why is None:
                doomed[segment.volume].append(segment)
            else:
                kept[why].append(segment)
        return _Sorted(doomed, kept, volumes)

    async def _tell(self, job: _Job, state: DeletionState, message: str) -> None:
        detail = {
            "state": state.value,
            "deleted": job.deleted,
            "bytes": job.deleted_bytes,
            "kept": {why: len(segments) for why, segments in job.kept.items() if segments},
            "message": message,
        }
        try:
            await self._calls.run(self._note, job, "deleted", detail, timeout_s=_WITHIN_S)
        except (SQLAlchemyError, StillRunningError, TooManyHungError) as error:
            _log.error("not in the audit log: deletion %s by %s: %s", job.uid, job.wish.user, error)

    def _note(self, job: _Job, action: str, more: Mapping[str, object]) -> None:
        """A line of the audit log; blocks."""
        wish = job.wish
        detail = {"uid": job.uid, "from": format_utc(wish.start), "to": format_utc(wish.end), **more}
        line = AuditLine(self._archive.clock.utc_ns(), wish.user, action, str(wish.stream), detail)
        with self._archive.index.writing() as writer:
            add_line(writer, line)


def _delete_now(archive: Archive, volume: Volume, paths: Sequence[str], now: UtcNs) -> Deleted:
    return delete_segments(archive.index, volume, paths, now=now, everywhere=True)


def _why_kept(segment: Segment, wish: DeletionWish, spans: ProtectedSpans) -> str | None:
    if segment.state is SegmentState.OPEN:
        return _WRITTEN
    if segment.start < wish.start or segment.end > wish.end:
        return _BEYOND
    if spans.covers(segment.stream, segment.start, segment.end):
        return _PROTECTED
    return None


def _view(job: _Job) -> DeletionView:
    kept = (
        KeptView(why, len(segments), sum(segment.end - segment.start for segment in segments))
        for why, segments in job.kept.items()
        if segments
    )
    return DeletionView(
        uid=job.uid,
        wish=job.wish,
        state=job.state,
        asked=job.asked,
        ended=job.ended,
        segments=job.segments,
        deleted=job.deleted,
        deleted_bytes=job.deleted_bytes,
        kept=tuple(kept),
        message=job.message,
    )
