"""Makes one export, from the order to the signed folder; runs in a process of its own."""

import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from gstnvr import __version__
from gstnvr.container.facts import MalformedError
from gstnvr.evidence import manifest as documents
from gstnvr.evidence.joining import Stretch
from gstnvr.evidence.manifest import FileEntry, Manifest, moment
from gstnvr.evidence.messages import Progress
from gstnvr.evidence.missing import MissingSpan, missing_spans
from gstnvr.evidence.order import CameraOrder, Order, SourceGap
from gstnvr.evidence.pictures import take_pictures
from gstnvr.evidence.reading import first_table, hash_of
from gstnvr.evidence.sheet import sheet
from gstnvr.evidence.signing import fingerprint, load_or_make_key, public_bytes, sign
from gstnvr.evidence.source import Source, source_of
from gstnvr.evidence.timelapse import timelapse_videos
from gstnvr.evidence.videos import PlannedVideo, exported_stretches, exported_videos, most_bytes
from gstnvr.evidence.writing import write_document, write_video
from gstnvr.model.clock import NS_PER_S, Clock, UtcNs
from gstnvr.model.evidence import ExportKind
from gstnvr.volume.files import sync_directory

_TABLES_BYTES = 16 << 20
"""For track tables and documents, generously."""


class ExportError(Exception):
    """The export cannot be made; the message says why and what to do."""


Tell = Callable[[Progress], None]


def part_folder(folder: Path) -> Path:
    """Where an export is while it is made."""
    return folder.with_name(f"{folder.name}.part")


def make_export(order: Order, clock: Clock, tell: Tell) -> Manifest:
    """Make it in a folder beside the one that is wanted, which gets its name once everything is on the disk.

    What an earlier attempt left there is removed.

    Raises:
        ExportError: nothing was recorded, or there is no room.
        KeyFileError: it cannot be signed.
        OSError: the disk does not take it.
    """
    folder = Path(order.folder)
    part = part_folder(folder)
    for left in (part, folder):
        shutil.rmtree(left, ignore_errors=True)
    part.mkdir(parents=True)
    try:
        made = _Making(order, part, clock, tell).run()
        sync_directory(part)
        part.rename(folder)
        sync_directory(folder.parent)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise
    return made


@dataclass(slots=True)
class _Work:
    """One stream of the order."""

    order: CameraOrder
    sources: list[Source] = field(default_factory=list)
    problems: dict[int, str] = field(default_factory=dict)
    """By number of the segment."""
    hashes: dict[int, str] = field(default_factory=dict)
    planned: list[Stretch] = field(default_factory=list)
    videos: list[documents.Video] = field(default_factory=list)
    shown: list[tuple[UtcNs, UtcNs]] = field(default_factory=list)
    used: set[int] = field(default_factory=set)
    """Numbers of the segments from which something was copied."""


