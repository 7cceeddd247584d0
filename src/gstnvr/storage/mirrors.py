"""What is done with a second file, or its row, that does not agree with the other."""

from dataclasses import replace

from gstnvr.container.facts import FileScan
from gstnvr.db.index import Index
from gstnvr.db.mirrors import (
    Mirror,
    exchange,
    forget_mirrors,
    mirror_changed,
    mirrored,
    mirrors_of,
    sibling,
)
from gstnvr.db.writer import IndexWriter
from gstnvr.model.clock import UtcNs
from gstnvr.model.records import Segment, SegmentState
from gstnvr.storage.recover import Action, Decision, Located, enter_file, mend, never_begun
from gstnvr.volume.files import locate, remove_file


def first_of(index: Index, file: Located) -> Segment | None:
    """The segment whose second file this is: the one of the same name on another volume."""
    with index.reading() as connection:
        return sibling(connection, file.volume, file.path)


def has_second(index: Index, file: Located) -> bool:
    """Whether the segment in a file has a second one that is whole."""
    with index.reading() as connection:
        found = mirrors_of(connection, file.path)
    return any(one.volume != file.volume and one.state is SegmentState.CLOSED for one in found)


def mend_mirror(index: Index, file: Located, mirror: Mirror, *, there: bool) -> Decision | None:
    """Make a second file and its row agree.

    Args:
        there: the file is on its volume.

    Raises:
        OSError: the file cannot be read or written.
    """

    def forget(writer: IndexWriter) -> None:
        forget_mirrors(writer, file.volume, [file.path])

    if mirror.state is SegmentState.DELETING:
        remove_file(file.root, file.path)
        return Decision(file.change(Action.DELETED, "deletion of a second file was ended"), forget)
    if not there:
        return Decision(file.change(Action.MISSING, "second file of a segment is gone"), forget)
    scan = mend(file)
    if scan.usable:
        return _entered(file, first_of(index, file), scan)
    if never_begun(locate(file.root, file.path), scan):
        remove_file(file.root, file.path)
        return Decision(file.change(Action.DISCARDED, "nothing had been written to a second file"), forget)
    message = "second file of a segment is damaged, no video can be found in it; it was left as it is"
    return Decision(file.change(Action.MISSING, message), forget)


def adopt_mirror(file: Located, first: Segment) -> Decision | None:
    """Enter a file that the index does not know as the second one of a segment.

    Raises:
        OSError: the file cannot be read or written.
    """
    scan = mend(file)
    return _entered(file, first, scan) if scan.usable else enter_file(file, None)


def _entered(file: Located, first: Segment | None, scan: FileScan) -> Decision | None:
    if first is None:
        return _alone(file)
    same = scan.video_units == first.frames and first.state is SegmentState.CLOSED
    end = first.end if same else UtcNs(first.start + scan.duration_ns)
    facts = (first.start, end, SegmentState.CLOSED, scan.size, scan.video_units)
    mirror = Mirror(first.stream, file.volume, file.path, *facts)
    better = first.state is SegmentState.MISSING or scan.video_units > first.frames

    def write(writer: IndexWriter) -> None:
        mirror_changed(writer, mirrored(first, mirror))
        if better:
            exchange(writer, first, mirror)

    if better:
        message = f"second file stands for its segment, as it holds more: {scan.video_units} frames"
        return Decision(file.change(Action.FOUND, message), write)
    return Decision(file.change(Action.CLOSED, f"second file of a segment: {scan.video_units} frames"), write)


def _alone(file: Located) -> Decision | None:
    """The index does not know the segment whose second file this is: then it is the first."""
    adopted = enter_file(file, None)
    if adopted is None:
        return None

    def write(writer: IndexWriter) -> None:
        forget_mirrors(writer, file.volume, [file.path])
        adopted.write(writer)

    return replace(adopted, write=write)
