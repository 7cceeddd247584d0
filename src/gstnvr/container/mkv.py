"""Matroska segments as GStreamer's matroskamux writes them: what is whole in them and where they may be cut."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from gstnvr.container import ebml
from gstnvr.container.ebml import Element, MatroskaTrack
from gstnvr.container.facts import FileScan, Fragment, MalformedError, Sample, TrackKind, TrackRun
from gstnvr.container.reading import START_BYTES, FileReader, begins_well
from gstnvr.model.choices import Container

_SIGNATURE = bytes.fromhex("1a45dfa3")
_HEADER_BYTES = 40
"""Room for the header of an element, of the block in it, and the start of the sample."""
_MAX_TABLE_BYTES = 16 << 20
_KEY_FLAG = 0x80
_LACING = 0x06
_TOP_LEVEL = frozenset(
    {ebml.CLUSTER, ebml.CUES, ebml.INFO, ebml.TRACKS, ebml.SEEK_HEAD, ebml.TAGS, ebml.ATTACHMENTS, ebml.CHAPTERS}
)
_VOID = frozenset({0xEC, 0xBF})


def is_mkv(start: bytes) -> bool:
    """Whether a file that begins with these (at least four) bytes claims to be Matroska."""
    return start[:4] == _SIGNATURE


def scan(fd: int, size: int | None = None) -> FileScan:
    """Look at all elements of a file, or of its first ``size`` bytes; media itself is hardly read.

    The last cluster counts as far as its blocks are whole. Bad content ends the scan where it stands and is not
    an error.

    Raises:
        OSError: the file cannot be read.
    """
    reader = FileReader(fd, size)
    if not is_mkv(reader.up_to(0, 4)):
        return FileScan(None, reader.size)
    walk = _Walk(reader)
    for _ in walk.blocks():
        pass
    return walk.result()


def iter_samples(fd: int, kind: TrackKind) -> Iterator[Sample]:
    """All whole samples of the tracks of one kind, in the order in which they are stored.

    Raises:
        OSError: the file cannot be read.
    """
    reader = FileReader(fd)
    for block in _Walk(reader).blocks():
        if block.track.track.kind is kind:
            data = reader.exactly(block.body, block.end - block.body)
            yield Sample(block.time_ns, len(data), block.key, data)


@dataclass(frozen=True, slots=True)
class Block:
    """One sample, and where it stands in the file."""

    track: MatroskaTrack
    time_ns: int
    key: bool
    body: int
    end: int


def read_blocks(fd: int, size: int | None = None) -> tuple[dict[int, MatroskaTrack], list[Block], int]:
    """Track table, all whole blocks in the order in which they are stored, and the end of what is whole.

    Args:
        size: so many bytes of the file count; None: all.

    Raises:
        OSError: the file cannot be read.
    """
    walk = _Walk(FileReader(fd, size))
    blocks = list(walk.blocks())
    return walk.tracks, blocks, walk.complete_bytes


@dataclass(slots=True)
class _Run:
    """Blocks of one track in one cluster."""

    track: MatroskaTrack
    samples: int
    first_ns: int
    last_ns: int
    starts_with_key: bool

    def add(self, block: Block) -> None:
        self.samples += 1
        self.first_ns = min(self.first_ns, block.time_ns)
        self.last_ns = max(self.last_ns, block.time_ns)


@dataclass(slots=True)
class _Cluster:
    start: int
    end: int
    time: int = 0
    runs: dict[int, _Run] = field(default_factory=dict)

    def add(self, block: Block) -> None:
        number = block.track.track.number
        if number in self.runs:
            self.runs[number].add(block)
        else:
            self.runs[number] = _Run(block.track, 1, block.time_ns, block.time_ns, block.key)


@dataclass(slots=True)
class _Walk:
    """Walks a file and gathers what is whole."""

    reader: FileReader
    tracks: dict[int, MatroskaTrack] = field(default_factory=dict)
    scale: int = ebml.DEFAULT_TIMESTAMP_SCALE
    header_bytes: int = 0
    complete_bytes: int = 0
    finished: bool = False
    clusters: list[_Cluster] = field(default_factory=list)

    def blocks(self) -> Iterator[Block]:
        """All whole blocks, in order."""
        try:
            segment = self._segment_element()
            end = self.reader.size if segment.end is None else segment.end
            yield from self._segment(segment.body, min(end, self.reader.size))
        except MalformedError:
            return
        self.finished = segment.end is not None and self.complete_bytes == segment.end

    def _segment_element(self) -> Element:
        segment = self._element(self._whole(self._element(0)))
        if segment.number != ebml.SEGMENT:
            raise MalformedError("no segment")
        return segment

    def _segment(self, position: int, end: int) -> Iterator[Block]:
        while position < end:
            element = self._element(position)
            if element.number == ebml.CLUSTER:
                yield from self._cluster(element, end)
                position = self.clusters[-1].end
            elif element.number in _TOP_LEVEL or element.number in _VOID:
                position = self._whole(element)
                self._table(element, position)
            else:
                raise MalformedError(f"unexpected element {element.number:#x}")
            self.complete_bytes = position

    def _table(self, element: Element, end: int) -> None:
        if element.number not in (ebml.INFO, ebml.TRACKS):
            return
        if end - element.body > _MAX_TABLE_BYTES:
            raise MalformedError(f"table of {end - element.body} bytes")
        data = self.reader.exactly(element.body, end - element.body)
        if element.number == ebml.INFO:
            self.scale = ebml.parse_timestamp_scale(data)
        elif not self.tracks:
            self.tracks = ebml.parse_tracks(data, self.scale)
            self.header_bytes = end

    def _cluster(self, element: Element, segment_end: int) -> Iterator[Block]:
        if not self.tracks:
            raise MalformedError("cluster in front of the track table")
        end = segment_end if element.end is None else min(element.end, segment_end)
        cluster = _Cluster(element.start, element.body)
        position = element.body
        self.clusters.append(cluster)
        while position < end:
            child = self._element(position)
            if child.number in _TOP_LEVEL:
                break
            position = self._whole(child)
            if child.number == ebml.TIMESTAMP:
                cluster.time = int.from_bytes(
                    self.reader.exactly(child.body, min(8, position - child.body)), "big"
                )
            block = self._block(child, position, cluster.time)
            if block is not None:
                cluster.add(block)
                cluster.end = self.complete_bytes = position
                yield block
        if not cluster.runs:
            raise MalformedError("cluster without a block")
        cluster.end = position

    def _block(self, element: Element, end: int, cluster_time: int) -> Block | None:
        if element.number == ebml.SIMPLE_BLOCK:
            return self._parse_block(element.body, end, cluster_time, key=None)
        if element.number == ebml.BLOCK_GROUP:
            inner = self._children(element.body, end)
            found = next((child for child in inner if child.number == ebml.BLOCK), None)
            if found is not None:
                key = all(child.number != ebml.REFERENCE_BLOCK for child in inner)
                return self._parse_block(found.body, self._whole(found), cluster_time, key=key)
        return None

    def _children(self, position: int, end: int) -> list[Element]:
        found = []
        while position < end:
            found.append(self._element(position))
            position = self._whole(found[-1])
        return found

    def _parse_block(self, start: int, end: int, cluster_time: int, key: bool | None) -> Block:
        head = self.reader.up_to(start, min(_HEADER_BYTES, end - start))
        number, at = ebml.variable_integer(head, 0)
        track = self.tracks.get(number)
        if track is None or len(head) < at + 3:
            raise MalformedError(f"block of unknown track {number}")
        offset = int.from_bytes(head[at : at + 2], "big", signed=True)
        flags = head[at + 2]
        body = start + at + 3
        first = head[at + 3 : at + 3 + START_BYTES]
        if flags & _LACING:
            raise MalformedError("block with several frames")
        if not begins_well(track.track.codec, first, end - body):
            raise MalformedError("block does not begin as a sample does")
        time_ns = (cluster_time + offset) * self.scale
        return Block(track, time_ns, bool(flags & _KEY_FLAG) if key is None else key, body, end)

    def _element(self, position: int) -> Element:
        return ebml.element_header(self.reader.up_to(position, _HEADER_BYTES), 0, position)

    def _whole(self, element: Element) -> int:
        """End of an element that is wholly in the file."""
        if element.end is None or element.end > self.reader.size:
            raise MalformedError(f"element {element.number:#x} cut off")
        return element.end

    def result(self) -> FileScan:
        if not self.header_bytes:
            return FileScan(Container.MKV, self.reader.size)
        fragments = tuple(_fragment(cluster) for cluster in self.clusters if cluster.runs)
        return FileScan(
            container=Container.MKV,
            size=self.reader.size,
            tracks=tuple(entry.track for entry in self.tracks.values()),
            fragments=fragments,
            header_bytes=self.header_bytes,
            complete_bytes=self.complete_bytes,
            video_units=sum(fragment.units(TrackKind.VIDEO) for fragment in fragments),
            audio_units=sum(fragment.units(TrackKind.AUDIO) for fragment in fragments),
            duration_ns=_duration([run for cluster in self.clusters for run in cluster.runs.values()]),
            finished=self.finished,
        )


def _frame_duration(run: _Run) -> int:
    """Of the last frame of a run, which no later one bounds."""
    if run.track.default_duration_ns:
        return run.track.default_duration_ns
    return (run.last_ns - run.first_ns) // (run.samples - 1) if run.samples > 1 else 0


def _fragment(cluster: _Cluster) -> Fragment:
    runs = tuple(
        TrackRun(
            track=number,
            kind=run.track.track.kind,
            samples=run.samples,
            start_ns=run.first_ns,
            duration_ns=run.last_ns - run.first_ns + _frame_duration(run),
            starts_with_key=run.starts_with_key,
        )
        for number, run in cluster.runs.items()
    )
    return Fragment(cluster.start, cluster.end, runs)


def _duration(runs: list[_Run]) -> int:
    video = [run for run in runs if run.track.track.kind is TrackKind.VIDEO]
    if not video:
        return 0
    length = video[-1].last_ns - video[0].first_ns
    frame = _frame_duration(video[-1])
    if not frame:  # alone in its cluster
        frame = length // max(1, sum(run.samples for run in video) - 1)
    return length + frame