class _Making:
    def __init__(self, order: Order, folder: Path, clock: Clock, tell: Tell) -> None:
        self._order = order
        self._folder = folder
        self._clock = clock
        self._tell = tell
        self._files: list[FileEntry] = []
        self._works = [_Work(camera) for camera in order.cameras]
        self._step = "looking"
        self._done = 0
        self._total = 0

    def run(self) -> Manifest:
        key = load_or_make_key(Path(self._order.key_file))
        for work in self._works:
            self._look(work)
        self._plan()
        self._step = "copying"
        for work in self._works:
            for planned in self._videos(work):
                self._write(work, planned)
        if not self._files:
            raise ExportError("nothing was recorded in this span, or nothing of it can be read")
        self._step = "hashing"
        for work in self._works:
            self._hash_sources(work)
        self._step = "pictures"
        pictures = take_pictures(self._folder, self._works_videos()) if self._order.pictures else []
        made = self._manifest(public_bytes(key))
        entry = write_document(self._folder / documents.SHEET, sheet(made, pictures))
        made = documents.with_file(made, entry)
        content = documents.encode(made)
        write_document(self._folder / documents.MANIFEST, content)
        write_document(self._folder / documents.SIGNATURE, sign(key, content))
        return made

    def _works_videos(self) -> list[documents.Video]:
        return [video for work in self._works for video in work.videos]

    def _advance(self, count: int) -> None:
        self._done += count
        self._tell(Progress(self._step, self._done, max(self._total, self._done)))

    def _look(self, work: _Work) -> None:
        for segment in work.order.segments:
            try:
                work.sources.append(source_of(segment, first_table(segment)))
            except MalformedError as error:
                work.problems[segment.id] = f"its file cannot be used: {error}"
            except OSError as error:
                where = " back from another place" if segment.remote else ""
                work.problems[segment.id] = f"its file cannot be read{where}: {error.strerror or error}"
            self._advance(0)

    def _plan(self) -> None:
        """Say how much is to be done, and whether there is room for it."""
        needed = _TABLES_BYTES
        for work in self._works:
            read = sum(source.size for source in work.sources)
            if self._order.kind is ExportKind.EXPORT:
                work.planned = exported_stretches(work.sources, self._order.start, self._order.end)
                copied = sum(most_bytes(stretch) for stretch in work.planned)
            else:
                copied = 0
            needed += copied
            self._total += copied + read
        free = shutil.disk_usage(self._folder).free - self._order.keep_free
        if needed > free:
            raise ExportError(
                f"the export needs up to {_megabytes(needed)} MB, and there is room for"
                f" {_megabytes(max(0, free))} MB at {self._folder.parent}: delete old exports, or ask for less"
            )

    def _videos(self, work: _Work) -> Iterator[PlannedVideo]:
        if self._order.kind is ExportKind.EXPORT:
            return exported_videos(work.planned)
        every_ns = round(self._order.every_s * NS_PER_S)
        return timelapse_videos(work.sources, self._order.start, self._order.end, every_ns, self._order.fps)

    def _write(self, work: _Work, planned: PlannedVideo) -> None:
        name = self._free_name(work.order, planned.start)
        self._files.append(write_video(self._folder / name, planned.content, self._advance))
        work.videos.append(_video(name, planned))
        work.shown.append((planned.start, planned.end))
        work.used |= planned.used

    def _free_name(self, camera: CameraOrder, start: UtcNs) -> str:
        taken = {entry.name for entry in self._files}
        text = "".join(letter for letter in moment(start)[:23] if letter.isdigit() or letter == "T")
        base = f"{camera.camera}_{camera.stream}_{text}Z"
        numbers = range(2, len(taken) + 3)
        names = (f"{base}.mp4", *(f"{base}-{number}.mp4" for number in numbers))
        return next(name for name in names if name not in taken)

    def _hash_sources(self, work: _Work) -> None:
        for source in work.sources:
            segment = source.segment
            if segment.id not in work.used:
                continue
            try:
                work.hashes[segment.id] = hash_of(segment, source.size, self._advance)
            except OSError as error:
                work.problems[segment.id] = f"its file cannot be read any more: {error.strerror or error}"

    def _manifest(self, public_key: bytes) -> Manifest:
        order = self._order
        timelapse = documents.Timelapse(order.every_s, order.fps) if order.kind is ExportKind.TIMELAPSE else None
        return Manifest(
            format=documents.FORMAT,
            uid=order.uid,
            kind=order.kind.value,
            software=f"gstnvr {__version__}",
            start=moment(order.start),
            end=moment(order.end),
            zone=order.zone,
            user=order.user,
            reason=order.reason,
            asked=moment(order.asked),
            made=moment(self._clock.utc_ns()),
            public_key=public_key.hex(),
            fingerprint=fingerprint(public_key),
            timelapse=timelapse,
            cameras=tuple(self._camera(work) for work in self._works),
            files=tuple(self._files),
        )

    def _camera(self, work: _Work) -> documents.CameraEntry:
        return documents.CameraEntry(
            camera=work.order.camera,
            name=work.order.name,
            stream=work.order.stream,
            videos=tuple(work.videos),
            missing=tuple(_missing(span) for span in self._missing(work)),
            protections=tuple(documents.protected(one) for one in work.order.protections),
            sources=tuple(self._sources(work)),
        )

    def _missing(self, work: _Work) -> Sequence[MissingSpan]:
        shown = work.shown
        if self._order.kind is ExportKind.TIMELAPSE:
            shown = [(source.segment.start, source.end) for source in work.sources]
        causes = [*work.order.gaps, *_unreadable(work)]
        growing = [source for source in work.sources if source.segment.growing]
        if growing and growing[-1].end < self._order.end:
            detail = "it was not on the disk yet when the export was made"
            causes.append(SourceGap(growing[-1].end, self._order.end, "not_written", planned=True, detail=detail))
        return missing_spans((self._order.start, self._order.end), shown, causes)

    def _sources(self, work: _Work) -> Iterator[documents.Source]:
        known = {source.segment.id: source for source in work.sources}
        for segment in work.order.segments:
            source = known.get(segment.id)
            wanted = segment.end > self._order.start and segment.id in work.problems
            if segment.id not in work.used and not wanted:
                continue
            yield documents.Source(
                segment=segment.id,
                volume=segment.volume,
                path=segment.path,
                start=moment(segment.start),
                end=moment(segment.end if source is None else source.end),
                growing=segment.growing,
                size=0 if source is None else source.size,
                sha256=work.hashes.get(segment.id),
                problem=work.problems.get(segment.id),
            )


def _unreadable(work: _Work) -> Iterator[SourceGap]:
    """What is lost of files."""
    for segment in work.order.segments:
        if segment.id in work.problems:
            detail = work.problems[segment.id]
            yield SourceGap(segment.start, segment.end, "unreadable", planned=False, detail=detail)
    for source in work.sources:
        if not source.segment.growing and source.end < source.segment.end:
            detail = "the file of the segment ends before it should"
            yield SourceGap(source.end, source.segment.end, "unreadable", planned=False, detail=detail)


def _megabytes(count: int) -> int:
    return -(-count // 1_000_000)


def _missing(span: MissingSpan) -> documents.Missing:
    seconds = (span.end - span.start) / NS_PER_S
    return documents.Missing(moment(span.start), moment(span.end), seconds, span.cause, span.planned, span.detail)


def _video(name: str, planned: PlannedVideo) -> documents.Video:
    form, audio = planned.formats.video, planned.formats.audio
    heard = len(planned.content.tracks) > 1
    return documents.Video(
        file=name,
        start=moment(planned.start),
        end=moment(planned.end),
        seconds=planned.length_ns / NS_PER_S,
        stored_from=moment(planned.stored_from),
        starts_late=planned.starts_late,
        video=form.codec,
        width=form.width,
        height=form.height,
        audio=audio.codec if audio is not None and heard else None,
        pictures=len(planned.content.tracks[0].samples),
        origins=tuple(
            documents.Origin(origin.segment, origin.position_ns / NS_PER_S, moment(origin.time))
            for origin in planned.origins
        ),
    )
