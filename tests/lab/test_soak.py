"""The parts of a soak that think: the plan of faults, growth of figures, and the verdict."""

from collections import Counter
from collections.abc import Sequence

import psutil
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gstnvr.lab.audit import Audit, Hole, TrackAudit
from gstnvr.lab.soak.calm import Calm
from gstnvr.lab.soak.growth import APART_S, WARM_UP_S, Limit, Reading, growth
from gstnvr.lab.soak.kinds import RECIPES
from gstnvr.lab.soak.plan import EARLY, SETTLES_S, PlannedFault, Target, plan
from gstnvr.lab.soak.readings import Readings
from gstnvr.lab.soak.verdict import Verdict, judge_camera
from gstnvr.lab.soak.world import camera_places
from gstnvr.model.clock import NS_PER_S, UtcNs
from gstnvr.model.faults import GapCause
from gstnvr.model.ids import CameraId, StreamId, StreamKind
from gstnvr.model.records import Gap

KINDS = [recipe.kind for recipe in RECIPES]
PLACES = camera_places(16)


def touched(fault: PlannedFault) -> set[str]:
    if fault.kind.target is Target.SIMULATOR:
        return {fault.subject, *(camera for camera, place in PLACES.items() if place == fault.subject)}
    return {fault.subject}


@settings(max_examples=25)
@given(seed=st.integers(0, 1 << 32))
def test_nothing_is_struck_twice_at_once_or_before_it_has_settled(seed: int) -> None:
    faults = plan(seed, 1800, KINDS, PLACES, 5)
    for index, fault in enumerate(faults):
        for later in faults[index + 1 :]:
            if touched(fault) & touched(later):
                assert later.at_s >= fault.end_s + SETTLES_S
    assert all(fault.end_s <= 1800 for fault in faults)
    assert [fault.at_s for fault in faults] == sorted(fault.at_s for fault in faults)


def test_the_same_seed_gives_the_same_faults_and_another_one_others() -> None:
    assert plan(7, 3600, KINDS, PLACES, 10) == plan(7, 3600, KINDS, PLACES, 10)
    assert plan(7, 3600, KINDS, PLACES, 10) != plan(8, 3600, KINDS, PLACES, 10)


def test_hours_hold_every_kind_of_fault_and_strike_every_camera() -> None:
    faults = plan(1, 4 * 3600, KINDS, PLACES, 8)
    assert {fault.kind for fault in faults} == set(KINDS)
    assert {fault.subject for fault in faults if fault.kind.target is Target.CAMERA} == set(PLACES)


def test_what_ends_a_process_leaves_half_of_the_time_to_the_last_one() -> None:
    ends = [fault for fault in plan(1, 4 * 3600, KINDS, PLACES, 8) if fault.kind.only_early]
    assert {fault.kind.name for fault in ends} == {
        "service stopped",
        "supervisor killed",
        "recorder killed",
        "recorder stopped",
    }
    assert all(fault.end_s <= EARLY * 4 * 3600 for fault in ends)


def test_names_of_kinds_are_unique() -> None:
    assert max(Counter(kind.name for kind in KINDS).values()) == 1


LIMIT = Limit("memory", "MB", 1.0)


def readings(values: Sequence[float], every_s: float = 60) -> list[Reading]:
    return [Reading(index * every_s, value) for index, value in enumerate(values)]


def test_a_figure_that_rises_is_told_and_one_that_wavers_is_not() -> None:
    rising = growth(LIMIT, [readings([100 + index * 0.1 for index in range(60)])])
    assert rising is not None
    assert rising.per_hour == pytest.approx(6)
    assert not rising.flat
    wavering = growth(LIMIT, [readings([100 + index % 3 for index in range(60)])])
    assert wavering is not None
    assert wavering.flat


