"""What is entered of the time in which nobody recorded."""

import asyncio
from collections.abc import Awaitable, Callable
from itertools import pairwise
from pathlib import Path

from gstnvr.db.index import Index
from gstnvr.model.clock import NS_PER_S, UtcNs
from gstnvr.model.faults import GapCause, Severity
from gstnvr.model.ids import CameraId, StreamId, StreamKind
from gstnvr.model.recording import RecordingIntent, RecordMode
from gstnvr.model.records import Outage, Segment, SegmentState, TrackInfo, Volume
from gstnvr.schedule.intent import Stretch
from gstnvr.supervisor.index.accounting import Wanted
from gstnvr.supervisor.index.ledger import EventLedger
from gstnvr.supervisor.index.takeover import Takeover
from gstnvr.testing.clock import BEGINNING, SimulatedClock
from gstnvr.testing.segments import make_segment
from gstnvr.volume.identity import create_identity

YARD = StreamId(CameraId("yard"), StreamKind.MAIN)
GATE = StreamId(CameraId("gate"), StreamKind.MAIN)
FIRST = "yard/20260921/yard_main_20260921T141320000Z.mp4"
PATH = "yard/20260921/yard_main_20260921T141420000Z.mp4"

Row = tuple[float, float | None, GapCause]
Story = Callable[[Takeover], Awaitable[None]]


def at(seconds: float) -> UtcNs:
    return UtcNs(BEGINNING + round(seconds * NS_PER_S))


class Scene:
    """An index with a minute of recordings, and a supervisor that comes back later."""

    def __init__(self, place: Path) -> None:
        self.root = place / "volume"
        self.root.mkdir()
        self.volume = Volume(create_identity(self.root, SimulatedClock()).uuid, str(self.root))
        self.index = Index.open(place / "index.db")
        self.clock = SimulatedClock()
        self.wanted: Wanted = lambda *_: ()
        made = make_segment(1500)
        made.write(self.root / FIRST)
        with self.index.writing() as writer:
            writer.ensure_volume(self.volume)
            writer.segment_closed(self.segment(FIRST, 0, 60, size=len(made.content)))

    def segment(
        self, path: str, start: float, end: float, state: SegmentState = SegmentState.CLOSED, size: int = 0
    ) -> Segment:
        tracks = TrackInfo("h264", 1920, 1080)
        return Segment(YARD, self.volume.uuid, path, at(start), at(end), state, size, 1500, tracks)

    def tell(self, start: float, cause: GapCause) -> None:
        with self.index.writing() as writer:
            writer.outage_changed(Outage(f"{cause}", YARD, at(start), None, cause))

    def play(self, now: float, story: Story) -> list[Row]:
        """What the ledger says after it."""
        self.clock.set_utc(at(now))

        async def run() -> None:
            ledger = EventLedger(self.index)
            writing = asyncio.create_task(ledger.run())
            takeover = Takeover(self.index, ledger, self.clock, lambda: [self.volume], self.wanted)
            await takeover.begin(())
            await story(takeover)
            await ledger.flush()
            writing.cancel()

        asyncio.run(asyncio.wait_for(run(), 60))
        return [
            ((gap.start - BEGINNING) / NS_PER_S, self._seconds(gap.end), gap.cause)
            for gap in self.index.gaps(YARD)
        ]

    def _seconds(self, moment: UtcNs | None) -> float | None:
        return None if moment is None else (moment - BEGINNING) / NS_PER_S


async def recorded_again(takeover: Takeover) -> None:
    await takeover.retire([YARD], ())
    await takeover.take_over([YARD])


async def taken_away(takeover: Takeover) -> None:
    await takeover.retire([GATE], ())


def test_nobody_said_that_it_stopped(tmp_path: Path) -> None:
    assert Scene(tmp_path).play(100, recorded_again) == [(60, None, GapCause.PROCESS_DIED)]


