"""From a stretch and tables of samples to the tracks of an MP4 file: which samples, in which order, shown when."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from gstnvr.container.box_writing import TICKS_PER_S
from gstnvr.container.mp4_writer import Mp4Sample, Mp4Track
from gstnvr.container.sample_table import SampleTable, TrackSamples
from gstnvr.evidence.joining import Link, Span, Stretch
from gstnvr.model.clock import NS_PER_MS, NS_PER_S

_TOLERANCE_NS = NS_PER_MS
"""Times in Matroska are whole milliseconds: what is closer is the same moment."""
_TICK_NS = NS_PER_S // TICKS_PER_S


class Place(NamedTuple):
    """Where a sample comes from."""

    link: int
    offset: int


class _Unit(NamedTuple):
    """A sample on the time line of the chain."""

    position: int
    size: int
    key: bool
    place: Place


@dataclass(frozen=True, slots=True)
class Assembly:
    """One file, ready to be written."""

    tracks: tuple[Mp4Track, ...]
    places: tuple[Sequence[Place], ...]
    """Of the samples of each track."""
    shown: Span
    """From the first picture that is shown to the end of the last, on the time line of the chain."""
    stored: int
    """Position of the earliest picture in the file, shown or not."""
    from_key: bool
    """Pictures in front of the first key frame are left out: what they need was not recorded."""


def assemble(stretch: Stretch, tables: Sequence[SampleTable]) -> Assembly | None:
    """Choose the samples of a stretch; None if there is no picture in it that can be decoded.

    Shown are all pictures that are in view at any moment of the span, each as long as it was. Stored are also
    those in front of them, back to a key frame, that are needed to decode the first one.

    Args:
        tables: of the links, in their order.
    """
    units = list(_units(stretch.links, [table.video for table in tables]))
    chosen = _choose(units, stretch.span)
    if chosen is None:
        return None
    ends = _ends(stretch.links, units, tables[-1].video.last_ns)
    shown = Span(units[chosen.first].position, ends[units[chosen.last].position])
    stored = units[chosen.key : chosen.stop]
    video = _video_track(tables[0].video, stored, ends, shown)
    tracks, places = [video], [[unit.place for unit in stored]]
    heard = _heard(stretch.links, tables, shown)
    if heard is not None:
        tracks.append(heard[0])
        places.append(heard[1])
    earliest = min(unit.position for unit in stored)
    return Assembly(tuple(tracks), tuple(places), shown, earliest, chosen.from_key)


def _units(links: Sequence[Link], tracks: Sequence[TrackSamples | None]) -> Iterator[_Unit]:
    """Samples of all links in the order of decoding."""
    for number, (link, track) in enumerate(zip(links, tracks, strict=True)):
        for row in () if track is None else track.rows:
            position = link.position + row.time_ns - link.source.zero
            yield _Unit(position, row.size, row.key, Place(number, row.offset))


class _Choice(NamedTuple):
    """Numbers of pictures in the order of decoding."""

    key: int
    """Where decoding begins."""
    stop: int
    """Behind the last one that is needed."""
    first: int
    """Shown first."""
    last: int
    """Shown last."""
    from_key: bool


def _choose(units: Sequence[_Unit], span: Span) -> _Choice | None:
    order = sorted(range(len(units)), key=lambda number: units[number].position)
    moments = [units[number].position for number in order]
    begin = max(0, bisect_right(moments, span.start + _TOLERANCE_NS) - 1)
    stop = max(begin + 1, bisect_left(moments, span.end - _TOLERANCE_NS))
    decoded_first = min(order[begin:stop])
    keys = [number for number, unit in enumerate(units) if unit.key]
    before = [key for key in keys if key <= decoded_first and units[key].position <= moments[begin]]
    if before:
        return _Choice(before[-1], max(order[begin:stop]) + 1, order[begin], order[stop - 1], from_key=False)
    if not keys:
        return None
    begin = bisect_left(moments, units[keys[0]].position)
    if begin >= stop:
        return None
    return _Choice(keys[0], max(order[begin:stop]) + 1, order[begin], order[stop - 1], from_key=True)


def _ends(links: Sequence[Link], units: Sequence[_Unit], last_ns: int) -> dict[int, int]:
    """When pictures end, by when they begin: at the next one, but before a pause."""
    moments = sorted({unit.position for unit in units})
    ends = dict(zip(moments, [*moments[1:], moments[-1] + last_ns], strict=True))
    for link in links:
        for pause in link.source.pauses:
            before = moments[bisect_left(moments, link.position + pause.end) - 1]
            ends[before] = min(ends[before], link.position + pause.start)
    return ends


def _video_track(samples: TrackSamples, stored: Sequence[_Unit], ends: dict[int, int], shown: Span) -> Mp4Track:
    """The n-th picture is decoded when the n-th is shown, all shown so much later that none is shown too soon."""
    base = min(unit.position for unit in stored)
    show = [_ticks(unit.position - base) for unit in stored]
    decode = sorted(show)
    delay = max(early - late for early, late in zip(decode, show, strict=True))
    newest = max(unit.position for unit in stored)
    return Mp4Track(
        format=samples.format,
        samples=[
            Mp4Sample(unit.size, early, late + delay - early, unit.key)
            for unit, early, late in zip(stored, decode, show, strict=True)
        ],
        last=max(1, _ticks(ends[newest] - newest)),
        skip=_ticks(shown.start - base) + delay,
        shown=max(1, _ticks(shown.end - base) - _ticks(shown.start - base)),
    )


def _heard(
    links: Sequence[Link], tables: Sequence[SampleTable], shown: Span
) -> tuple[Mp4Track, list[Place]] | None:
    """The audio track, cut to the moment; None if nothing was heard."""
    tracks = [table.audio for table in tables]
    first = next((track for track in tracks if track is not None), None)
    if first is None:
        return None
    lengths = [0 if track is None else track.last_ns for track in tracks]
    heard = [
        unit
        for unit in _units(links, tracks)
        if unit.position + lengths[unit.place.link] > shown.start and unit.position < shown.end
    ]
    if not heard:
        return None
    base, length = heard[0].position, lengths[heard[-1].place.link]
    decode: list[int] = []
    for unit in heard:
        # Where two segments meet, sound may overlap by less than a packet.
        decode.append(max(_ticks(unit.position - base), decode[-1] + 1 if decode else 0))
    skip = max(0, _ticks(shown.start - base))
    wait = max(0, _ticks(base - shown.start))
    end = min(decode[-1] + _ticks(length), _ticks(shown.end - base))
    samples = [Mp4Sample(unit.size, at, 0, key=True) for unit, at in zip(heard, decode, strict=True)]
    track = Mp4Track(first.format, samples, max(1, _ticks(length)), skip, max(1, end - skip), wait)
    return track, [unit.place for unit in heard]


def _ticks(nanoseconds: int) -> int:
    return (2 * nanoseconds + _TICK_NS) // (2 * _TICK_NS)
