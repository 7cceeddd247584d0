"""Thumbnails as far as the API is concerned: which segment, which answer, what may be kept."""

from dataclasses import replace

import httpx
import pytest

from gstnvr.api.recordings.thumbnail_ports import (
    NoThumbnailError,
    SegmentPlace,
    Thumbnail,
    ThumbnailsBusyError,
    ThumbnailsMissingError,
    UnreadableSegmentError,
)
from gstnvr.db import copies
from gstnvr.db.mirrors import mirror_changed
from gstnvr.model.clock import NS_PER_S
from gstnvr.model.records import SegmentState, Volume
from tests.api.rig import TOKEN, RunningServer, World, at
from tests.rig.waiting import wait_until

PATH = "cameras/yard/streams/main/thumbnail"
JPEG = b"\xff\xd8 made up"


@pytest.fixture(autouse=True)
def recorded(world: World) -> None:
    world.add_segment(at("10:00:00"), at("10:01:00"))
    world.add_segment(at("10:01:00"), at("10:02:00"))
    world.thumbnails.made = Thumbnail(JPEG, 4 * NS_PER_S, settled=True)


def test_the_picture_with_its_time_may_be_kept_by_who_asked(world: World, server: RunningServer) -> None:
    answer = server.http.get(PATH, params={"at": "2026-11-21T10:01:05.500Z", "width": "160"})
    assert (answer.status_code, answer.content) == (200, JPEG)
    assert answer.headers["content-type"] == "image/jpeg"
    assert answer.headers["gstnvr-picture-time"] == "2026-11-21T10:01:04.000Z"
    assert answer.headers["cache-control"] == "private, max-age=3600, immutable"
    (wish,) = world.thumbnails.wishes
    assert (wish.segment.start, wish.at_ns, wish.width) == (at("10:01:00"), 5_500_000_000, 160)
    assert wish.places == [SegmentPlace(world.volume, wish.segment.path)]
    tag = answer.headers["etag"]
    again = server.http.get(
        PATH, params={"at": "2026-11-21T10:01:05Z", "width": "160"}, headers={"if-none-match": tag}
    )
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    other = server.http.get(PATH, params={"at": "2026-11-21T10:01:05Z"}, headers={"if-none-match": tag})
    assert other.status_code == 200


def test_the_end_that_grows_is_not_kept_and_goes_on_beyond_what_is_known(
    world: World, server: RunningServer
) -> None:
    world.add_segment(at("10:02:00"), at("10:02:01"), state=SegmentState.OPEN)
    world.thumbnails.made = Thumbnail(JPEG, 0, settled=False)
    answer = server.http.get(PATH, params={"at": "2026-11-21T10:02:08Z"})
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    assert world.thumbnails.wishes[0].segment.start == at("10:02:00")


@pytest.mark.parametrize("moment", ["09:59:59.999", "10:02:00", "10:30:00"])
def test_where_nothing_was_recorded_there_is_none(world: World, server: RunningServer, moment: str) -> None:
    assert server.error(PATH, at=f"2026-11-21T{moment}Z")[:2] == (404, "nothing_recorded")
    assert not world.thumbnails.wishes


@pytest.mark.parametrize(
    ("path", "query", "status", "code"),
    [
        (PATH, {}, 422, "bad_parameter"),
        (PATH, {"at": "noon"}, 422, "bad_parameter"),
        (PATH, {"at": "2026-11-21T10:00:05Z", "width": "9"}, 422, "bad_parameter"),
        (PATH, {"at": "2026-11-21T10:00:05Z", "width": "2000"}, 422, "bad_parameter"),
        ("cameras/nobody/streams/main/thumbnail", {"at": "2026-11-21T10:00:05Z"}, 404, "stream_not_found"),
        ("cameras/yard/streams/sub/thumbnail", {"at": "2026-11-21T10:00:05Z"}, 404, "stream_not_found"),
    ],
)
def test_what_makes_no_sense_is_refused(
    server: RunningServer, path: str, query: dict[str, str], status: int, code: str
) -> None:
    assert server.error(path, **query)[:2] == (status, code)


@pytest.mark.parametrize(
    ("failure", "status", "code"),
    [
        (NoThumbnailError("it is broken"), 404, "no_picture"),
        (UnreadableSegmentError("it is gone"), 503, "file_unreadable"),
        (ThumbnailsMissingError("no decoder"), 503, "thumbnails_missing"),
        (ThumbnailsBusyError("too many"), 503, "thumbnails_busy"),
    ],
)
def test_why_there_is_none_is_said(
    world: World, server: RunningServer, failure: Exception, status: int, code: str
) -> None:
    world.thumbnails.made = failure
    assert server.error(PATH, at="2026-11-21T10:00:05Z") == (status, code, str(failure))


def test_who_scrubs_on_is_not_waited_for(world: World, server: RunningServer) -> None:
    world.thumbnails.made = None
    impatient = httpx.Timeout(30, read=1)
    with server.client(authorization=f"Bearer {TOKEN}") as client, pytest.raises(httpx.ReadTimeout):
        client.get(PATH, params={"at": "2026-11-21T10:00:05Z"}, timeout=impatient)
    wait_until(lambda: world.thumbnails.given_up == 1)


def test_second_files_are_named_too(world: World, server: RunningServer) -> None:
    first = world.index.segments()[0]
    mirror = world.folder / "mirror"
    with world.index.writing() as writer:
        writer.ensure_volume(Volume("mirror", str(mirror)))
        mirror_changed(writer, replace(first, volume="mirror"))
    assert server.http.get(PATH, params={"at": "2026-11-21T10:00:05Z"}).status_code == 200
    assert [place.folder for place in world.thumbnails.wishes[0].places] == [world.volume, mirror]


def test_what_is_at_another_place_is_not_fetched_for_it(world: World, server: RunningServer) -> None:
    remote = world.add_segment(at("11:00:00"), at("11:01:00"))
    assert remote.id is not None
    with world.index.writing() as writer:
        copies.want(writer, "offsite", None, after=0, until=remote.id)
        for copy in copies.copies_of(writer.connection, remote.id):
            copies.copy_done(writer, copy.id, size=1000, sha256="00", at=at("11:00:00"))
        writer.segments_deleted(remote.volume, [remote.path])
    assert server.error(PATH, at="2026-11-21T11:00:05Z")[:2] == (404, "segment_remote")
    brought = world.folder / "fetched" / remote.path
    brought.parent.mkdir(parents=True)
    brought.touch()
    assert server.http.get(PATH, params={"at": "2026-11-21T11:00:05Z"}).status_code == 200
    assert world.thumbnails.wishes[-1].places == [SegmentPlace(world.folder / "fetched", remote.path)]
