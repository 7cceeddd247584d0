"""One segment from its creation to its proper end."""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from gstnvr.blocking.calls import StillRunningError, TooManyHungError
from gstnvr.media.messages import MediaMessage, PipelineError
from gstnvr.media.pipelines import MediaFactory, WriterSpec
from gstnvr.media.units import AccessUnit, AudioFormat, Track, VideoFormat
from gstnvr.model.choices import Container
from gstnvr.model.clock import NS_PER_MS, NS_PER_S, UtcNs
from gstnvr.model.faults import Fault, FaultReport, Reason
from gstnvr.model.ids import StreamId
from gstnvr.model.records import Segment, SegmentState, TrackInfo
from gstnvr.recorder.timeline import MediaTimeline
from gstnvr.recorder.volume_guard import VolumeGuard
from gstnvr.session.faults import classify, report
from gstnvr.volume.checks import check_identity
from gstnvr.volume.errors import VolumeError, report_os_error
from gstnvr.volume.files import CreatedSegment, close_segment, create_segment, locate, sync_file
from gstnvr.volume.paths import SegmentName

CREATE_WITHIN_S = 4.0
SYNC_WITHIN_S = 8.0
FINISH_WITHIN_S = 8.0
"""A file that takes longer for its proper end is taken for broken."""
DISCARD_WITHIN_S = 8.0
STUCK_AFTER_S = 4.0
"""A muxer that takes nothing for so long hangs in a write."""
AUDIO_LATE_NS = 2 * NS_PER_S
"""Audio so far behind the video has ended; the muxer must not wait for it."""


class SegmentError(Exception):
    """The file could not be made, written or ended."""

    def __init__(self, found: FaultReport) -> None:
        super().__init__(found.message)
        self.report = found


@dataclass(frozen=True, slots=True)
class SegmentPlan:
    """What goes into a segment."""

    stream: StreamId
    first_video: int
    """Number in the ring of the key frame that it begins with."""
    first_audio: int
    """Number in the ring from which audio belongs to it; older audio is in the file before."""
    start: UtcNs
    timeline: MediaTimeline
    video: VideoFormat
    audio: AudioFormat | None
    container: Container
    fragment_ms: int


