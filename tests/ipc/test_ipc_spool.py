"""What a dead recorder left is read by the next supervisor: in order, each event once, and not while it lives."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gstnvr.ipc.messages import (
    Event,
    Hello,
    IncidentChanged,
    OutageChanged,
    RecorderEvent,
    SegmentClosed,
    SegmentDiscarded,
    SegmentOpened,
)
from gstnvr.ipc.spool import LARGEST_BYTES, LeftSpool, Spool, left_spools, spool_path
from gstnvr.model.clock import UtcNs
from gstnvr.model.faults import Fault, GapCause, Reason, Severity
from gstnvr.model.ids import CameraId, StreamId, StreamKind
from gstnvr.model.records import Incident, Outage, Segment, SegmentState, TrackInfo

STREAM = StreamId(CameraId("cam"), StreamKind.MAIN)
HELLO = Hello(1, "0.1.0", 4711, UtcNs(1))


def gap(uid: str, end: int | None = None) -> OutageChanged:
    return OutageChanged(Outage(uid, STREAM, UtcNs(1), None if end is None else UtcNs(end), GapCause.NETWORK))


def incident(uid: str) -> IncidentChanged:
    fault, reason = Fault.RTSP_NETWORK, Reason.REFUSED
    at = UtcNs(1)
    return IncidentChanged(Incident(uid, STREAM.camera, STREAM, fault, reason, Severity.HIGH, "no", "", at, at))


def segment(path: str) -> Segment:
    state = SegmentState.OPEN
    return Segment(STREAM, "volume", path, UtcNs(1), UtcNs(2), state, 0, 0, TrackInfo("h264", 1, 1))


def events(*bodies: RecorderEvent, first: int = 1) -> list[Event]:
    return [Event(first + offset, body) for offset, body in enumerate(bodies)]


def make(folder: Path, hello: Hello = HELLO, largest_bytes: int = LARGEST_BYTES) -> Spool:
    return Spool(spool_path(folder / "recorder-0.sock", hello), hello, largest_bytes)


def die(spool: Spool) -> None:
    """As the kernel does it: the descriptor is closed, and with it the lock is gone."""
    os.close(spool._descriptor)


def left(folder: Path) -> list[Event]:
    (one,) = left_spools(folder)
    found = list(one.events())
    one.let_go()
    return found


def test_nothing_is_written_before_there_is_something_to_tell(tmp_path: Path) -> None:
    spool = make(tmp_path)
    assert spool.empty
    assert list(tmp_path.iterdir()) == []
    spool.remove()


def test_all_kinds_of_events_come_back_as_they_were(tmp_path: Path) -> None:
    written = events(
        SegmentOpened(segment("a")),
        SegmentClosed(segment("a")),
        SegmentDiscarded(STREAM, "volume", "b"),
        gap("g"),
        incident("i"),
    )
    spool = make(tmp_path)
    spool.write(written[:2])
    spool.write(written[2:])
    assert spool.read(0, 100) == written
    die(spool)
    assert left(tmp_path) == written
    (path,) = tmp_path.iterdir()
    assert path.stat().st_mode & 0o077 == 0


def test_a_spool_is_not_taken_while_its_recorder_lives(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from gstnvr.ipc.spool import *; from gstnvr.ipc.messages import *;"
        "from gstnvr.model.ids import *;"
        "s = Spool(Path(sys.argv[1]) / 'recorder-0-1-1.events', Hello(1, '', 1, 1));"
        "s.write([Event(7, SegmentDiscarded(StreamId('cam', StreamKind.MAIN), 'v', 'p'))]);"
        "print('ready', flush=True); sys.stdin.read()"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    assert process.stdin is not None
    with process.stdout, process.stdin:
        assert process.stdout.readline() == b"ready\n"
        assert left_spools(tmp_path) == []
        process.kill()
        process.wait()
    assert [event.number for event in left(tmp_path)] == [7]


def test_only_one_takes_what_a_recorder_left(tmp_path: Path) -> None:
    spool = make(tmp_path)
    spool.write(events(gap("g")))
    die(spool)
    (first,) = left_spools(tmp_path)
    assert left_spools(tmp_path) == []
    first.let_go()
    (second,) = left_spools(tmp_path)
    second.remove()
    assert list(tmp_path.iterdir()) == []


def test_spools_are_read_in_the_order_of_their_recorders_lives(tmp_path: Path) -> None:
    for started in (30, 4, 100):
        spool = make(tmp_path, Hello(1, "", started, UtcNs(started)))
        spool.write(events(gap(str(started))))
        die(spool)
    found = left_spools(tmp_path)
    assert [one.hello.started for one in found] == [4, 30, 100]
    for one in found:
        one.let_go()


def test_what_was_acknowledged_is_not_told_again(tmp_path: Path) -> None:
    spool = make(tmp_path)
    spool.write(events(gap("1"), gap("2"), gap("3")))
    spool.acknowledge(2)
    spool.write(events(gap("4"), first=4))
    die(spool)
    assert [event.number for event in left(tmp_path)] == [3, 4]


def test_a_spool_of_which_all_is_safe_is_as_good_as_new(tmp_path: Path) -> None:
    spool = make(tmp_path)
    spool.write(events(gap("1"), gap("2")))
    assert spool.read(0, 10)
    spool.clear()
    assert spool.empty
    spool.write(events(gap("3"), first=3))
    assert [event.number for event in spool.read(2, 10)] == [3]
    die(spool)
    assert [event.number for event in left(tmp_path)] == [3]


def test_an_event_that_was_written_twice_is_read_once(tmp_path: Path) -> None:
    spool = make(tmp_path)
    spool.write(events(gap("1"), gap("2")))
    spool.write(events(gap("1"), gap("2"), gap("3")))
    assert [event.number for event in spool.read(0, 10)] == [1, 2, 3]
    die(spool)
    assert [event.number for event in left(tmp_path)] == [1, 2, 3]


def test_many_events_are_read_piece_by_piece(tmp_path: Path) -> None:
    spool = make(tmp_path)
    spool.write(events(*(gap(str(number)) for number in range(1, 1001))))
    found, last = [], 0
    while piece := spool.read(last, 77):
        found += piece
        last = piece[-1].number
    assert [event.number for event in found] == list(range(1, 1001))
    assert [event.number for event in spool.read(500, 2)] == [501, 502]
    spool.remove()


@given(cut=st.integers(min_value=0), keep=st.integers(min_value=0, max_value=3))
def test_a_torn_last_line_is_harmless(tmp_path_factory: pytest.TempPathFactory, cut: int, keep: int) -> None:
    folder = tmp_path_factory.mktemp("spool")
    spool = make(folder)
    spool.write(events(*(gap(str(number)) for number in range(1, keep + 2))))
    (path,) = folder.iterdir()
    die(spool)
    content = path.read_bytes()
    last_line = len(content.splitlines(keepends=True)[-1])
    path.write_bytes(content[: len(content) - 1 - cut % last_line])
    assert [event.number for event in left(folder)] == list(range(1, keep + 1))


def test_lines_that_make_no_sense_are_passed_over(tmp_path: Path) -> None:
    spool = make(tmp_path)
    spool.write(events(gap("1")))
    (path,) = tmp_path.iterdir()
    with path.open("ab") as file:
        file.write(b'\x00\xff\n{"type":"Later","number":2}\n[]\n\n')
    spool.write(events(gap("3"), first=3))
    die(spool)
    assert [event.number for event in left(tmp_path)] == [1, 3]


def test_a_file_of_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "notes.events").write_text("not ours\n")
    assert left_spools(tmp_path) == []
    assert LeftSpool.take(tmp_path / "notes.events") is None
    assert (tmp_path / "notes.events").exists()


def test_a_full_disk_leaves_no_half_event(tmp_path: Path) -> None:
    """RLIMIT_FSIZE stands for the disk: a write beyond it is cut short, the next one fails."""
    program = (
        "import sys, resource, signal; from pathlib import Path; from tests.ipc.test_ipc_spool import *\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "spool = make(Path(sys.argv[1])); spool.write(events(gap('1')))\n"
        "size = next(Path(sys.argv[1]).iterdir()).stat().st_size\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (size + 50, -1))\n"
        "try: spool.write(events(gap('2'), gap('3'), first=2))\n"
        "except OSError: print('refused')\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (-1, -1))\n"
        "spool.write(events(gap('2'), first=2))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)], capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.returncode) == ("refused\n", 0), done.stderr
    (path,) = tmp_path.iterdir()
    assert len(path.read_bytes().splitlines()) == 3
    assert [event.number for event in left(tmp_path)] == [1, 2]


def test_compacting_keeps_the_newest_about_everything(tmp_path: Path) -> None:
    spool = make(tmp_path)
    spool.write(
        events(
            gap("acknowledged"),
            gap("a"),
            SegmentOpened(segment("s")),
            incident("i"),
            gap("a", end=5),
            SegmentClosed(segment("s")),
            SegmentOpened(segment("t")),
        )
    )
    assert spool.compact(1) == 0
    assert [event.number for event in spool.read(0, 100)] == [4, 5, 6, 7]
    spool.write(events(gap("b"), first=8))
    die(spool)
    assert [event.number for event in left(tmp_path)] == [4, 5, 6, 7, 8]


def test_segments_are_given_up_before_gaps_and_incidents_and_old_before_new(tmp_path: Path) -> None:
    spool = make(tmp_path, largest_bytes=12_000)
    number = 0
    while not spool.too_large:
        spool.write(events(SegmentOpened(segment(f"s{number}")), gap(f"g{number}"), first=2 * number + 1))
        number += 1
    lost = spool.compact(0)
    assert lost > 0
    assert not spool.too_large
    kept = spool.read(0, 10_000)
    assert len(kept) + lost == 2 * number
    gaps = [event.number for event in kept if isinstance(event.body, OutageChanged)]
    segments = [event.number for event in kept if not isinstance(event.body, OutageChanged)]
    assert gaps == list(range(2, 2 * number + 1, 2)), "no gap was given up"
    assert segments == list(range(2 * number - 1, 0, -2))[: len(segments)][::-1], "the newest were kept"
    spool.remove()
