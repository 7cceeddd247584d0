"""From access units of a recorder to the pieces that a browser appends: pure."""

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from gstnvr.container.box_writing import TICKS_PER_S
from gstnvr.container.facts import MalformedError
from gstnvr.container.mime import mp4_mime
from gstnvr.container.mp4_fragments import FragmentRun, FragmentSample, fragment, initialisation
from gstnvr.container.sample_format import OPUS_RATE, SampleFormat, plain_opus_config
from gstnvr.ipc.live import LiveBatch, LiveFormat, LiveTrack, LiveUnit
from gstnvr.model.clock import NS_PER_MS, NS_PER_S, UtcNs
from gstnvr.model.live import ShownAudio, ShownFormat, ShownVideo

_NS_PER_TICK = NS_PER_S // TICKS_PER_S
_FIRST_GUESS_TICKS = TICKS_PER_S // 25
"""Length of a sample before two have come."""
_VIDEO, _AUDIO = 1, 2
_IN_MP4 = frozenset({"aac", "opus"})


class LivePiece(NamedTuple):
    """``moof`` and ``mdat``."""

    data: bytes
    key: bool
    """It begins with a key frame."""


@dataclass(frozen=True, slots=True)
class TimeOrigin:
    """Time 0 of what a viewer is shown."""

    ns: int
    """On the recorder's monotonic clock."""
    utc: UtcNs


def origin_of(batch: LiveBatch) -> TimeOrigin:
    """An origin so early that no time falls below 0."""
    first = batch.units[0]
    return TimeOrigin(first.pts - NS_PER_S, UtcNs(batch.at - NS_PER_S))


def sample_format(track: LiveTrack) -> SampleFormat:
    """What MP4 says of a track."""
    if track.codec == "opus":
        config = plain_opus_config(track.channels)
        return SampleFormat(track.codec, config, rate=OPUS_RATE, channels=track.channels)
    size = (track.width, track.height)
    return SampleFormat(track.codec, track.config, *size, rate=track.sample_rate, channels=track.channels)


class LiveMuxer:
    """For one format; times go on from one to the next if they have the same origin."""

    def __init__(self, form: LiveFormat, origin: TimeOrigin) -> None:
        audio: LiveTrack | None = form.audio
        left_out: str | None = None
        if audio is not None and audio.codec not in _IN_MP4:
            left_out, audio = audio.codec, None
        tracks = [sample_format(form.video)]
        if audio is not None:
            tracks.append(sample_format(audio))
        self.initialisation: bytes | None = None
        """None: browsers do not play it."""
        mime = _mime(tracks)
        if mime is not None:
            try:
                self.initialisation = initialisation(tracks)
            except struct.error:  # sizes for which MP4 has no room
                mime = None
        self.shown = ShownFormat(
            mime=mime,
            video=ShownVideo(form.video.codec, form.video.width, form.video.height),
            audio=None if audio is None else ShownAudio(audio.codec, audio.sample_rate, audio.channels),
            audio_left_out=left_out,
            epoch_ms=origin.utc // NS_PER_MS,
        )
        self._origin = origin.ns
        self._lanes = [_Lane(_VIDEO)] if audio is None else [_Lane(_VIDEO), _Lane(_AUDIO)]
        self._sequence = 0

    def pieces(self, batch: LiveBatch) -> Iterator[LivePiece]:
        """Each key frame begins another piece.

        Raises:
            MalformedError: times are so far apart that MP4 has no room for them.
        """
        if self.initialisation is None:
            return
        for units in _split(batch.units):
            runs = [run for lane in self._lanes if (run := lane.run(units, self._origin)) is not None]
            if runs:
                self._sequence += 1
                yield LivePiece(_packed(self._sequence, runs), units[0].key and not units[0].audio)


class _Lane:
    """One track."""

    def __init__(self, track: int) -> None:
        self._track = track
        self._step = _FIRST_GUESS_TICKS
        self._earliest = 0
        """When the next sample may be decoded at the earliest."""

    def run(self, units: Sequence[LiveUnit], origin: int) -> FragmentRun | None:
        mine = [unit for unit in units if unit.audio == (self._track == _AUDIO)]
        if not mine:
            return None
        decode = []
        for unit in mine:
            decode.append(max(self._earliest, (unit.dts - origin) // _NS_PER_TICK))
            self._earliest = decode[-1] + 1
        samples = []
        for place, unit in enumerate(mine):
            last = place + 1 == len(mine)
            step = self._guess(unit) if last else decode[place + 1] - decode[place]
            self._step = step
            delay = (unit.pts - origin) // _NS_PER_TICK - decode[place]
            samples.append(FragmentSample(step, delay, unit.key, unit.data))
        return FragmentRun(self._track, decode[0], samples)

    def _guess(self, unit: LiveUnit) -> int:
        """How long the newest sample lasts is known when the next one has come."""
        return unit.duration // _NS_PER_TICK or self._step


def _packed(sequence: int, runs: Sequence[FragmentRun]) -> bytes:
    try:
        return fragment(sequence, runs)
    except struct.error as error:
        raise MalformedError(f"times that do not belong together: {error}") from None


def _mime(tracks: Sequence[SampleFormat]) -> str | None:
    try:
        return mp4_mime(tracks)
    except (KeyError, MalformedError):
        return None


def _split(units: Sequence[LiveUnit]) -> Iterator[Sequence[LiveUnit]]:
    begin = 0
    for place, unit in enumerate(units):
        if unit.key and not unit.audio and place > begin:
            yield units[begin:place]
            begin = place
    if begin < len(units):
        yield units[begin:]
