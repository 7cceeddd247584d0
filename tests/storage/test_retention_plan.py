"""What goes next, and why: by example."""

from dataclasses import replace

import pytest

from gstnvr.model.ids import StreamKind
from gstnvr.storage.retention import Stage, Why, plan, wanted
from tests.storage.retention_facts import GB, NOW, ago, facts, holding, hours, promise, room, stream, went

PLENTY = room(500)


def test_what_is_older_than_its_days_goes_and_nothing_else() -> None:
    asked = facts(
        [PLENTY], [holding(hours("till", 91)), holding(hours("yard", 31))], till=promise(90), yard=promise(30)
    )
    decided = plan(asked)
    assert [(one.why, one.stage) for one in decided.decisions] == [(Why.AGE, Stage.OVER_DAYS)] * 48
    assert {piece.end <= ago(90) for piece in went(decided, "till")} == {True}
    assert len(went(decided, "till")) == len(went(decided, "yard")) == 24
    assert decided.complete


def test_a_camera_that_is_not_configured_any_more_is_kept_as_long_as_all() -> None:
    decided = plan(facts([PLENTY], [holding(hours("gone", 366))]))
    assert len(went(decided, "gone")) == 24


def test_a_camera_that_takes_too_much_gives_its_oldest_on_whatever_volume() -> None:
    old, new = hours("yard", 4, volume="a"), hours("yard", 2, volume="b")
    asked = facts(
        [room(500, volume="a"), room(500, volume="b")],
        [holding(old[:48]), holding(new), holding(hours("till", 9, volume="a"))],
        yard=promise(30, max_gb=60),
        till=promise(30),
    )
    decided = plan(asked)
    assert [one.piece for one in decided.decisions] == old[:36]
    assert {one.why for one in decided.decisions} == {Why.CAMERA_SIZE}


@pytest.mark.parametrize(("of_volume", "of_camera"), [(100, None), (None, 100)])
def test_no_size_goes_below_a_minimum(of_volume: float | None, of_camera: float | None) -> None:
    asked = facts(
        [room(500, max_gb=of_volume)],
        [holding(hours("yard", 10))],
        yard=promise(30, min_days=7, max_gb=of_camera),
    )
    decided = plan(asked)
    assert len(decided.decisions) == 3 * 24
    assert min(NOW - one.piece.end for one in decided.decisions) > 7 * 24 * 3600 * 10**9 - 1
    assert decided.complete


def test_recordings_take_no_more_of_a_volume_than_they_may() -> None:
    asked = facts(
        [room(500, max_gb=100)],
        [holding(hours("yard", 3)), holding(hours("till", 3))],
        yard=promise(30),
        till=promise(30),
    )
    decided = plan(asked)
    assert len(went(decided, "yard")) == len(went(decided, "till")) == 22
    assert {one.why for one in decided.decisions} == {Why.VOLUME_SIZE}


def test_below_the_floor_room_is_made_up_to_the_resume_level_and_not_before() -> None:
    holdings = [holding(hours("yard", 3))]
    above = plan(facts([room(5.5)], holdings, yard=promise(30)))
    assert not above.decisions
    assert not above.making_room
    below = plan(facts([room(4.5)], holdings, yard=promise(30)))
    assert len(below.decisions) == 6
    assert not below.making_room
    half_way = plan(facts([replace(room(7), making_room=True)], holdings, yard=promise(30)))
    assert len(half_way.decisions) == 3


def test_the_camera_gives_first_that_has_most_beyond_its_minimum_in_relation_to_its_days() -> None:
    asked = facts(
        [room(0, floor_gb=200, resume_gb=240)],
        [holding(hours("yard", 30)), holding(hours("till", 30))],
        yard=promise(30, min_days=7),
        till=promise(90, min_days=7),
    )
    decided = plan(asked)
    assert len(decided.decisions) == 240
    assert not went(decided, "till")


def test_shares_that_are_left_are_equal_and_half_as_large_at_double_weight() -> None:
    asked = facts(
        [room(0, floor_gb=700, resume_gb=720)],
        [holding(hours(name, 30)) for name in ("high", "low", "yard")],
        high=promise(30, weight=0.5),
        low=promise(30, weight=2.0),
        yard=promise(30),
    )
    left = {name: 720 - len(went(plan(asked), name)) for name in ("high", "low", "yard")}
    assert sum(left.values()) == 3 * 720 - 720
    assert left["high"] == 720
    assert left["yard"] == pytest.approx(2 * left["low"], abs=2)


def test_a_minimum_is_kept_while_anything_else_is_left() -> None:
    asked = facts(
        [room(0, floor_gb=100, resume_gb=500)],
        [holding(hours("yard", 10)), holding(hours("till", 10))],
        yard=promise(30, min_days=7),
        till=promise(30, min_days=9),
    )
    decided = plan(asked)
    below = [one for one in decided.decisions if one.stage is Stage.BELOW_MINIMUM]
    assert [one.stage for one in decided.decisions] == sorted(
        (one.stage for one in decided.decisions), reverse=True
    )
    assert len(decided.decisions) == 100, "below a minimum, no more goes than the floor needs"
    assert len(below) == 4
    assert decided.making_room == {"v"}
    assert not decided.stuck


