"""One segment from its creation to its proper end."""

import contextlib
import errno
import logging
import os
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from gstnvr.blocking.calls import StillRunningError, TooManyHungError
from gstnvr.container.facts import FileScan
from gstnvr.container.opus_header import mend_opus_header
from gstnvr.container.scan import GrowingFile
from gstnvr.media.messages import MediaMessage, PipelineError
from gstnvr.media.pipelines import MediaFactory, WriterSpec
from gstnvr.media.units import AccessUnit, Track
from gstnvr.model.clock import NS_PER_MS, NS_PER_S, UtcNs
from gstnvr.model.faults import Fault, FaultReport, Reason
from gstnvr.model.pauses import is_pause
from gstnvr.model.records import Segment, SegmentState, TrackInfo
from gstnvr.recorder.segments.planning import SHORTEST_NS, SegmentPlan
from gstnvr.recorder.storage.slow_disk import Flow
from gstnvr.recorder.storage.volume_guard import VolumeGuard
from gstnvr.session.faults import classify, report
from gstnvr.volume.checks import check_identity
from gstnvr.volume.errors import VolumeError, report_os_error
from gstnvr.volume.files import CreatedSegment, close_segment, create_segment, locate, sync_file
from gstnvr.volume.paths import SegmentName

_log = logging.getLogger(__name__)

CREATE_WITHIN_S = 4.0
SYNC_WITHIN_S = 8.0
FINISH_STEP_S = 1.0
FINISH_STEPS = 4
"""A file that did not grow for so many steps on the way to its proper end is taken for broken."""
SIZE_WITHIN_S = 0.5
CLOSE_WITHIN_S = 8.0
FOR_EVER_S = 1e6
STUCK_AFTER_S = 4.0
"""A muxer that takes nothing for so long hangs in a write."""
BATCH_UNITS = 32
"""Access units that are handed to the writer at once; more come after an outage."""
AUDIO_LATE_NS = 2 * NS_PER_S
"""Audio so far behind the video has ended; the muxer must not wait for it."""


class SegmentError(Exception):
    """The file could not be made, written or ended."""

    def __init__(self, found: FaultReport) -> None:
        super().__init__(found.message)
        self.report = found


class _Key(NamedTuple):
    """A key frame that was handed on."""

    number: int
    pts: int
    bytes_before: int
    """Handed on before it."""


