"""Compares what was recorded with what a simulated camera sent, unit by unit."""

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from gstnvr.container.facts import Sample, TrackKind
from gstnvr.container.scan import iter_samples
from gstnvr.media.clips import access_unit_digest, audio_unit_digest
from gstnvr.media.units import VideoCodec
from gstnvr.model.clock import UtcNs
from gstnvr.simulator.control import UnitSequence

_NAL_LENGTH_BYTES = 4
_CONTEXT = 40
"""Units by which a place in a loop is told from others that look alike."""


@dataclass(frozen=True, slots=True)
class RecordedFile:
    """A segment file and the moment at which the index says that its first picture was taken."""

    path: Path
    start: UtcNs


@dataclass(frozen=True, slots=True)
class Hole:
    """Units that were sent one after another and of which nothing was recorded."""

    start: UtcNs
    """End of the last unit in front of it."""
    end: UtcNs
    """Start of the first unit after it."""
    count: int

    @property
    def seconds(self) -> float:
        return (self.end - self.start) / 1e9


@dataclass(frozen=True, slots=True)
class TrackAudit:
    """What became of one track between the first and the last unit recorded."""

    units: int
    """Recorded."""
    doubled: int
    """Recorded again, or out of order."""
    altered: int
    """Recorded, but never sent like this."""
    holes: tuple[Hole, ...]
    start: UtcNs | None
    """Of the first unit; None without any."""
    end: UtcNs | None
    """Of the last unit's length."""

    @property
    def missing(self) -> int:
        """Sent and not recorded."""
        return sum(hole.count for hole in self.holes)


@dataclass(frozen=True, slots=True)
class Audit:
    """Of one stream."""

    video: TrackAudit
    audio: TrackAudit
    """Empty if no audio was recorded, or none that is recorded as it was sent."""

    @property
    def missing(self) -> int:
        return self.video.missing + self.audio.missing

    @property
    def doubled(self) -> int:
        return self.video.doubled + self.audio.doubled

    @property
    def altered(self) -> int:
        return self.video.altered + self.audio.altered

    @property
    def holes(self) -> tuple[Hole, ...]:
        """Of the video."""
        return self.video.holes

    @property
    def flawless(self) -> bool:
        return not (self.missing or self.doubled or self.altered)


def audit(files: Iterable[RecordedFile], *loops: UnitSequence, audio: bool = True) -> Audit:
    """Compare files, in the order of their times, with the loop that a camera plays.

    The distance between two units that follow each other in the files is known from the loop but for whole rounds,
    and these from the time between them. This takes a camera whose loop goes on while nobody watches, as that of
    every pattern does, which is in phase with the minute.

    Args:
        loops: more than one if the camera was switched to another source.
        audio: False if the recorder transcodes it.

    Raises:
        OSError: a file cannot be read.
    """
    files = list(files)
    video_units = [
        _Unit(at, _digest(codec, sample.data))
        for file, codec in zip(files, _codecs(files, loops), strict=True)
        for at, sample in _samples(file, TrackKind.VIDEO)
    ]
    audio_units = [
        _Unit(at, audio_unit_digest(sample.data))
        for file in (files if audio else ())
        for at, sample in _samples(file, TrackKind.AUDIO)
    ]
    video_loops = [_Loop(loop.video, loop.length_ns) for loop in loops]
    audio_loops = [_Loop(loop.audio, loop.length_ns) for loop in loops if loop.audio]
    return Audit(_audit_track(video_units, video_loops), _audit_track(audio_units, audio_loops))


def _codecs(files: Sequence[RecordedFile], loops: Sequence[UnitSequence]) -> Iterator[VideoCodec]:
    """By the loop from which the first picture of a file comes, for digests depend on the codec."""
    known = {loop.video_codec: frozenset(loop.video) for loop in loops}
    for file in files:
        first = next((sample for _, sample in _samples(file, TrackKind.VIDEO)), None)
        data = first.data if first is not None else b""
        fitting = (codec for codec, units in known.items() if _digest(codec, data) in units)
        yield next(fitting, loops[0].video_codec)


