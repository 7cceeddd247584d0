"""A writer without GStreamer: real bytes into the real descriptor, on a thread that may hang."""

import asyncio
import errno
import os
import queue
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path

from gstnvr.media.messages import ErrorDomain, PipelineError, ResourceCode, Role, StreamCode
from gstnvr.media.pipelines import Listener, WriterSpec
from gstnvr.media.units import AccessUnit, Track
from gstnvr.model.clock import NS_PER_MS
from gstnvr.testing.containers import Sample, layout_of, sample_of
from gstnvr.testing.fast_loop import work_on
from gstnvr.testing.world_work import held_up_on_purpose


@dataclass(slots=True)
class WriteFaults:
    """What goes wrong with writing; may be changed at any time, from the loop's thread."""

    errno: int | None = None
    """Every write fails with this."""
    refuses: Callable[[AccessUnit], bool] = lambda _: False
    """What the muxer does not take."""
    free: threading.Event = field(default_factory=threading.Event)
    """Cleared: writes hang."""
    slow_s: float = 0.0
    """Every write takes so long, in seconds of the world."""
    below: Path | None = None
    """Files elsewhere are not touched by all of it; None: all are."""

    def __post_init__(self) -> None:
        self.free.set()

    def check(self, fd: int) -> None:
        """Called in front of every write to a file.

        Raises:
            OSError: the error that was asked for.
        """
        if self.below is not None and not Path(f"/proc/self/fd/{fd}").readlink().is_relative_to(self.below):
            return
        with held_up_on_purpose():
            self.free.wait()
            time.sleep(self.slow_s)
        if self.errno is not None:
            raise OSError(self.errno, os.strerror(self.errno))


@dataclass(frozen=True, slots=True)
class _EndOfAudio:
    pass


@dataclass(frozen=True, slots=True)
class _End:
    pass


_Order = AccessUnit | _EndOfAudio | _End


class _RefusedError(Exception):
    """By the muxer."""


_REFUSAL = PipelineError(ErrorDomain.STREAM, StreamCode.MUX, Role.MUXER, "Could not multiplex stream.")


class FakeWriter:
    """Implements ``media.pipelines.Writer``: a fragment goes out at every key frame and after ``fragment_ms``.

    Like a real muxer it takes nothing as long as one of its tracks may still bring something earlier.
    """

    def __init__(self, spec: WriterSpec, faults: WriteFaults) -> None:
        self.spec = spec
        self.audio_ended = False
        self._layout = layout_of(spec.container, spec.video, spec.audio)
        self._faults = faults
        self._orders: queue.SimpleQueue[_Order] = queue.SimpleQueue()
        self._pushed = 0
        self._taken = 0
        self._abandoned = False
        self._failed = False
        self._done = asyncio.Event()
        self._listener: Listener | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._size = 0
        self._start: int | None = None
        tracks = [Track.VIDEO] if spec.audio is None else [Track.VIDEO, Track.AUDIO]
        self._waiting: dict[Track, deque[AccessUnit]] = {track: deque() for track in tracks}
        self._open = set(tracks)
        self._pending: dict[Track, list[Sample]] = {track: [] for track in tracks}

    def start(self, listener: Listener) -> None:
        self._listener = listener
        self._loop = asyncio.get_running_loop()
        threading.Thread(target=self._work, name="fake writer", daemon=True).start()

    def push(self, units: Sequence[AccessUnit]) -> None:
        for unit in units:
            if unit.track is Track.VIDEO or (self.spec.audio is not None and not self.audio_ended):
                self._pushed += unit.size
                self._orders.put(unit)

    def end_audio(self) -> None:
        self.audio_ended = True
        self._orders.put(_EndOfAudio())

    def backlog_bytes(self) -> int:
        return self._pushed - self._taken

    async def finish(self, timeout_s: float) -> bool:
        self._orders.put(_End())
        return await self._ended(timeout_s) and not self._failed

    async def discard(self, timeout_s: float) -> bool:
        self._listener = None
        self._abandoned = True
        self._orders.put(_End())
        return await self._ended(timeout_s)

    async def _ended(self, timeout_s: float) -> bool:
        try:
            async with asyncio.timeout(timeout_s):
                await self._done.wait()
        except TimeoutError:
            return False
        return True

    # --- on the writer's own thread -------------------------------------------------------------------

    def _work(self) -> None:
        try:
            with self._at_work():
                self._write(self._layout.header())
            while not isinstance(order := self._orders.get(), _End):
                with self._at_work():
                    self._obey(order)
            with self._at_work():
                self._complete()
        except OSError as error:
            said = _message(error)
            self._on_loop(lambda: self._fail(said))
        except _RefusedError:
            self._on_loop(lambda: self._fail(_REFUSAL))
        finally:
            self._on_loop(self._done.set)

    def _at_work(self) -> AbstractContextManager[None]:
        assert self._loop is not None
        return work_on(self._loop)

    def _obey(self, order: AccessUnit | _EndOfAudio) -> None:
        if isinstance(order, AccessUnit):
            self._waiting[order.track].append(order)
        else:
            self._open.discard(Track.AUDIO)
        self._mux()

    def _mux(self) -> None:
        waiting = self._waiting
        while not self._abandoned and any(waiting.values()) and all(waiting[track] for track in self._open):
            earliest = min((units for units in waiting.values() if units), key=lambda units: units[0].pts)
            self._take(earliest.popleft())

    def _take(self, unit: AccessUnit) -> None:
        if self._faults.refuses(unit):
            raise _RefusedError
        self._start = unit.pts if self._start is None else self._start
        video = self._pending[Track.VIDEO]
        if unit.track is Track.VIDEO and video:
            length = unit.pts - self._start - video[0].time
            if unit.key or length >= self.spec.fragment_ms * NS_PER_MS:
                self._flush()
        self._pending[unit.track].append(sample_of(unit, self._start))
        self._taken += unit.size

    def _flush(self) -> None:
        if any(self._pending.values()):
            self._write(self._layout.fragment({track: list(samples) for track, samples in self._pending.items()}))
        for samples in self._pending.values():
            samples.clear()

    def _complete(self) -> None:
        self._open.clear()
        self._mux()
        if not self._abandoned:
            self._flush()
            self._write_end()

    def _write_end(self) -> None:
        tail, at, patch = self._layout.end(self._size)
        self._write(tail)
        self._faults.check(self.spec.fd)
        if patch:
            os.pwrite(self.spec.fd, patch, at)

    def _write(self, data: bytes) -> None:
        rest = memoryview(data)
        while rest:
            self._faults.check(self.spec.fd)
            if self._abandoned:
                return
            rest = rest[os.write(self.spec.fd, rest) :]
        self._size += len(data)

    def _on_loop(self, function: Callable[[], None]) -> None:
        assert self._loop is not None
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(function)

    def _fail(self, said: PipelineError) -> None:
        self._failed = True
        if self._listener is not None:
            self._listener(said)


def _message(error: OSError) -> PipelineError:
    """As a file sink of GStreamer says it."""
    code = ResourceCode.NO_SPACE_LEFT if error.errno == errno.ENOSPC else ResourceCode.WRITE
    text = "Error while writing to file descriptor."
    return PipelineError(ErrorDomain.RESOURCE, code, Role.FILE_SINK, text, debug=f"system error: {error.strerror}")
