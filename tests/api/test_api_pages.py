"""Long lists in pages: every entry once and in order, whatever is added and deleted between two pages."""

import base64
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest

from gstnvr.api.common.paging import AskedPage, asked_at, newest_first
from gstnvr.api.evidence.ports import DeletionView, DeletionWish
from gstnvr.api.recordings.timeline import part_of
from gstnvr.db.audit import AuditLine, add_line
from gstnvr.db.protections import Protection, protect
from gstnvr.db.timeline import Recording
from gstnvr.db.writer import IndexWriter
from gstnvr.model.clock import NS_PER_S, UtcNs
from gstnvr.model.evidence import DeletionState
from gstnvr.model.faults import GapCause
from gstnvr.model.records import Gap, Incident, Outage, Segment, SegmentState, TrackInfo
from tests.api.rig import NOW, REFUSED, VOLUME, YARD, RunningServer, World, running

MANY, GAPS = 2000, 1100
BEGIN = UtcNs(NOW - 80_000 * NS_PER_S)


def second(number: float) -> UtcNs:
    return UtcNs(BEGIN + round(number * NS_PER_S))


def add_segment(writer: IndexWriter, number: float) -> None:
    """A segment of 20 s, every 30 s."""
    start = second(30 * number)
    end = second(30 * number + 20)
    track = TrackInfo("h264", 1920, 1080)
    path = f"yard/{start}.mp4"
    writer.segment_closed(Segment(YARD, VOLUME, path, start, end, SegmentState.CLOSED, 1000, 500, track))


def add_gap(writer: IndexWriter, number: float) -> None:
    """Between two of these segments."""
    start, end = second(30 * number + 20), second(30 * number + 30)
    writer.outage_changed(Outage(f"outage-{number}", YARD, start, end, GapCause.NETWORK))


