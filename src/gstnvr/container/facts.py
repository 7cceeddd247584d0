"""What a segment file turned out to hold, whatever its container."""

from dataclasses import dataclass
from enum import StrEnum

from gstnvr.model.choices import Container
from gstnvr.model.records import TrackInfo


class MalformedError(ValueError):
    """Content that its format does not allow; scanning stops there and never lets it out."""


class TrackKind(StrEnum):
    VIDEO = "video"
    AUDIO = "audio"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class FileTrack:
    """One entry of a file's track table."""

    number: int
    """As the file numbers it."""
    kind: TrackKind
    codec: str
    """As in ``TrackInfo``; the file's own code where we have no word for it."""
    timescale: int
    """Units of time in a second."""
    width: int = 0
    height: int = 0


@dataclass(frozen=True, slots=True)
class TrackRun:
    """The samples of one track within one fragment."""

    track: int
    kind: TrackKind
    samples: int
    start_ns: int
    """Decode time of the first sample, from the start of the file's time line."""
    duration_ns: int
    starts_with_key: bool


@dataclass(frozen=True, slots=True)
class Fragment:
    """A piece of a file that stands on its own: moof and mdat, or a cluster."""

    offset: int
    end: int
    runs: tuple[TrackRun, ...]

    def units(self, kind: TrackKind) -> int:
        """Samples of all tracks of this kind."""
        return sum(run.samples for run in self.runs if run.kind is kind)


@dataclass(frozen=True, slots=True)
class FileScan:
    """All that is usable in a file; a finished MP4 file that is not fragmented has no ``fragments``."""

    container: Container | None
    """None: neither MP4 nor Matroska."""
    size: int
    """Bytes of the file when it was scanned."""
    tracks: tuple[FileTrack, ...] = ()
    fragments: tuple[Fragment, ...] = ()
    header_bytes: int = 0
    """End of the track table; 0 if there is none, and then nothing in the file can be used."""
    complete_bytes: int = 0
    """The file may be cut here without loss: what follows is an incomplete fragment or garbage."""
    video_units: int = 0
    audio_units: int = 0
    duration_ns: int = 0
    """From the first video sample to the end of the last."""
    finished: bool = False
    """The file has the end that its writer gives it last."""

    @property
    def usable(self) -> bool:
        """Whether there is any video in it."""
        return self.video_units > 0

    @property
    def whole(self) -> bool:
        """Whether nothing hangs over its end: finished, or cut at the end of a fragment."""
        return self.usable and self.complete_bytes == self.size

    @property
    def track_info(self) -> TrackInfo | None:
        """What the index says of the tracks; None without a video track."""
        video = next((track for track in self.tracks if track.kind is TrackKind.VIDEO), None)
        if video is None:
            return None
        audio = next((track.codec for track in self.tracks if track.kind is TrackKind.AUDIO), None)
        return TrackInfo(video.codec, video.width, video.height, audio)


@dataclass(frozen=True, slots=True)
class CutPoint:
    """A place where a file may be cut so that the rest can be written anew from memory."""

    offset: int
    video_units: int
    """Video access units in front of it."""
    audio_units: int
    """Audio access units in front of it."""
    next_key: bool | None
    """Whether the next video access unit is a key frame; None at the end, where the file does not know."""


def cut_points(scan: FileScan) -> tuple[CutPoint, ...]:
    """All places to cut a fragmented file, in order; the first leaves the header alone.

    There is one for each number of video access units. Muxers put audio and video of the same time into separate
    fragments, audio first: the cut is in front of both, so that audio and video end together.
    """
    if not scan.header_bytes or (scan.video_units and not scan.fragments):
        return ()
    points = []
    offset = scan.fragments[0].offset if scan.fragments else scan.header_bytes
    video = audio = audio_here = 0
    for fragment in scan.fragments:
        first = next((run for run in fragment.runs if run.kind is TrackKind.VIDEO and run.samples), None)
        if first is not None:
            points.append(CutPoint(offset, video, audio_here, first.starts_with_key))
        video += fragment.units(TrackKind.VIDEO)
        audio += fragment.units(TrackKind.AUDIO)
        if first is not None:
            offset, audio_here = fragment.end, audio
    points.append(CutPoint(offset, video, audio_here, None))
    return tuple(points)


def duration_up_to(scan: FileScan, offset: int) -> int:
    """Nanoseconds from the first video sample to the end of the last one that lies in front of an offset."""
    runs = [
        run
        for fragment in scan.fragments
        if fragment.end <= offset
        for run in fragment.runs
        if run.kind is TrackKind.VIDEO and run.samples
    ]
    return runs[-1].start_ns + runs[-1].duration_ns - runs[0].start_ns if runs else 0


@dataclass(frozen=True, slots=True)
class Sample:
    """One encoded picture, or one packet of audio.

    Pictures of H.264 and H.265 are NAL units with a length of four bytes in front of each.
    """

    time_ns: int
    """When it is shown or heard, from the start of the file's time line."""
    size: int
    key: bool
    data: bytes
