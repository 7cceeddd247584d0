"""What holds of every plan, whatever the facts."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from gstnvr.storage.retention import Decision, Facts, Holding, Plan, Room, Stage, Why, plan, wanted
from tests.storage.retention_facts import GB, NOW, facts, holding, hours, promise, room

CAMERAS = ("gate", "till", "yard")
VOLUMES = ("v", "w")
MANY = settings(max_examples=100)


@st.composite
def situations(draw: st.DrawFn) -> Facts:
    """Two volumes, three cameras, promises of all kinds; not all pieces need be known."""
    days = st.integers(1, 12)
    promises = {}
    for camera in CAMERAS:
        most = draw(days)
        promises[camera] = promise(
            most,
            draw(st.integers(0, most)),
            draw(st.none() | st.integers(0, 300)),
            draw(st.sampled_from([0.5, 1.0, 2.0])),
        )
    holdings = []
    for volume in VOLUMES:
        for camera in CAMERAS:
            pieces = hours(camera, draw(days), draw(st.integers(GB // 4, 2 * GB)), volume)
            shown = draw(st.none() | st.integers(0, len(pieces)))
            holdings.append(holding(pieces, draw(st.sampled_from([0, 20 * GB])), shown=shown))
    rooms = [
        replace(
            room(draw(st.integers(0, 60)), floor, floor + draw(st.integers(1, 100)), draw(limits), volume),
            making_room=draw(st.booleans()),
            recorded_to=draw(st.sampled_from([True, True, True, False])),
        )
        for volume, limits in zip(VOLUMES, (st.none() | st.integers(0, 900),) * 2, strict=True)
        for floor in [draw(st.integers(0, 50))]
    ]
    return facts(rooms, holdings, **promises)


def after(asked: Facts, decisions: Sequence[Decision]) -> Facts:
    """The facts once these decisions are carried out."""
    freed: defaultdict[str, int] = defaultdict(int)
    for one in decisions:
        freed[one.piece.volume] += one.piece.size
    paths = {(one.piece.volume, one.piece.path) for one in decisions}

    def without(there: Holding) -> Holding:
        left = [piece for piece in there.pieces if (there.volume, piece.path) not in paths]
        gone = sum(piece.size for piece in there.pieces) - sum(piece.size for piece in left)
        return replace(there, pieces=left, size=there.size - gone)

    rooms = [replace(one, free=one.free + freed[one.volume]) for one in asked.rooms]
    return replace(asked, rooms=rooms, holdings=[without(there) for there in asked.holdings])


def free_after(asked: Facts, decided: Plan, one: Room) -> int:
    return one.free + sum(each.piece.size for each in decided.decisions if each.piece.volume == one.volume)


@given(situations())
@MANY
def test_only_what_may_go_goes_and_each_piece_once_from_the_oldest_on(asked: Facts) -> None:
    gone = defaultdict(list)
    for one in plan(asked).decisions:
        gone[one.piece.volume, one.piece.stream].append(one.piece)
    known = {(there.volume, there.stream): there.pieces for there in asked.holdings}
    for key, pieces in gone.items():
        assert pieces == list(known[key][: len(pieces)])


@given(situations())
@MANY
def test_no_more_goes_than_must(asked: Facts) -> None:
    """Without the last piece that went for a reason, the reason would still be there."""
    decided = plan(asked)
    for number, last in enumerate(decided.decisions):
        if any(
            one.why is last.why and one.piece.volume == last.piece.volume
            for one in decided.decisions[number + 1 :]
        ):
            continue
        before = after(asked, decided.decisions[:number])
        room_of = {one.volume: one for one in before.rooms}[last.piece.volume]
        age, promised = NOW - last.piece.end, asked.promise(last.piece.stream.camera)
        held = sum(one.size for one in before.holdings if one.volume == last.piece.volume)
        of_camera = sum(one.size for one in before.holdings if one.stream.camera == last.piece.stream.camera)
        if last.why is Why.AGE:
            assert age > promised.days_ns
        elif last.why is Why.CAMERA_SIZE:
            assert promised.max_size is not None
            assert of_camera > promised.max_size
        elif last.why is Why.VOLUME_SIZE:
            assert room_of.max_size is not None
            assert held > room_of.max_size
        else:
            assert room_of.free < (room_of.floor if last.stage is Stage.BELOW_MINIMUM else room_of.resume)


@given(situations())
@MANY
def test_a_minimum_goes_only_for_a_floor_and_only_when_nothing_else_is_left_there(asked: Facts) -> None:
    decided = plan(asked)
    for number, one in enumerate(decided.decisions):
        if one.stage is not Stage.BELOW_MINIMUM:
            continue
        assert one.why is Why.FREE_SPACE
        left = after(asked, decided.decisions[:number])
        others = [there.pieces[0] for there in left.holdings if there.volume == one.piece.volume and there.pieces]
        stages = {asked.promise(piece.stream.camera).rank(NOW - piece.end)[0] for piece in others}
        assert stages == {Stage.BELOW_MINIMUM}


@given(situations())
@MANY
def test_each_that_goes_for_lack_of_room_has_the_largest_share_left(asked: Facts) -> None:
    decided = plan(asked)
    for number, one in enumerate(decided.decisions):
        if one.why is not Why.FREE_SPACE:
            continue
        left = after(asked, decided.decisions[:number])
        ranks = [
            asked.promise(there.stream.camera).rank(NOW - there.pieces[0].end)
            for there in left.holdings
            if there.volume == one.piece.volume and there.pieces
        ]
        assert asked.promise(one.piece.stream.camera).rank(NOW - one.piece.end) == max(ranks)


@given(situations())
@MANY
def test_a_complete_plan_leaves_every_volume_right_or_says_that_it_cannot(asked: Facts) -> None:
    decided = plan(asked)
    for one in asked.rooms:
        free = free_after(asked, decided, one)
        if not decided.complete:
            assert not decided.stuck
            continue
        assert (free < one.floor) == (one.volume in decided.stuck)
        was_tight = one.making_room or one.free < one.floor
        assert (one.volume in decided.making_room) <= (free < one.resume)
        if was_tight and free < one.resume:
            assert one.volume in decided.making_room or free >= one.floor


@given(situations())
@MANY
def test_once_done_nothing_is_left_to_do(asked: Facts) -> None:
    whole = replace(asked, holdings=[replace(there, whole=True) for there in asked.holdings])
    decided = plan(whole)
    assert decided.complete
    assert plan(after(whole, decided.decisions)).decisions == () or decided.making_room


@given(situations())
@MANY
def test_the_pieces_of_holdings_that_are_not_wanted_make_no_difference(asked: Facts) -> None:
    needed = wanted(asked)
    blind = [there if there in needed else replace(there, pieces=(), whole=False) for there in asked.holdings]
    assert plan(replace(asked, holdings=blind)) == plan(asked)


@given(situations(), st.integers(20, 100))
@settings(max_examples=50)
def test_a_plan_in_parts_is_the_plan_as_a_whole(asked: Facts, most: int) -> None:
    whole = replace(
        asked,
        holdings=[replace(there, whole=True) for there in asked.holdings],
        promises={camera: replace(one, max_size=None) for camera, one in asked.promises.items()},
    )
    at_once = plan(whole)
    gone: set[tuple[str, str]] = set()
    left, complete = whole, False
    while not complete:
        part = plan(left, most)
        gone |= {(one.piece.volume, one.piece.path) for one in part.decisions}
        left, complete = after(left, part.decisions), part.complete
        left = replace(
            left, rooms=[replace(one, making_room=one.volume in part.making_room) for one in left.rooms]
        )
    gone_at_once = {(one.piece.volume, one.piece.path) for one in at_once.decisions}
    have_room = [room.has_room for room in asked.rooms if room.recorded_to]
    if len(have_room) == 1 or any(have_room):
        assert gone == gone_at_once
    else:
        assert gone <= gone_at_once, "what one makes room for itself meanwhile spares another"