def _samples(file: RecordedFile, kind: TrackKind) -> Iterator[tuple[UtcNs, Sample]]:
    """With the wall clock of each; files count time from a zero of their own."""
    fd = os.open(file.path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        first = next(iter_samples(fd, TrackKind.VIDEO), None)
        for sample in iter_samples(fd, kind) if first is not None else ():
            assert first is not None
            yield UtcNs(file.start + sample.time_ns - first.time_ns), sample
    finally:
        os.close(fd)


def _digest(codec: VideoCodec, data: bytes) -> bytes:
    return access_unit_digest(codec, [data] if codec is VideoCodec.MJPEG else _nal_units(data))


def _nal_units(data: bytes) -> list[bytes]:
    units, position = [], 0
    while position < len(data):
        begin = position + _NAL_LENGTH_BYTES
        position = begin + int.from_bytes(data[position:begin], "big")
        units.append(data[begin:position])
    return units


@dataclass(frozen=True, slots=True)
class _Unit:
    at: UtcNs
    digest: bytes


class _Loop:
    """One track of a loop: where a digest is in it."""

    def __init__(self, digests: Sequence[bytes], length_ns: int) -> None:
        self.digests = digests
        self.step_ns = length_ns / len(digests)
        self.places: dict[bytes, list[int]] = {}
        for place, digest in enumerate(digests):
            self.places.setdefault(digest, []).append(place)

    def at(self, number: int) -> bytes:
        """Unit of this number, counted over all rounds."""
        return self.digests[number % len(self.digests)]

    def number_near(self, wanted: int, digests: Sequence[bytes]) -> int:
        """Number of the unit with the first digest.

        Sounds and still pictures repeat: the place counts where most of the following units are as well, and of
        those the one nearest to what the time says.
        """
        best = max(self._agreement(place, digests) for place in self.places[digests[0]])
        places = (place for place in self.places[digests[0]] if self._agreement(place, digests) == best)
        return min((self._in_round(place, wanted) for place in places), key=lambda number: abs(number - wanted))

    def _agreement(self, place: int, digests: Sequence[bytes]) -> int:
        return sum(self.at(place + offset) == digest for offset, digest in enumerate(digests))

    def _in_round(self, place: int, wanted: int) -> int:
        rounds = round((wanted - place) / len(self.digests))
        return place + rounds * len(self.digests)


@dataclass(slots=True)
class _Progress:
    """Where the recording is in a loop; units are numbered over all rounds."""

    loop: _Loop
    newest: int
    """Number of the unit recorded last."""
    newest_at: UtcNs
    furthest: int
    """Highest number recorded so far."""
    furthest_end: UtcNs
    altered: int = 0
    """Units since then that belong nowhere."""


def _audit_track(units: Sequence[_Unit], loops: Sequence[_Loop]) -> TrackAudit:
    doubled = altered = 0
    holes: list[Hole] = []
    progress: _Progress | None = None
    for index, unit in enumerate(units):
        loop = _loop_of(unit, progress, loops)
        if loop is None:
            altered += 1
            if progress is not None:
                progress.altered += 1
            continue
        number = _number(units[index : index + _CONTEXT], loop, progress)
        if progress is None or progress.loop is not loop:
            before, progress = progress, _Progress(loop, number, unit.at, number, unit.at)
            lost = _lost_between(before, unit, loop)
        else:
            lost = number - progress.furthest - 1 - progress.altered
            before = progress
        if lost > 0 and before is not None:
            holes.append(Hole(before.furthest_end, unit.at, lost))
        progress.newest, progress.newest_at = number, unit.at
        if number < progress.furthest or (before is progress and number == progress.furthest):
            doubled += 1
            continue
        progress.furthest, progress.altered = number, 0
        progress.furthest_end = UtcNs(unit.at + round(loop.step_ns))
    start = units[0].at if units else None
    end = progress.furthest_end if progress is not None else None
    return TrackAudit(len(units), doubled, altered, tuple(holes), start, end)


def _loop_of(unit: _Unit, progress: _Progress | None, loops: Sequence[_Loop]) -> _Loop | None:
    """The one that was played before goes first."""
    candidates = [loop for loop in loops if unit.digest in loop.places]
    if progress is not None and progress.loop in candidates:
        return progress.loop
    return candidates[0] if candidates else None


def _number(units: Sequence[_Unit], loop: _Loop, progress: _Progress | None) -> int:
    """Number of the first of these units."""
    digests = [unit.digest for unit in units]
    if progress is None or progress.loop is not loop:
        return loop.number_near(0, digests)
    following = progress.newest + 1 + progress.altered
    elapsed = (units[0].at - progress.newest_at) / loop.step_ns
    in_time = abs(elapsed - 1 - progress.altered) < len(loop.digests) / 4
    if in_time and loop.at(following) == units[0].digest:
        return following
    return loop.number_near(progress.newest + round(elapsed), digests)


def _lost_between(before: _Progress | None, unit: _Unit, loop: _Loop) -> int:
    """While a camera was switched to another loop: by time alone."""
    return 0 if before is None else round((unit.at - before.furthest_end) / loop.step_ns)