def test_it_was_stopped_in_good_order(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.tell(60, GapCause.SHUTDOWN)
    assert scene.play(100, recorded_again) == [(60, None, GapCause.SHUTDOWN)]
    assert scene.index.incidents() == []


def test_what_was_in_the_way_goes_on_being_in_the_way(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.tell(60, GapCause.NETWORK)
    scene.tell(80, GapCause.STORAGE)
    handed_on: list[Outage] = []

    async def story(takeover: Takeover) -> None:
        handed_on.extend((await takeover.take_over([YARD]))[YARD])

    assert scene.play(100, story) == [(60, None, GapCause.NETWORK)]
    assert [outage.cause for outage in handed_on] == [GapCause.NETWORK, GapCause.STORAGE]
    assert len(scene.index.incidents()) == 1, "nobody stopped it while the camera was away"


def test_a_file_that_the_dead_left_is_recovered_first(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    made = make_segment(100, finished=False)
    made.write(scene.root / PATH)
    with scene.index.writing() as writer:
        writer.segment_opened(scene.segment(PATH, 60, 60, SegmentState.OPEN))
    assert scene.play(100, recorded_again) == [(64, None, GapCause.PROCESS_DIED)]
    (crash,) = scene.index.incidents()
    assert (crash.severity, crash.started, crash.detected) == (Severity.CRITICAL, at(60), at(100))
    assert crash.recovered is not None
    assert scene.index.open_gaps()[0].incident == crash.uid


def test_a_camera_that_was_taken_away_is_switched_off(tmp_path: Path) -> None:
    assert Scene(tmp_path).play(100, taken_away) == [(60, None, GapCause.SWITCHED_OFF)]


def test_a_camera_that_was_taken_away_after_a_crash_is_switched_off_from_now_on(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    with scene.index.writing() as writer:
        writer.segment_opened(scene.segment(PATH, 60, 60, SegmentState.OPEN))
        writer.segment_grown(scene.segment(PATH, 60, 70, SegmentState.OPEN))
    assert scene.play(100, taken_away) == [
        (70, 100, GapCause.PROCESS_DIED),
        (100, None, GapCause.SWITCHED_OFF),
    ]


def test_a_camera_that_is_off_stays_off_over_starts(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.play(100, taken_away)
    assert scene.play(200, taken_away) == [(60, None, GapCause.SWITCHED_OFF)]
    assert scene.index.incidents() == []
    assert len(scene.index.outages(YARD)) == 1


def test_a_clock_that_was_set_back_while_nobody_looked_begins_an_epoch(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    assert scene.play(30, recorded_again) == []
    with scene.index.writing() as writer:
        writer.segment_closed(scene.segment("yard/20260921/b.mp4", 31, 40))
        writer.outage_changed(Outage("o", YARD, at(40), at(50), GapCause.NETWORK))
        writer.segment_closed(scene.segment("yard/20260921/c.mp4", 50, 70))
    (gap,) = scene.index.gaps(YARD)
    assert (gap.start, gap.end) == (at(40), at(50))


# --- by a schedule ------------------------------------------------------------------------------------


def hourly(stream: StreamId, start: UtcNs, end: UtcNs) -> list[Stretch]:
    """A schedule that is on in the first half of every 200 s."""
    if stream != YARD:
        return []
    edges = [start, *(at(edge) for edge in range(-1000, 2000, 100) if start < at(edge) < end), end]
    return [Stretch(first, last, intent(first)) for first, last in pairwise(edges)]


def intent(moment: UtcNs) -> RecordingIntent:
    on = (moment - BEGINNING) // NS_PER_S % 200 < 100
    return RecordingIntent(RecordMode.SCHEDULE, on, GapCause.SWITCHED_OFF if on else GapCause.SCHEDULE)


def scheduled(place: Path) -> Scene:
    scene = Scene(place)
    scene.wanted = hourly
    return scene


def test_a_crash_costs_only_what_was_to_be_recorded(tmp_path: Path) -> None:
    assert scheduled(tmp_path).play(450, recorded_again) == [
        (60, 100, GapCause.PROCESS_DIED),
        (100, 200, GapCause.SCHEDULE),
        (200, 300, GapCause.PROCESS_DIED),
        (300, 400, GapCause.SCHEDULE),
        (400, None, GapCause.PROCESS_DIED),
    ]


def test_a_camera_that_was_away_before_the_stop_was_away_within_its_hours_only(tmp_path: Path) -> None:
    scene = scheduled(tmp_path)
    scene.tell(60, GapCause.NETWORK)
    assert scene.play(250, recorded_again) == [
        (60, 100, GapCause.NETWORK),
        (100, 200, GapCause.SCHEDULE),
        (200, None, GapCause.NETWORK),
    ]
    assert len(scene.index.outages(YARD)) == 3


def test_who_comes_back_within_the_pause_in_which_it_stopped_finds_one_pause(tmp_path: Path) -> None:
    scene = scheduled(tmp_path)
    scene.tell(60, GapCause.SCHEDULE)
    scene.play(150, taken_away)
    assert scene.play(160, taken_away) == [(60, 100, GapCause.PROCESS_DIED), (100, None, GapCause.SCHEDULE)]


def test_a_pause_that_lasts_over_a_restart_stays_one(tmp_path: Path) -> None:
    scene = scheduled(tmp_path)
    with scene.index.writing() as writer:
        writer.segment_closed(scene.segment("yard/20260921/b.mp4", 60, 100))
    scene.tell(100, GapCause.SCHEDULE)
    assert scene.play(150, taken_away) == [(100, None, GapCause.SCHEDULE)]
    assert len(scene.index.outages(YARD)) == 1
    assert scene.index.incidents() == []


def test_hours_that_passed_while_nobody_was_there_are_missing(tmp_path: Path) -> None:
    scene = scheduled(tmp_path)
    with scene.index.writing() as writer:
        writer.segment_closed(scene.segment("yard/20260921/b.mp4", 60, 100))
    scene.tell(100, GapCause.SCHEDULE)
    assert scene.play(350, taken_away) == [
        (100, 200, GapCause.SCHEDULE),
        (200, 300, GapCause.PROCESS_DIED),
        (300, None, GapCause.SCHEDULE),
    ]


def test_a_stop_in_good_order_is_told_from_the_pause_that_follows(tmp_path: Path) -> None:
    scene = scheduled(tmp_path)
    scene.tell(60, GapCause.SHUTDOWN)
    assert scene.play(150, taken_away) == [(60, 100, GapCause.SHUTDOWN), (100, None, GapCause.SCHEDULE)]


def test_a_camera_whose_schedule_was_taken_away_is_switched_off_from_now_on(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.tell(60, GapCause.SCHEDULE)
    assert scene.play(150, taken_away) == [(60, 150, GapCause.SCHEDULE), (150, None, GapCause.SWITCHED_OFF)]
