"""The video files of an export, one after the other: made up when they are needed, so that few are in memory."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from gstnvr.evidence.assembly import Assembly, assemble
from gstnvr.evidence.joining import Link, Stretch, chains, stretches
from gstnvr.evidence.reading import table_of
from gstnvr.evidence.source import Formats, Source
from gstnvr.evidence.writing import VideoContent
from gstnvr.model.clock import UtcNs


@dataclass(frozen=True, slots=True)
class PlannedOrigin:
    """Where a part of a video comes from."""

    segment: int
    position_ns: int
    """In the video."""
    time: UtcNs
    """On the wall clock at that place."""


@dataclass(frozen=True, slots=True)
class PlannedVideo:
    """A video that can be written, and what is to be said of it."""

    content: VideoContent
    formats: Formats
    start: UtcNs
    end: UtcNs
    length_ns: int
    stored_from: UtcNs
    starts_late: bool
    origins: tuple[PlannedOrigin, ...]
    used: frozenset[int]
    """Numbers of the segments from which something is copied."""


def exported_stretches(sources: Sequence[Source], start: UtcNs, end: UtcNs) -> list[Stretch]:
    """What becomes a file each, in order."""
    return [stretch for chain in chains(sources) for stretch in stretches(chain, start, end)]


def most_bytes(stretch: Stretch) -> int:
    """A video of it is not larger by much."""
    return sum(
        link.source.size for link in stretch.links if link.position + link.source.length > stretch.span.start
    )


def exported_videos(planned: Sequence[Stretch]) -> Iterator[PlannedVideo]:
    """The videos of an export.

    Raises:
        MalformedError: a file is not any more what it was.
        OSError: a file cannot be read.
    """
    for stretch in planned:
        found = assemble(stretch, [table_of(link.source) for link in stretch.links])
        if found is not None:
            yield _video(stretch, found)


def _video(stretch: Stretch, found: Assembly) -> PlannedVideo:
    links = stretch.links
    created = _link_at(links, found.shown.start).utc(found.shown.start)
    end = next(link for link in reversed(links) if link.position < found.shown.end)
    files = [link.source.segment for link in links]
    return PlannedVideo(
        content=VideoContent(found.tracks, found.places, files, created),
        formats=links[-1].source.formats,
        start=created,
        end=end.utc(found.shown.end),
        length_ns=found.shown.end - found.shown.start,
        stored_from=_link_at(links, found.stored).utc(found.stored),
        starts_late=found.from_key,
        origins=_origins(stretch, found),
        used=frozenset(links[place.link].source.segment.id for places in found.places for place in places),
    )


def _link_at(links: Sequence[Link], position: int) -> Link:
    """The segment that holds the picture at a place."""
    after = (link for link in reversed(links) if link.position + link.source.first <= position)
    return next(after, links[0])


def _origins(stretch: Stretch, found: Assembly) -> tuple[PlannedOrigin, ...]:
    origins = []
    for link in stretch.links:
        at = max(link.position, found.shown.start)
        if at < min(link.position + link.source.length, found.shown.end):
            origins.append(PlannedOrigin(link.source.segment.id, at - found.shown.start, link.utc(at)))
    return tuple(origins)
