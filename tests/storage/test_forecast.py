"""What will become of the room there is, if cameras go on recording as they do."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from gstnvr.db.protections import ProtectedSpans, Protection
from gstnvr.db.stored import StoredHour
from gstnvr.model.choices import Tier, VolumePolicy
from gstnvr.model.clock import UtcNs
from gstnvr.model.ids import CameraId
from gstnvr.storage.forecast import STEP_NS, Forecast, Stock, Tiering, bytes_per_hour, forecast, stocks
from gstnvr.storage.holdings import DAY_NS
from gstnvr.storage.retention import Facts, Holding, Promise, Room, Stage, Why, plan
from gstnvr.storage.tiers import AT_NO_AGE, Ages, Level, MoveCause
from tests.storage.retention_facts import GB, HOUR_NS, NOW, ago, promise, room, stream

YEAR = promise(365)
UNPROTECTED = ProtectedSpans([])


def stored(camera: str, days: float, size: int = GB, *, volume: str = "v", until: float = 0) -> list[StoredHour]:
    """Every hour of so many days, up to that many days ago."""
    first, last = ago(days) // HOUR_NS, ago(until) // HOUR_NS
    return [
        StoredHour(volume, stream(camera), UtcNs(hour * HOUR_NS), size, HOUR_NS) for hour in range(first, last)
    ]


def foresee(
    rooms: Sequence[Room],
    *hours: Sequence[StoredHour],
    policy: VolumePolicy = VolumePolicy.FILL,
    **promises: Promise,
) -> Forecast:
    there = stocks([hour for each in hours for hour in each], UNPROTECTED, NOW)
    return forecast(
        NOW,
        rooms,
        there,
        promises={CameraId(name): one for name, one in promises.items()},
        otherwise=YEAR,
        policy=policy,
    )


def days_from_now(at: UtcNs) -> float:
    return (at - NOW) / DAY_NS


def test_a_volume_is_full_when_what_comes_has_taken_all_above_the_floor() -> None:
    found = foresee([room(245)], stored("yard", 10), yard=promise(90))
    assert days_from_now(found.full["v"]) == pytest.approx(10, abs=0.3)
    assert found.per_hour == {"yard": GB}


def test_what_goes_by_age_makes_room_for_what_comes() -> None:
    found = foresee([room(20)], stored("yard", 30), yard=promise(30))
    assert found.full == {}
    assert found.days == {}
    assert {(one.why, one.stage) for one in found.upcoming} == {(Why.AGE, Stage.OVER_DAYS)}
    assert all(one.at - one.end >= 30 * DAY_NS for one in found.upcoming)
    assert sum(one.size for one in found.upcoming) == pytest.approx(90 * 24 * GB, rel=0.02)


def test_a_promise_is_broken_when_the_volume_is_full_and_the_days_that_are_kept_are_told() -> None:
    found = foresee([room(5 + 10 * 24)], stored("yard", 10), yard=promise(30, min_days=7))
    breach = found.days[CameraId("yard")]
    assert days_from_now(breach.at) == pytest.approx(10, abs=0.3)
    assert breach.why is Why.FREE_SPACE
    assert breach.kept_ns / DAY_NS == pytest.approx(20, abs=0.6)
    assert found.minimum == {}


def test_a_minimum_that_cannot_be_kept_is_told_apart() -> None:
    found = foresee([room(5 + 10 * 24)], stored("yard", 10), yard=promise(30, min_days=25))
    breach = found.minimum[CameraId("yard")]
    assert days_from_now(breach.at) == pytest.approx(10, abs=0.3)
    assert breach.kept_ns / DAY_NS == pytest.approx(20, abs=0.6)


def test_a_promise_that_is_broken_now_is_broken_from_now_on() -> None:
    found = foresee([room(4)], stored("yard", 10), yard=promise(30))
    assert found.days[CameraId("yard")].at == NOW
    assert found.full == {"v": NOW}


def test_room_for_exactly_what_was_promised_is_enough() -> None:
    found = foresee([room(5 + 0.5 * 24, resume_gb=6)], stored("yard", 30), yard=promise(30))
    assert found.days == {}


def test_a_limit_of_the_camera_or_the_volume_breaks_a_promise_as_well() -> None:
    found = foresee(
        [room(5000, max_gb=1000)],
        stored("yard", 10),
        stored("till", 10),
        yard=promise(30, max_gb=300),
        till=promise(60),
    )
    yard, till = found.days[CameraId("yard")], found.days[CameraId("till")]
    assert (yard.why, till.why) == (Why.CAMERA_SIZE, Why.VOLUME_SIZE)
    assert days_from_now(yard.at) == pytest.approx(60 / 24, abs=0.3)
    assert found.full["v"] == till.at
    assert days_from_now(till.at) == pytest.approx((1000 - 300 - 240) / 24, abs=0.5)


@pytest.mark.parametrize("policy", [VolumePolicy.FILL, VolumePolicy.ROUND_ROBIN])
def test_several_volumes_are_filled_one_after_the_other_or_by_turns_and_full_together(
    policy: VolumePolicy,
) -> None:
    rooms = [room(7.5 + 48, volume="v"), room(7.5 + 96, volume="w")]
    found = foresee(rooms, stored("yard", 2, volume="v"), stored("till", 2, volume="w"), policy=policy)
    assert days_from_now(min(found.full.values())) == pytest.approx(3, abs=0.5)
    first = [one for one in found.upcoming if one.why is Why.FREE_SPACE][:4]
    assert max(one.end for one in first) < ago(1), "the oldest goes, wherever it lies"


def test_what_is_mirrored_takes_room_on_both_volumes_and_the_smaller_one_decides() -> None:
    rooms = [room(7.5 + 48, volume="v"), room(7.5 + 96, volume="w")]
    there = stored("yard", 2, volume="v"), stored("till", 2, volume="w")
    found = foresee(rooms, *there, policy=VolumePolicy.MIRROR)
    assert days_from_now(found.full["v"]) == pytest.approx(1, abs=0.5)
    spaces = [one for one in found.upcoming if one.why is Why.FREE_SPACE]
    until = max(one.at for one in spaces)
    lost = sum(one.size for one in spaces) / GB
    came = 2 * 24 * days_from_now(until)
    assert lost == pytest.approx(came - 48, rel=0.1), "no more goes than comes, and once"


def test_volumes_on_one_disk_fill_it_once() -> None:
    rooms = [replace(room(7.5 + 48, volume=volume), disk=7) for volume in ("v", "w")]
    found = foresee(rooms, stored("yard", 2, volume="v"), stored("till", 2, volume="w"))
    assert days_from_now(min(found.full.values())) == pytest.approx(1, abs=0.5)


def test_a_volume_that_cannot_be_used_gives_nothing_and_takes_nothing() -> None:
    found = foresee([room(29, volume="v")], stored("gate", 2, volume="x"))
    assert days_from_now(found.full["v"]) == pytest.approx(1, abs=0.3)
    assert set(found.full) == {"v"}
    assert {one.volume for one in found.upcoming} == {"v"}


def test_nothing_new_comes_to_a_volume_that_is_not_in_the_settings_any_more() -> None:
    former = replace(room(500, volume="v"), recorded_to=False)
    found = foresee([former, room(29, volume="w")], stored("yard", 2, volume="v"), yard=promise(30))
    assert days_from_now(found.full["w"]) == pytest.approx(1, abs=0.3)
    assert set(found.full) == {"w"}


def test_what_comes_first_is_what_a_plan_decides_now() -> None:
    hours = stored("yard", 40) + stored("till", 5)
    there = stocks(hours, UNPROTECTED, NOW)
    rooms = [room(2)]
    promises = {CameraId("yard"): promise(30), CameraId("till"): promise(10)}
    found = forecast(NOW, rooms, there, promises=promises, otherwise=YEAR)
    holdings = [Holding(one.volume, one.stream, one.size, one.pieces[0].start, one.pieces) for one in there]
    decided = plan(Facts(NOW, rooms, holdings, promises, YEAR))
    first = [(one.camera, one.start, one.why) for one in found.upcoming if one.at == NOW]
    assert first == [(one.piece.stream.camera, one.piece.start, one.why) for one in decided.decisions]
    assert first


def test_protected_hours_take_room_and_do_not_go() -> None:
    hours = stored("yard", 40)
    protection = Protection("p", stream("yard"), ago(36), ago(33), "theft", "anna", NOW)
    (stock,) = stocks(hours, ProtectedSpans([protection]), NOW)
    assert stock.size == len(hours) * GB
    assert sum(piece.size for piece in stock.pieces) == pytest.approx((len(hours) - 73) * GB, abs=2 * GB)
    assert not any(piece.start < ago(33.1) and piece.end > ago(35.9) for piece in stock.pieces)
    found = forecast(NOW, [room(500)], [stock], promises={CameraId("yard"): promise(30)}, otherwise=YEAR)
    assert not any(one.start < ago(33.1) and one.end > ago(35.9) for one in found.upcoming)


def test_pieces_of_a_stock_are_a_step_long_and_make_up_all_of_it() -> None:
    (stock,) = stocks(stored("yard", 10), UNPROTECTED, NOW)
    assert {piece.end - piece.start for piece in stock.pieces[1:-1]} == {STEP_NS}
    assert sum(piece.size for piece in stock.pieces) == stock.size


@pytest.mark.parametrize(
    ("hours", "expected"),
    [
        (stored("yard", 30, 10), 10),
        (stored("yard", 30, 10, until=1) + stored("yard", 1, 50), 50),
        (stored("yard", 30, 10, until=2), 10 * 5 / 7),
        (stored("yard", 0.25, 10), 10),
        (stored("yard", 30, 10, until=8), 0),
        (
            [replace(stored("yard", 1)[0], start=UtcNs(NOW // HOUR_NS * HOUR_NS), size=5, length_ns=HOUR_NS // 2)],
            10,
        ),
        ([], 0),
    ],
    ids=["steady", "more since yesterday", "off for two days", "new", "off for a week", "this hour", "nothing"],
)
def test_the_rate_is_that_of_the_last_day_or_week(hours: Sequence[StoredHour], expected: float) -> None:
    assert bytes_per_hour(hours, NOW) == pytest.approx(expected, rel=0.05)


def test_a_camera_that_does_not_record_any_more_needs_no_more_room() -> None:
    found = foresee([room(6)], stored("yard", 20, until=10), yard=promise(90))
    assert found.full == {}
    assert found.per_hour == {"yard": 0}


def test_a_promise_to_a_stock_without_pieces_is_no_matter() -> None:
    empty = Stock("v", stream("yard"), 50 * GB, (), 0.0)
    found = forecast(NOW, [room(1)], [empty], promises={CameraId("yard"): promise(30)}, otherwise=YEAR)
    assert (found.full, found.days, list(found.upcoming)) == ({}, {}, [])


def tiers(hot_gb: float, cold_gb: float) -> tuple[list[Room], list[Level]]:
    """Moves begin with less than 10 GB free; a volume that drains keeps 4 GB before something is deleted there."""
    rooms = [room(hot_gb, 4, 5, volume="hot"), replace(room(cold_gb, volume="cold"), recorded_to=False)]
    levels = [
        Level(one.volume, tier, one.free, 0, 10 * GB, 5 * GB, 4 * GB)
        for one, tier in zip(rooms, (Tier.HOT, Tier.COLD), strict=True)
    ]
    return rooms, levels


def foresee_tiers(hot_gb: float, cold_gb: float, ages: Ages, hours: Sequence[StoredHour]) -> Forecast:
    rooms, levels = tiers(hot_gb, cold_gb)
    there = stocks(hours, UNPROTECTED, NOW)
    return forecast(NOW, rooms, there, promises={}, otherwise=YEAR, tiering=Tiering(levels, ages))


def test_what_a_hot_volume_cannot_hold_moves_and_only_the_last_tier_overflows() -> None:
    found = foresee_tiers(10 + 5 * 24, 10 + 20 * 24, AT_NO_AGE, stored("yard", 5, volume="hot"))
    assert days_from_now(found.moves[0].at) == pytest.approx(5, abs=0.3)
    assert {(one.volume, one.to, one.cause) for one in found.moves} == {("hot", "cold", MoveCause.ROOM)}
    assert {one.volume for one in found.upcoming} == {"cold"}
    assert set(found.full) == {"cold"}
    assert days_from_now(found.full["cold"]) == pytest.approx(25, abs=0.6)
    assert found.days[CameraId("yard")].kept_ns / DAY_NS == pytest.approx(30, abs=1)


def test_what_is_old_enough_moves() -> None:
    found = foresee_tiers(5000, 5000, Ages(cold=7 * DAY_NS), stored("yard", 10, volume="hot"))
    assert found.upcoming == []
    assert all(one.at - one.end > 7 * DAY_NS for one in found.moves)
    assert sum(one.size for one in found.moves) == pytest.approx((3 + 90) * 24 * GB, rel=0.02)


def test_what_was_moved_does_not_come_twice() -> None:
    hours = [*stored("yard", 10, volume="cold", until=2), *stored("yard", 2, volume="hot")]
    hours.sort(key=lambda hour: hour.start)
    assert foresee_tiers(500, 5000, Ages(cold=2 * DAY_NS), hours).per_hour == {"yard": pytest.approx(GB, rel=0.01)}