class SegmentFile:
    """A segment that is being written. Made by ``create``."""

    def __init__(
        self, plan: SegmentPlan, guard: VolumeGuard, created: CreatedSegment, media: MediaFactory
    ) -> None:
        self.plan = plan
        self.path = created.path
        self.fed_to = min(plan.first_video, plan.first_audio)
        """Number in the ring of the next access unit for the writer."""
        self.frames = 0
        self.audio_units = 0
        self.failed = False
        self._guard = guard
        self._fd = created.fd
        self._size = 0
        self._last_pts = 0
        self._end_pts = 0
        self._audio_pts: int | None = None
        self._pushed = 0
        self._taken = 0
        self._taken_at: float | None = None
        self._on_fault: Callable[[FaultReport], None] | None = None
        spec = WriterSpec(created.fd, plan.container, plan.fragment_ms, plan.video, plan.audio)
        self._writer = media.writer(spec)
        self._audio_open = plan.audio is not None

    @classmethod
    async def create(cls, plan: SegmentPlan, guard: VolumeGuard, media: MediaFactory) -> "SegmentFile":
        """Make the file on the volume that was meant, and the writer.

        Raises:
            SegmentError: the volume does not take it.
        """
        name = SegmentName(plan.stream, UtcNs(plan.start // NS_PER_MS * NS_PER_MS), plan.container)
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
        if isinstance(message, PipelineError) and message.fatal and not self.failed:
            self.failed = True
            if self._on_fault is not None:
                self._on_fault(classify(message, self.path))

    def feed(self, units: Sequence[AccessUnit], first_number: int) -> None:
        """Hand on access units, the first of which has this number; they follow those handed on before."""
        fitting = units
        if first_number < self.plan.first_video or first_number < self.plan.first_audio:
            fitting = [unit for number, unit in enumerate(units, first_number) if self._belongs(number, unit)]
        for unit in fitting:
            if unit.track is Track.VIDEO:
                self._note_video(unit)
            else:
                self.audio_units += 1
                self._audio_pts = unit.pts
            self._pushed += unit.size
        self._writer.push(fitting)
        self.fed_to = first_number + len(units)
        self._watch_audio()

    def _belongs(self, number: int, unit: AccessUnit) -> bool:
        return number >= (self.plan.first_video if unit.track is Track.VIDEO else self.plan.first_audio)

    def _note_video(self, unit: AccessUnit) -> None:
        duration = unit.duration or max(0, unit.pts - self._last_pts if self.frames else 0)
        self.frames += 1
        self._last_pts = unit.pts
        self._end_pts = max(self._end_pts, unit.pts + duration)

    def _watch_audio(self) -> None:
        heard = self._audio_pts if self._audio_pts is not None else self._end_pts - AUDIO_LATE_NS
        if self._audio_open and self.frames and self._end_pts - heard > AUDIO_LATE_NS:
            self._audio_open = False
            self._writer.end_audio()

    def is_stuck(self, now: float) -> bool:
        """Whether the writer has taken nothing for long although there was something to take."""
        taken = self._pushed - self._writer.backlog_bytes()
        if taken > self._taken or taken == self._pushed or self._taken_at is None:
            self._taken, self._taken_at = taken, now
        return now - self._taken_at > STUCK_AFTER_S

    @property
    def end(self) -> UtcNs:
        """End of the last access unit that was handed on."""
        return self.plan.timeline.at(self._end_pts) if self.frames else self.plan.start

    def record(
        self, state: SegmentState, end: UtcNs, frames: int | None = None, size: int | None = None
    ) -> Segment:
        """Row of the index; frames and size as far as they are known if not given."""
        video, audio = self.plan.video, self.plan.audio
        return Segment(
            stream=self.plan.stream,
            volume=self._guard.spec.uuid,
            path=self.path,
            start=self.plan.start,
            end=end,
            state=state,
            size=self._size if size is None else size,
            frames=self.frames if frames is None else frames,
            tracks=TrackInfo(video.codec, video.width, video.height, audio.codec if audio else None),
        )

    async def sync(self) -> Segment:
        """Bring to the disk what was written so far; a row that promises no more than that.

        Raises:
            SegmentError: the disk does not take it.
        """
        end, frames = self.end, self.frames
        try:
            self._size = await self._guard.calls.run(_sync, self._fd, timeout_s=SYNC_WITHIN_S)
        except OSError as error:
            raise SegmentError(_os_report(error, self._guard, f"cannot sync {self.path} on")) from error
        except TooManyHungError as error:
            raise SegmentError(_stalled(self._guard)) from error
        pending = self.plan.fragment_ms * NS_PER_MS
        return self.record(SegmentState.OPEN, UtcNs(max(self.plan.start, end - pending)), frames)

    async def finish(self, end: UtcNs | None) -> Segment:
        """End the file, sync file and folder; the row may follow.

        Args:
            end: where the next segment begins, if it follows without a gap.

        Raises:
            SegmentError: it has no proper end; ``discard`` is due.
        """
        if not await self._writer.finish(FINISH_WITHIN_S):
            raise SegmentError(_stalled(self._guard))
        path = locate(self._guard.root, self.path)
        fd, self._fd = self._fd, -1
        try:
            self._size = await self._guard.calls.run(close_segment, fd, path, timeout_s=SYNC_WITHIN_S)
        except OSError as error:
            raise SegmentError(_os_report(error, self._guard, f"cannot close {self.path} on")) from error
        except TooManyHungError as error:
            raise SegmentError(_stalled(self._guard)) from error
        return self.record(SegmentState.CLOSED, self.end if end is None else end)

    async def discard(self) -> bool:
        """Let go of the writer and the descriptor; False: a write still hangs and may yet come through."""
        self.failed = True
        if not await self._writer.discard(DISCARD_WITHIN_S):
            return False
        fd, self._fd = self._fd, -1
        if fd >= 0:
            try:
                await self._guard.calls.run(os.close, fd, timeout_s=DISCARD_WITHIN_S)
            except StillRunningError:
                return False
            except (OSError, TooManyHungError):
                return True
        return True


def _create(root: Path, uuid: str, name: SegmentName) -> CreatedSegment:
    check_identity(root, uuid)
    return create_segment(root, name)


def _remove_late(root: Path) -> Callable[[CreatedSegment], None]:
    def remove(created: CreatedSegment) -> None:
        os.close(created.fd)
        locate(root, created.path).unlink(missing_ok=True)

    return remove


def _sync(fd: int) -> int:
    size = os.fstat(fd).st_size
    sync_file(fd)
    return size


def _os_report(error: OSError, guard: VolumeGuard, doing: str) -> FaultReport:
    if isinstance(error, StillRunningError):
        return _stalled(guard)
    return report_os_error(error, f"{doing} volume {guard.spec.path}")


def _stalled(guard: VolumeGuard) -> FaultReport:
    return report(
        Fault.STORAGE_DISCONNECTED, Reason.WRITE_STALLED, code="recorder stalled", subject=guard.spec.path
    )
