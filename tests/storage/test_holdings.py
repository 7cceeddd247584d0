"""The facts that retention decides on, from a real volume and a real index."""

import os

import pytest

from gstnvr.config.settings import Settings
from gstnvr.db.protections import Protection, protect
from gstnvr.model.clock import NS_PER_S, UtcNs
from gstnvr.model.ids import CameraId, StreamId, StreamKind
from gstnvr.model.records import SegmentState, Volume
from gstnvr.storage.holdings import DAY_NS, Space, gather, measure, usable
from gstnvr.storage.retention import plan
from gstnvr.volume.errors import VolumeError
from tests.storage.archive import NOON, YARD, Archive, at

TILL = StreamId(CameraId("till"), StreamKind.MAIN)
SETTINGS = Settings.model_validate(
    {
        "storage": {"volumes": [{"path": "/srv/first"}, {"path": "/srv/second"}], "retention": {"days": 1.0}},
        "cameras": [{"id": "till", "main": {"url": "rtsp://h/1"}, "retention": {"days": 9.0}}],
    }
)
LATER = UtcNs(NOON + 2 * DAY_NS)


def test_a_volume_is_measured_if_it_is_the_right_one(archive: Archive) -> None:
    space = measure(archive.volume)
    room = os.statvfs(archive.root)
    assert space.total == room.f_blocks * room.f_frsize
    assert 0 < space.free <= space.total
    assert space.disk == archive.root.stat().st_dev
    with pytest.raises(VolumeError):
        measure(Volume("0c0a7f3e-2b1d-4d0e-8a65-3f1b6f0f6f02", archive.volume.path))


def test_rooms_are_in_the_order_of_the_settings() -> None:
    spaces = [
        Space(Volume(name, path), 100 * 10**9, 50 * 10**9)
        for name, path in (("gone", "/srv/former"), ("b", "/srv/second"), ("a", "/srv/first"))
    ]
    rooms = usable(spaces, SETTINGS, {"b"})
    assert [(room.volume, room.recorded_to, room.making_room) for room in rooms] == [
        ("a", True, False),
        ("b", True, True),
        ("gone", False, False),
    ]


def test_pieces_are_asked_for_where_something_may_have_to_go_and_neither_open_nor_protected(
    archive: Archive,
) -> None:
    old = [archive.record(start) for start in (0, 2, 4, 6, 8)]
    archive.record(10, state=SegmentState.OPEN)
    archive.record(0, stream=TILL)
    with archive.index.writing() as writer:
        protect(writer, Protection("p", YARD, at(3), at(5), "theft", "anna", NOON))
    rooms = usable([measure(archive.volume)], SETTINGS, set())
    facts = gather(archive.index, SETTINGS, rooms, LATER, 2)
    till, yard = facts.holdings
    assert (till.pieces, till.whole) == ((), False)
    assert [piece.path for piece in yard.pieces] == [old[0].path, old[3].path]
    assert not yard.whole
    assert yard.size == 5 * old[0].size
    assert yard.first <= old[0].start < yard.first + 3600 * NS_PER_S
    (whole,) = [one for one in gather(archive.index, SETTINGS, rooms, LATER, 9).holdings if one.stream == YARD]
    assert [piece.path for piece in whole.pieces] == [old[number].path for number in (0, 3, 4)]
    assert whole.whole
    assert len(plan(gather(archive.index, SETTINGS, rooms, LATER, 9)).decisions) == 3
