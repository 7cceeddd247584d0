"""What moves to which tier, and what holds of every plan of moves."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from gstnvr.model.choices import Tier
from gstnvr.storage.holdings import DAY_NS
from gstnvr.storage.retention import Piece
from gstnvr.storage.tiers import AT_NO_AGE, Ages, Level, Move, MoveCause, plan_moves
from tests.storage.retention_facts import GB, NOW, hours

WEEK = Ages(cold=7 * DAY_NS)
MANY = settings(max_examples=150)


def level(volume: str, tier: Tier, free_gb: float, held_gb: float = 100, max_gb: float | None = None) -> Level:
    """Moves begin with less than 10 GB free, 5 GB stay free, 3 GB on the last tier."""
    limit = None if max_gb is None else round(max_gb * GB)
    return Level(volume, tier, round(free_gb * GB), round(held_gb * GB), 10 * GB, 5 * GB, 3 * GB, limit)


def moves(levels: Sequence[Level], pieces: Sequence[Piece], ages: Ages = AT_NO_AGE) -> list[Move]:
    oldest: defaultdict[str, list[Piece]] = defaultdict(list)
    for piece in sorted(pieces, key=lambda one: one.start):
        oldest[piece.volume].append(piece)
    return plan_moves(NOW, levels, oldest, ages)


def test_what_is_old_enough_moves_and_nothing_else() -> None:
    levels = [level("hot", Tier.HOT, 500), level("cold", Tier.COLD, 500)]
    found = moves(levels, hours("yard", 8, volume="hot"), WEEK)
    assert len(found) == 24
    assert {(one.to, one.cause) for one in found} == {("cold", MoveCause.AGE)}
    assert all(NOW - one.piece.end > 7 * DAY_NS for one in found)
    assert moves(levels, hours("yard", 8, volume="hot")) == []


def test_each_tier_takes_its_age() -> None:
    levels = [level(str(tier), tier, 500) for tier in Tier]
    ages = Ages(warm=2 * DAY_NS, cold=4 * DAY_NS)
    found = moves(levels, [*hours("yard", 5, volume="hot"), *hours("till", 6, volume="warm")], ages)
    counts = {
        place: sum((one.piece.volume, one.to) == place for one in found)
        for place in (("hot", "warm"), ("hot", "cold"), ("warm", "cold"))
    }
    assert counts == {("hot", "warm"): 48, ("hot", "cold"): 24, ("warm", "cold"): 48}


def test_where_there_is_no_room_the_oldest_of_all_goes_to_the_next_tier() -> None:
    levels = [level("hot", Tier.HOT, 4), level("warm", Tier.WARM, 100), level("cold", Tier.COLD, 500)]
    pieces = [*hours("yard", 2, volume="hot"), *hours("till", 1, volume="hot")]
    found = moves(levels, pieces)
    assert [(one.piece.stream.camera, one.to, one.cause) for one in found] == [
        ("yard", "warm", MoveCause.ROOM)
    ] * 6
    assert [one.piece for one in found] == pieces[:6]


def test_for_its_age_nothing_pushes_anything_out() -> None:
    levels = [level("hot", Tier.HOT, 500), level("cold", Tier.COLD, 6.5)]
    assert len(moves(levels, hours("yard", 8, volume="hot"), WEEK)) == 1
    tight = [level("hot", Tier.HOT, 9), level("cold", Tier.COLD, 5.5)]
    assert [one.cause for one in moves(tight, hours("yard", 8, volume="hot"), WEEK)] == [MoveCause.ROOM]


def test_the_last_tier_is_filled_beyond_its_floor_so_that_what_overflows_it_is_deleted() -> None:
    levels = [level("hot", Tier.HOT, 2), level("cold", Tier.COLD, 5)]
    found = moves(levels, hours("yard", 2, volume="hot"))
    assert [one.keep_free for one in found] == [3 * GB, 3 * GB]


def test_a_middle_tier_makes_room_first_and_is_never_filled_beyond_its_floor() -> None:
    levels = [level("hot", Tier.HOT, 8), level("warm", Tier.WARM, 5), level("cold", Tier.COLD, 500)]
    found = moves(levels, [*hours("yard", 1, volume="hot"), *hours("yard", 2, volume="warm")])
    assert [(one.piece.volume, one.to) for one in found] == [("warm", "cold")] * 5 + [("hot", "warm")] * 2


def test_what_is_above_max_size_moves() -> None:
    levels = [level("hot", Tier.HOT, 500, 48, max_gb=40), level("cold", Tier.COLD, 500, 0, max_gb=5)]
    assert len(moves(levels, hours("yard", 2, volume="hot"))) == 7, "5 GB, and by 2 GB it may be above"


def test_on_one_disk_nothing_moves_for_lack_of_room() -> None:
    levels = [replace(level("hot", Tier.HOT, 1), disk=7), replace(level("cold", Tier.COLD, 1), disk=7)]
    assert moves(levels, hours("yard", 2, volume="hot")) == []


@st.composite
def situations(draw: st.DrawFn) -> tuple[list[Level], list[Piece], Ages]:
    levels, pieces = [], []
    for number, tier in enumerate(draw(st.lists(st.sampled_from(Tier), min_size=1, max_size=5))):
        volume = f"v{number}"
        lies = hours("yard", draw(st.integers(1, 6)), draw(st.integers(GB // 4, 2 * GB)), volume)
        free, limit = draw(st.integers(0, 40)), draw(st.none() | st.integers(0, 200))
        made = level(volume, tier, free, sum(one.size for one in lies) / GB, limit)
        levels.append(replace(made, disk=draw(st.none() | st.integers(1, 2))))
        pieces += lies
    days = st.none() | st.integers(1, 5)
    return levels, pieces, Ages(*(None if one is None else one * DAY_NS for one in (draw(days), draw(days))))


@MANY
@given(situations())
def test_every_plan_moves_downwards_once_and_only_where_there_is_room(
    found: tuple[list[Level], list[Piece], Ages],
) -> None:
    levels, pieces, ages = found
    at = {one.volume: one for one in levels}
    planned = moves(levels, pieces, ages)
    assert len({(one.piece.volume, one.piece.path) for one in planned}) == len(planned)
    for one in planned:
        assert at[one.to].tier.is_below(at[one.piece.volume].tier)
        if one.cause is MoveCause.AGE:
            assert not at[one.to].tier.is_below(ages.tier(NOW - one.piece.end))
            assert one.keep_free == at[one.to].floor
    for volume, there in at.items():
        arrives = [one for one in planned if one.to == volume]
        if there.disk is None and arrives:
            goes = sum(one.piece.size for one in planned if one.piece.volume == volume)
            left = there.free + goes - sum(one.piece.size for one in arrives)
            assert left >= min(one.keep_free for one in arrives)


@MANY
@given(situations())
def test_what_goes_from_a_volume_is_the_oldest_and_no_more_than_must(
    found: tuple[list[Level], list[Piece], Ages],
) -> None:
    levels, pieces, ages = found
    planned = moves(levels, pieces, ages)
    for there in levels:
        gone = [one.piece for one in planned if one.piece.volume == there.volume]
        own = [one for one in pieces if one.volume == there.volume]
        assert gone == own[: len(gone)]
        for_room = [
            one.piece for one in planned if one.piece.volume == there.volume and one.cause is MoveCause.ROOM
        ]
        if for_room and there.disk is None and not any(one.to == there.volume for one in planned):
            before = sum(one.size for one in gone) - for_room[-1].size
            short = there.free + before < there.wanted_free
            above = there.max_size is not None and there.held - before > there.max_size
            assert short or above
