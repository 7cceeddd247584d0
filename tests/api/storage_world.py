"""How room is used in a made-up world: two cameras and one that is gone, on two volumes."""

from gstnvr.model.choices import Tier
from gstnvr.model.clock import UtcNs
from gstnvr.model.ids import CameraId
from gstnvr.model.records import Volume
from gstnvr.storage.forecast import Breach, Forecast, Upcoming, UpcomingMove
from gstnvr.storage.holdings import DAY_NS
from gstnvr.storage.overview import CameraUse, StorageOverview, VolumeUse
from gstnvr.storage.retention import Promise, Room, Stage, Why
from gstnvr.storage.tiers import MoveCause
from tests.api.rig import NOW

GB = 10**9
FIRST = Volume("9d8f2a52-7d2f-4cf8-9f42-8a4f7a2c1a11", "/srv/video")
SECOND = Volume("0c0a7f3e-2b1d-4d0e-8a65-3f1b6f0f6f02", "/srv/more")
TILL, YARD, GONE = CameraId("till"), CameraId("yard"), CameraId("gone")


def days(number: float) -> UtcNs:
    """A moment so many days from now."""
    return UtcNs(NOW + round(number * DAY_NS))


def upcoming(
    at: float, camera: CameraId, age: float, why: Why = Why.AGE, stage: Stage = Stage.OVER_DAYS
) -> Upcoming:
    """A quarter of a day of a camera, which began that many days before it goes, 5 GB."""
    return Upcoming(days(at), camera, FIRST.uuid, why, stage, days(at - age), days(at - age + 0.25), 5 * GB)


def moved(ago: float) -> UpcomingMove:
    """A quarter of a day of the till that is moved in a quarter of a day, 4 GB."""
    start, end = days(-ago), days(-ago + 0.25)
    return UpcomingMove(days(0.25), TILL, FIRST.uuid, SECOND.uuid, MoveCause.AGE, start, end, 4 * GB)


def overview() -> StorageOverview:
    soon = Breach(days(9), Why.FREE_SPACE, round(21.25 * DAY_NS))
    now = Breach(NOW, Why.CAMERA_SIZE, 6 * DAY_NS)
    month, till = Promise(30 * DAY_NS), Promise(90 * DAY_NS, 7 * DAY_NS, 500 * GB)
    plan = [
        upcoming(0, YARD, 30),
        upcoming(0.25, YARD, 30),
        upcoming(0.25, TILL, 20, Why.CAMERA_SIZE, Stage.WITHIN_DAYS),
        upcoming(1.5, TILL, 6, Why.FREE_SPACE, Stage.BELOW_MINIMUM),
        upcoming(20, YARD, 30),
    ]
    forecast = Forecast(
        NOW,
        days(90),
        {FIRST.uuid: days(9)},
        {YARD: soon, TILL: now},
        {TILL: now},
        plan,
        {},
        [moved(7), moved(6.75)],
    )
    return StorageOverview(
        NOW,
        [
            VolumeUse(
                FIRST,
                900 * GB,
                1000 * GB,
                Room(FIRST.uuid, 4 * GB, 5 * GB, 10 * GB, None, True),
                days(9),
                Tier.HOT,
                7 * GB,
            ),
            VolumeUse(SECOND, 3 * GB),
        ],
        [
            CameraUse(TILL, True, till, 480 * GB, days(-20), 1e9, now, now),
            CameraUse(YARD, True, month, 400 * GB, days(-30), 5e8, soon, None),
            CameraUse(GONE, False, month, 0, None, 0.0, None, None),
        ],
        forecast,
    )