def test_the_warm_up_of_each_process_does_not_count() -> None:
    warm = int(WARM_UP_S // 60)
    life = [*(10.0 * index for index in range(warm)), *[50.0] * 20]
    found = growth(LIMIT, [readings(life), readings(life)])
    assert found is not None
    assert found.flat
    assert found.typical == 50


def test_too_short_a_run_says_nothing() -> None:
    assert growth(LIMIT, [readings([1.0] * int((WARM_UP_S + APART_S) // 60))]) is None
    assert growth(LIMIT, []) is None


def test_readings_are_kept_for_who_wants_to_look_at_them() -> None:
    taken = Readings()
    for at_s in (20, 40):
        taken.take(at_s, "recorder", psutil.Process())
    head, *lines = taken.lines()
    assert head == "figure,process,seconds,value"
    memory, *_ = (line.split(",") for line in lines)
    assert memory[:3] == ["memory of a recorder (private)", "1", "20"]
    assert float(memory[3]) > 1
    assert len(lines) == 6


def test_it_is_calm_when_all_that_was_struck_has_settled() -> None:
    first, second, *_ = plan(1, 3600, KINDS, PLACES, 8)
    calm = Calm()
    assert calm.has_come(SETTLES_S)
    calm.begin(first)
    calm.begin(second)
    calm.end(first, 20)
    assert not calm.has_come(1000)
    calm.end(second, 30)
    assert not calm.has_come(30 + SETTLES_S / 2)
    assert calm.has_come(30 + SETTLES_S)


STREAM = StreamId(CameraId("cam1"), StreamKind.MAIN)


def at(seconds: float) -> UtcNs:
    return UtcNs(round(seconds * NS_PER_S))


def audited(*holes: tuple[float, float], doubled: int = 0, altered: int = 0) -> Audit:
    found = tuple(Hole(at(start), at(end), 1) for start, end in holes)
    silent = TrackAudit(0, 0, 0, (), None, None)
    return Audit(TrackAudit(1000, doubled, altered, found, at(0), at(1000)), silent)


def gap(start: float, end: float | None) -> Gap:
    return Gap(stream=STREAM, start=at(start), end=None if end is None else at(end), cause=GapCause.NETWORK)


def test_a_ledger_that_tells_what_is_missing_is_right() -> None:
    gaps = [gap(-50, 0), gap(100, 107.8), gap(107.8, 120), gap(500, 530), gap(1000, None)]
    verdict = judge_camera("cam1", audited((100, 121), (499, 530)), gaps)
    assert verdict.complaints == ()
    assert verdict.missing_s == pytest.approx(52)
    assert verdict.told_s == pytest.approx(50)


def test_what_is_missing_and_not_told_is_a_complaint() -> None:
    assert "in no gap" in judge_camera("cam1", audited((100, 121)), [gap(100, 119)]).complaints[0]


def test_a_gap_in_which_something_was_recorded_is_a_complaint() -> None:
    assert "were recorded" in judge_camera("cam1", audited((100, 110)), [gap(98, 110)]).complaints[0]


def test_doubled_or_altered_units_are_complaints() -> None:
    assert len(judge_camera("cam1", audited(doubled=1, altered=1), []).complaints) == 2


def test_a_camera_of_which_nothing_was_recorded_is_a_complaint() -> None:
    silent = TrackAudit(0, 0, 0, (), None, None)
    assert judge_camera("cam1", Audit(silent, silent), []).complaints


def test_one_complaint_of_any_kind_spoils_the_verdict() -> None:
    good = judge_camera("cam1", audited(), [])
    bad = judge_camera("cam2", audited((100, 121)), [])
    assert Verdict(cameras=[good]).clean
    assert not Verdict(cameras=[good, bad]).clean
    assert not Verdict(cameras=[good], complaints=["left behind: cam2"]).clean
    rising = growth(LIMIT, [readings([100.0 + index for index in range(60)])])
    assert rising is not None
    assert not Verdict(cameras=[good], growths=[rising]).clean
    assert Verdict(cameras=[good]).lines()[-1] == "verdict: clean"