def add_incident(writer: IndexWriter, number: float) -> None:
    """Two at a time begin in the same moment."""
    begun = second(60 * (number // 2))
    plain = (REFUSED.fault, REFUSED.reason, REFUSED.severity, REFUSED.message, REFUSED.code)
    writer.incident_changed(Incident(f"incident-{number}", None, None, *plain, begun, begun, begun))


def add_audit_line(writer: IndexWriter, number: float) -> None:
    add_line(writer, AuditLine(second(number), "kim", "protect", f"line {number}"))


def add_protection(writer: IndexWriter, number: float) -> None:
    start = second(60 * (number // 2))
    protect(writer, Protection(f"{round(number * 2):x}", YARD, start, second(90_000), "theft", "kim", NOW))


def pages(server: RunningServer, path: str, name: str, **query: str) -> Iterator[list[dict[str, Any]]]:
    cursor: dict[str, str] = {}
    while True:
        page = server.json(path, **query, **cursor)
        yield page[name]
        if page["next"] is None:
            return
        cursor = {"cursor": page["next"]}


@dataclass(frozen=True)
class List:
    """A list of the API, and how an entry comes into it."""

    path: str
    key: str
    add: Callable[[IndexWriter, float], None]
    name: str | None = None

    def pages(self, server: RunningServer, limit: int) -> Iterator[list[str]]:
        camera = {"camera": "yard"} if self.path == "segments" else {}
        for page in pages(server, self.path, self.name or self.path, **camera, limit=str(limit)):
            yield [one[self.key] for one in page]


LISTS = [
    List("segments", "start", add_segment),
    List("incidents", "id", add_incident),
    List("audit", "subject", add_audit_line, "lines"),
    List("protections", "uid", add_protection),
]


@pytest.mark.parametrize("one", LISTS, ids=lambda one: one.path)
def test_every_entry_comes_once_whatever_is_added_meanwhile(
    world: World, server: RunningServer, one: List
) -> None:
    with world.index.writing() as writer:
        for number in range(MANY):
            one.add(writer, number)
    whole = [key for page in one.pages(server, 1000) for key in page]
    assert len(set(whole)) == MANY
    found: list[str] = []
    for turn, page in enumerate(one.pages(server, 600)):
        assert len(page) <= 600
        found += page
        with world.index.writing() as writer:
            for new in (0.5 + turn, MANY / 2 + 0.5 + turn, MANY + 0.5 + turn):
                one.add(writer, new)
    there_before = set(whole)
    assert [key for key in found if key in there_before] == whole


def test_the_last_entry_of_a_page_may_be_deleted(world: World, server: RunningServer) -> None:
    with world.index.writing() as writer:
        for number in range(10):
            add_segment(writer, number)
    found: list[int] = []
    for page in pages(server, "segments", "segments", camera="yard", limit="3"):
        found += [one["id"] for one in page]
        with world.index.writing() as writer:
            writer.segment_discarded(VOLUME, page[-1]["path"])
    assert len(found) == len(set(found)) == 10


@pytest.fixture(scope="module")
def gappy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """Nothing but short recordings and gaps."""
    world = World(tmp_path_factory.mktemp("gappy"))
    with world.index.writing() as writer:
        for number in range(GAPS):
            add_segment(writer, number)
            add_gap(writer, number)
    with world.index, running(world.app()) as server:
        yield server


def test_gaps_of_a_camera_come_newest_page_first(gappy: RunningServer) -> None:
    span = {"from": "2026-11-20T00:00:00Z"}
    parts = list(pages(gappy, "cameras/yard/gaps", "gaps", **span, limit="400"))
    assert [len(part) for part in parts] == [400, 400, GAPS - 800]
    starts = [gap["start"] for part in reversed(parts) for gap in part]
    assert starts == sorted(set(starts))
    assert gappy.json("cameras/yard/gaps", **span, limit="0")["gaps"] == []
    assert gappy.json("cameras/yard/gaps", **span, limit="0")["next"] is None


def test_a_time_line_comes_in_pages(gappy: RunningServer) -> None:
    span = {"camera": "yard", "from": "2026-11-20T00:00:00Z"}
    whole = gappy.json("recordings", **span)
    assert whole["next"] is None
    found: dict[str, list[Any]] = {"recordings": [], "gaps": []}
    cursor: dict[str, str] = {}
    while True:
        page = gappy.json("recordings", **span, limit="999", **cursor)
        assert len(page["recordings"]) + len(page["gaps"]) <= 999
        assert page["totals"] == whole["totals"]
        found["recordings"] += page["recordings"]
        found["gaps"] += page["gaps"]
        if page["next"] is None:
            break
        cursor = {"cursor": page["next"]}
    assert found["recordings"] == whole["recordings"]
    assert found["gaps"] == whole["gaps"]


def test_a_page_of_a_time_line_is_never_empty_before_its_end() -> None:
    """Even if more begins in one moment, after the clock was set back, than fits."""
    same = [Recording(YARD, second(1), second(2 + number), 1, 1, False) for number in range(5)]
    later = [Gap(YARD, second(9), None, GapCause.NETWORK)]
    first = part_of(same, later, None, 2)
    assert (len(first.recordings), len(first.gaps), first.next) == (5, 0, second(9))
    second_page = part_of(same, later, first.next, 2)
    assert (len(second_page.recordings), len(second_page.gaps), second_page.next) == (0, 1, None)


def test_jobs_that_come_and_go_move_nothing() -> None:
    wish = DeletionWish(YARD, second(0), second(1), "", "kim")
    job = DeletionView("0", wish, DeletionState.RUNNING, second(0), None, 0, 0, 0, (), "")
    jobs = {number: replace(job, uid=f"{number:x}", asked=second(number // 2)) for number in range(3000)}
    found: list[str] = []
    page = AskedPage(700, None)
    while True:
        shown, following = page.cut(newest_first(jobs.values(), page.after_moment()), asked_at)
        found += [one.uid for one in shown]
        if following is None:
            break
        page = AskedPage(700, following)
        gone = int(shown[-1].uid, 16)
        del jobs[gone]
        jobs[10_000 + gone] = replace(job, uid=f"new {gone}", asked=second(9999))
    assert len(found) == len(set(found)) == 3000
    assert not any(uid.startswith("new") for uid in found)


def encoded(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode()


@pytest.mark.parametrize("path", ["segments", "recordings", "cameras/yard/gaps", "incidents", "audit", "exports"])
@pytest.mark.parametrize(
    "cursor",
    [
        "nonsense",
        "%",
        encoded("[]"),
        encoded("[-1]"),
        encoded(f"[{2**63}]"),
        encoded("{}"),
        encoded('["a", 1, 2]'),
    ],
)
def test_a_cursor_that_is_none_is_refused(server: RunningServer, path: str, cursor: str) -> None:
    assert server.error(path, camera="yard", cursor=cursor)[:2] == (422, "bad_cursor")