def test_a_volume_on_which_only_protected_recordings_are_left_is_stuck() -> None:
    asked = facts([room(1)], [replace(holding(hours("yard", 1), protected=50 * GB), pieces=())], yard=promise(30))
    decided = plan(asked)
    assert not decided.decisions
    assert decided.stuck == {"v"}
    assert decided.making_room == {"v"}


def test_a_plan_ends_where_it_does_not_know_what_is_next_and_says_so() -> None:
    known = holding(hours("yard", 10), shown=10)
    asked = facts([room(0)], [known, holding(hours("till", 5))], yard=promise(30), till=promise(30))
    decided = plan(asked)
    assert len(went(decided, "yard")) == len(decided.decisions) == 10
    deeper = plan(replace(asked, rooms=[room(0, floor_gb=200, resume_gb=300)]))
    assert len(deeper.decisions) == 10
    assert not deeper.complete
    assert not deeper.stuck


def test_one_volume_that_is_being_emptied_does_not_keep_another_waiting() -> None:
    old = holding(hours("yard", 40, volume="a"))
    full = holding(hours("till", 5, volume="b"))
    rooms = [room(100, volume="a"), room(0, volume="b")]
    decided = plan(facts(rooms, [old, full], yard=promise(30), till=promise(30)), most=20)
    assert len(went(decided, "yard")) == 20
    assert len(went(decided, "till")) == 10
    assert not decided.complete


def test_of_several_full_volumes_the_one_gives_on_which_the_oldest_lies_before_it_is_at_its_floor() -> None:
    old, new = hours("yard", 20, volume="v")[:240], hours("yard", 10, volume="w")
    asked = facts([room(7, volume="w"), room(7, volume="v")], [holding(new), holding(old)], yard=promise(30))
    assert wanted(asked) == list(asked.holdings)
    decided = plan(asked)
    assert [one.piece for one in decided.decisions] == old[:3]
    one_is_not_full = replace(asked, rooms=[room(8, volume="w"), room(7, volume="v")])
    assert wanted(one_is_not_full) == []
    assert not plan(one_is_not_full).decisions
    nobody_records_there = replace(
        asked, rooms=[replace(room(8, volume="w"), recorded_to=False), *asked.rooms[1:]]
    )
    assert not plan(nobody_records_there).decisions


def test_what_is_below_a_minimum_does_not_go_as_long_as_no_floor_is_reached() -> None:
    rooms = [room(6, volume="w"), room(6, volume="v")]
    holdings = [holding(hours("yard", 5, volume=volume)) for volume in ("v", "w")]
    assert not plan(facts(rooms, holdings, yard=promise(30, min_days=7))).decisions


def test_nothing_goes_from_a_volume_that_cannot_be_used() -> None:
    decided = plan(facts([], [holding(hours("yard", 40))], yard=promise(30)))
    assert not decided.decisions


def test_volumes_on_one_disk_make_room_once_for_both() -> None:
    rooms = [replace(room(2, volume=volume), disk=7) for volume in ("v", "w")]
    holdings = [holding(hours("yard", 5, volume="v")), holding(hours("till", 5, volume="w"))]
    decided = plan(facts(rooms, holdings, yard=promise(30), till=promise(30)))
    assert len(decided.decisions) == 8
    apart = [replace(one, disk=number) for number, one in enumerate(rooms)]
    assert len(plan(facts(apart, holdings, yard=promise(30), till=promise(30))).decisions) == 16


def test_what_lies_on_a_disk_that_is_gone_takes_no_room_from_the_camera() -> None:
    lost, here = holding(hours("yard", 4, volume="lost")), holding(hours("yard", 2))
    asked = facts([PLENTY], [lost, here], yard=promise(30, max_gb=60))
    assert wanted(asked) == []
    assert not plan(asked).decisions


def test_only_what_may_have_to_go_is_asked_for() -> None:
    here, there = holding(hours("yard", 20)), holding(hours("yard", 20, volume="w"))
    rooms = [room(100), room(100, volume="w")]
    assert wanted(facts(rooms, [here, there], yard=promise(30))) == []
    assert wanted(facts(rooms, [here, there], yard=promise(19))) == [here, there]
    assert wanted(facts(rooms, [here, there], yard=promise(30, max_gb=900))) == [here, there]
    assert wanted(facts([room(100), room(4, volume="w")], [here, there], yard=promise(30))) == [there]
    assert wanted(facts([rooms[0], room(100, max_gb=1, volume="w")], [here, there], yard=promise(30))) == [there]
    assert wanted(facts([room(4)], [here, there], yard=promise(30))) == [here]


def test_a_promise_knows_what_is_over_within_and_below() -> None:
    one = promise(30, min_days=7)
    day = NOW - ago(1)
    assert one.rank(31 * day)[0] is Stage.OVER_DAYS
    assert one.rank(30 * day) == (Stage.WITHIN_DAYS, 1.0)
    assert one.rank(7 * day) == (Stage.BELOW_MINIMUM, 1.0)
    assert promise(7, min_days=7).rank(7 * day + 1)[0] is Stage.OVER_DAYS


def test_streams_of_a_camera_that_lie_beside_each_other_share_its_promise() -> None:
    main = hours("yard", 2)
    sub = [replace(piece, stream=replace(stream("yard"), kind=StreamKind.SUB), size=GB // 10) for piece in main]
    decided = plan(facts([PLENTY], [holding(main), holding(sub)], yard=promise(1)))
    assert len(decided.decisions) == 48