class SegmentFile:
    """A segment that is being written. Made by ``create``."""

    def __init__(
        self, plan: SegmentPlan, guard: VolumeGuard, created: CreatedSegment, media: MediaFactory
    ) -> None:
        self.plan = plan
        self.path = created.path
        self.fed_to = min(plan.first_video, plan.first_audio)
        """Number in the ring of the next access unit for the writer."""
        self.unsafe_from = self.fed_to
        """From this number on it may not be on the disk yet; a segment can begin there."""
        self.frames = 0
        self.audio_units = 0
        self.synced = 0
        """Bytes that are on the disk for certain."""
        self.fault: FaultReport | None = None
        """What the writer said first."""
        self.guard = guard
        """Of the volume that it is on."""
        self.known: FileScan | None = None
        """What is on the disk for certain; None: nothing, or it was not looked at."""
        self._growing: GrowingFile | None = None
        self._fd = created.fd
        self._keys: deque[_Key] = deque()
        self._first_pts = 0
        self._last_pts = 0
        self._end_pts = 0
        self._audio_pts: int | None = None
        self._pushed = 0
        self._taken = 0
        self._taken_at: float | None = None
        self._largest_batch = 0
        """Bytes; a batch counts as taken before its last access unit is."""
        self._on_fault: Callable[[FaultReport], None] | None = None
        spec = WriterSpec(created.fd, plan.container, plan.fragment_ms, plan.video, plan.audio)
        self._writer = media.writer(spec)
        self._audio_open = plan.audio is not None

    @classmethod
    async def create(
        cls, plan: SegmentPlan, guard: VolumeGuard, media: MediaFactory, name: SegmentName | None = None
    ) -> "SegmentFile":
        """Make the file on the volume that was meant, and the writer.

        Args:
            name: None: that of a new segment; else another file has it on another volume.

        Raises:
            SegmentError: the volume does not take it.
        """
        name = name or SegmentName(plan.stream, UtcNs(plan.start // NS_PER_MS * NS_PER_MS), plan.container)
        try:
            created = await guard.calls.run(
                _create,
                guard.root,
                guard.spec.uuid,
                name,
                timeout_s=CREATE_WITHIN_S,
                late=_remove_late(guard.root),
            )
        except VolumeError as error:
            raise SegmentError(error.report) from error
        except OSError as error:
            raise SegmentError(_os_report(error, guard, "cannot make a segment on")) from error
        except TooManyHungError as error:
            raise SegmentError(_stalled(guard)) from error
        try:
            return cls(plan, guard, created, media)
        except LookupError as error:
            _remove_late(guard.root)(created)
            found = report(Fault.RECORDING_BRANCH, Reason.MISSING_ELEMENT, code="writer build", detail=str(error))
            raise SegmentError(found) from error

    def start(self, on_fault: Callable[[FaultReport], None]) -> None:
        """Begin to write; the first fault is told."""
        self._on_fault = on_fault
        self._writer.start(self._hear)

    def _hear(self, message: MediaMessage) -> None:
        if isinstance(message, PipelineError) and message.fatal and self.fault is None:
            self.fault = classify(message, self.path)
            if self._on_fault is not None:
                self._on_fault(self.fault)

    def feed(self, units: Sequence[AccessUnit], first_number: int) -> None:
        """Hand on access units, the first of which has this number; they follow those handed on before."""
        fitting = []
        for number, unit in enumerate(units, first_number):
            if not self._belongs(number, unit):
                continue
            fitting.append(unit)
            if unit.track is Track.VIDEO:
                self._note_video(number, unit)
            else:
                self.audio_units += 1
                self._audio_pts = unit.pts
            self._pushed += unit.size
        self._push(fitting)
        self.fed_to = first_number + len(units)
        self._watch_audio()

    def _push(self, units: Sequence[AccessUnit]) -> None:
        for begin in range(0, len(units), BATCH_UNITS):
            batch = units[begin : begin + BATCH_UNITS]
            self._largest_batch = max(self._largest_batch, sum(unit.size for unit in batch))
            self._writer.push(batch)

    def _belongs(self, number: int, unit: AccessUnit) -> bool:
        if unit.track is Track.VIDEO:
            return number >= self.plan.first_video
        return self._audio_open and number >= self.plan.first_audio

    def _note_video(self, number: int, unit: AccessUnit) -> None:
        if unit.key:
            self._keys.append(_Key(number, unit.pts, self._pushed))
        if not self.frames:
            self._first_pts = unit.pts
        self.frames += 1
        self._last_pts = unit.pts
        duration = unit.duration or self._frame_ns
        self._end_pts = max(self._end_pts, unit.pts + duration)

    def _watch_audio(self) -> None:
        heard = self._audio_pts if self._audio_pts is not None else self._last_pts - AUDIO_LATE_NS
        if self._audio_open and self.frames and self._last_pts - heard > AUDIO_LATE_NS:
            self._audio_open = False
            self._writer.end_audio()

    def is_stuck(self, now: float) -> bool:
        """Whether the writer has taken nothing for long although there was something to take."""
        taken = self._pushed - self._writer.backlog_bytes()
        if taken > self._taken or taken == self._pushed or self._taken_at is None:
            self._taken, self._taken_at = taken, now
        return now - self._taken_at > STUCK_AFTER_S

    def flow(self) -> Flow:
        """How much was handed on, and how much of it the writer has taken."""
        backlog = self._writer.backlog_bytes()
        seconds = (self._last_pts - self._first_pts) / NS_PER_S
        return Flow(self._pushed, self._pushed - backlog, seconds * backlog / max(1, self._pushed))

    @property
    def end(self) -> UtcNs:
        """End of the last access unit that was handed on."""
        return self._at(self._end_pts) if self.frames else self.plan.start

    def _at(self, pts: int) -> UtcNs:
        """Not before the start, which may be slewed ahead, or be behind a segment that was led too far."""
        return max(UtcNs(self.plan.start + SHORTEST_NS), self.plan.timeline.at(pts))

    @property
    def _frame_ns(self) -> int:
        """Usual time from one picture to the next."""
        if self.frames < 2:
            return self.plan.picture_ns
        return max(0, self._last_pts - self._first_pts) // (self.frames - 1)

    def end_before(self, pts: int) -> UtcNs | None:
        """Where the segment ends if another begins with this ``pts``; None: a pause lies between the two."""
        return None if is_pause(pts - self._last_pts, self._frame_ns) else self._at(pts)

    def record(
        self, state: SegmentState, end: UtcNs, frames: int | None = None, size: int | None = None
    ) -> Segment:
        """Row of the index; frames and size as far as they are known if not given."""
        video, audio = self.plan.video, self.plan.audio
        return Segment(
            stream=self.plan.stream,
            volume=self.guard.spec.uuid,
            path=self.path,
            start=self.plan.start,
            end=end,
            state=state,
            size=self.synced if size is None else size,
            frames=self.frames if frames is None else frames,
            tracks=TrackInfo(video.codec, video.width, video.height, audio.codec if audio else None),
        )

    async def sync(self, *, follow: bool = False) -> Segment:
        """Bring to the disk what was written so far; a row that promises no more than that.

        Args:
            follow: look at what is on the disk, so that another volume can go on behind it.

        Raises:
            SegmentError: the disk does not take it.
        """
        path = locate(self.guard.root, self.path)
        if follow and self._growing is None:
            self._growing = GrowingFile()
        end, frames, taken = self.end, self.frames, self._pushed - self._writer.backlog_bytes()
        doubtful = self._doubtful_ns(taken)
        try:
            self.synced, self.known = await self.guard.calls.run(
                _sync, self._fd, path, self._growing, timeout_s=SYNC_WITHIN_S
            )
        except OSError as error:
            raise SegmentError(_os_report(error, self.guard, f"cannot sync {self.path} on")) from error
        except TooManyHungError as error:
            raise SegmentError(_stalled(self.guard)) from error
        self._note_safe(taken - self._largest_batch, self._pending_ns)
        length = end - self.plan.start
        safe = max(0, length - doubtful)
        return self.record(SegmentState.OPEN, UtcNs(self.plan.start + safe), frames * safe // max(1, length))

    @property
    def _pending_ns(self) -> int:
        """So much may be in the muxer: a fragment, and what it waits for in order to end it."""
        return 2 * self.plan.fragment_ms * NS_PER_MS

    def _doubtful_ns(self, taken: int) -> int:
        """Length of what was handed on last and may not be in the file, when so many bytes were taken."""
        handed_on = max(0, self._last_pts - self._first_pts)
        waiting = self._pushed - taken + self._largest_batch
        return self._pending_ns + handed_on * waiting // max(1, self._pushed)

    def _note_safe(self, taken: int, pending_ns: int) -> None:
        """The muxer had taken so many bytes, and may not have written the last of them."""
        newest = next((key for key in reversed(self._keys) if key.bytes_before <= taken), None)
        while newest is not None and self._keys[0].pts + pending_ns <= newest.pts:
            self.unsafe_from = self._keys.popleft().number

    async def finish(self, end: UtcNs) -> Segment:
        """End the file, sync file and folder; the row may follow.

        Args:
            end: ``end`` as it was before the next segment was planned, which may correct the time line, or where
                that one begins, if it follows without a gap.

        Raises:
            SegmentError: it has no proper end; ``discard`` is due.
        """
        await self._drain()
        path = locate(self.guard.root, self.path)
        fd, self._fd = self._fd, -1
        try:
            self.synced = await self.guard.calls.run(_close, fd, path, timeout_s=CLOSE_WITHIN_S)
        except OSError as error:
            raise SegmentError(_os_report(error, self.guard, f"cannot close {self.path} on")) from error
        except TooManyHungError as error:
            raise SegmentError(_stalled(self.guard)) from error
        return self.record(SegmentState.CLOSED, end)

    async def _drain(self) -> None:
        """Wait for the writer's end; on a slow disk, as long as the file grows."""
        size, steps = -1, 0
        while not await self._writer.finish(FINISH_STEP_S):
            if self.fault is not None:
                raise SegmentError(self.fault)
            before, size = size, await self._current_size()
            steps = 0 if size > before else steps + 1
            if steps == FINISH_STEPS:
                raise SegmentError(_stalled(self.guard))

    async def _current_size(self) -> int:
        """-1: the disk does not say."""
        try:
            return await self.guard.calls.run(_size, self._fd, timeout_s=SIZE_WITHIN_S)
        except (OSError, TooManyHungError):
            return -1

    async def discard(self) -> None:
        """Let go of the writer, however long a write hangs, and then of the descriptor."""
        await self._writer.discard(FOR_EVER_S)
        fd, self._fd = self._fd, -1
        if fd >= 0:
            with contextlib.suppress(OSError, TooManyHungError):
                await self.guard.calls.run(os.close, fd, timeout_s=CLOSE_WITHIN_S)


def _create(root: Path, uuid: str, name: SegmentName) -> CreatedSegment:
    check_identity(root, uuid)
    return create_segment(root, name)


def _remove_late(root: Path) -> Callable[[CreatedSegment], None]:
    """Undo a creation; by now, another file system with a file of that name may be mounted there."""

    def remove(created: CreatedSegment) -> None:
        path = locate(root, created.path)
        try:
            if os.path.samestat(os.fstat(created.fd), path.lstat()):
                path.unlink()
        except OSError as error:
            _log.warning("cannot remove %s, which was made too late: %s", created.path, error)
        finally:
            os.close(created.fd)

    return remove


def _size(fd: int) -> int:
    return os.fstat(fd).st_size


def _sync(fd: int, path: Path, growing: GrowingFile | None) -> tuple[int, FileScan | None]:
    """Size of the file, all of it on the disk, and what is in it if that is asked for.

    Raises:
        FileNotFoundError: the file was deleted, or its disk unmounted.
        OSError: it may not be on the disk.
    """
    size = os.fstat(fd).st_size
    sync_file(fd)
    _check_in_place(fd, path)
    return size, None if growing is None else growing.scan(fd, size)


def _close(fd: int, path: Path) -> int:
    try:
        _check_in_place(fd, path)
        mend_opus_header(fd)
    except OSError:
        os.close(fd)
        raise
    return close_segment(fd, path)


def _check_in_place(fd: int, path: Path) -> None:
    if not os.path.samestat(os.fstat(fd), path.lstat()):
        raise FileNotFoundError(errno.ENOENT, "another file is in its place")


def _os_report(error: OSError, guard: VolumeGuard, doing: str) -> FaultReport:
    if isinstance(error, StillRunningError):
        return _stalled(guard)
    return report_os_error(error, f"{doing} volume {guard.spec.path}")


def _stalled(guard: VolumeGuard) -> FaultReport:
    return report(
        Fault.STORAGE_DISCONNECTED, Reason.WRITE_STALLED, code="recorder stalled", subject=guard.spec.path
    )
