"""Segments and the bytes of their files."""

import os
import threading
from dataclasses import replace
from io import FileIO
from pathlib import Path

import httpx
import pytest

from gstnvr.api.common import file_response
from gstnvr.api.common.ports import ApiServices
from gstnvr.api.recordings import routes_segments, segment_file
from gstnvr.db import copies
from gstnvr.db.mirrors import mirror_changed
from gstnvr.model.records import Segment, SegmentState, Volume
from gstnvr.testing.segments import make_segment
from tests.api.rig import RunningServer, World, at, running
from tests.rig.waiting import wait_until

CONTENT = bytes(range(256)) * 4096  # 1 MiB


@pytest.fixture
def segment(world: World) -> Segment:
    return world.add_segment(at("10:00:00"), at("10:01:00"), CONTENT)


def address(segment: Segment) -> str:
    return f"segments/{segment.id}/file"


def test_a_segment_with_all_that_is_known(server: RunningServer, segment: Segment) -> None:
    answer = server.json("segments", camera="yard")
    assert answer == {
        "segments": [
            {
                "id": segment.id,
                "camera": "yard",
                "stream": "main",
                "start": "2026-11-21T10:00:00.000Z",
                "end": "2026-11-21T10:01:00.000Z",
                "seconds": 60.0,
                "state": "closed",
                "bytes": len(CONTENT),
                "frames": 25,
                "volume": segment.volume,
                "path": segment.path,
                "video_codec": "h264",
                "width": 1920,
                "height": 1080,
                "audio_codec": "aac",
                "file": f"/api/v1/segments/{segment.id}/file",
            }
        ],
        "next": None,
    }


def test_pages_hold_every_segment_once_and_in_order(world: World, server: RunningServer) -> None:
    made = [world.add_segment(at(f"10:{minute:02d}:00"), at(f"10:{minute:02d}:59")).id for minute in range(7)]
    same_start = world.add_segment(at("10:03:00"), at("10:03:30")).id
    made.insert(4, same_start)
    found: list[int] = []
    query = {"camera": "yard", "limit": "3"}
    sizes = []
    while True:
        page = server.json("segments", **query)
        found += [one["id"] for one in page["segments"]]
        sizes.append(len(page["segments"]))
        if page["next"] is None:
            break
        query["cursor"] = page["next"]
    assert found == made
    assert sizes == [3, 3, 2]


@pytest.mark.parametrize(
    "query",
    [{"limit": "0"}, {"limit": "1001"}, {"cursor": "x" * 201}, {"from": "x"}],
    ids=str,
)
def test_wrong_parameters_are_refused(server: RunningServer, query: dict[str, str]) -> None:
    status, code, message = server.error("segments", camera="yard", **query)
    assert (status, code) == (422, "bad_parameter")
    assert message.startswith(next(iter(query)))


def test_the_whole_file(server: RunningServer, segment: Segment) -> None:
    response = server.http.get(address(segment))
    assert response.status_code == 200
    assert response.content == CONTENT
    assert response.headers["content-type"] == "video/mp4"
    assert response.headers["accept-ranges"] == "bytes"
    assert response.headers["content-length"] == str(len(CONTENT))
    assert "content-range" not in response.headers
    assert Path(segment.path).name in response.headers["content-disposition"]


def test_a_file_that_is_moved_between_two_looks_is_found(
    world: World, server: RunningServer, segment: Segment, monkeypatch: pytest.MonkeyPatch
) -> None:
    cold = Volume("cold", str(world.folder / "cold"))
    moved = replace(segment, volume=cold.uuid)
    look = routes_segments._locate
    looked: list[tuple[Segment, Path]] = []

    def and_move(services: ApiServices, key: int) -> tuple[Segment, Path]:
        found = look(services, key)
        if not looked:
            target = Path(cold.path) / segment.path
            target.parent.mkdir(parents=True)
            (world.volume / segment.path).rename(target)
            with world.index.writing() as writer:
                writer.ensure_volume(cold)
                assert writer.segment_moved(segment.volume, segment.path, moved)
        looked.append(found)
        return found

    monkeypatch.setattr(routes_segments, "_locate", and_move)
    assert server.http.get(address(segment)).content == CONTENT
    assert len(looked) == 2
    (world.folder / "cold" / segment.path).unlink()
    assert server.http.get(address(segment)).status_code == 404


def test_matroska_has_its_own_content_type(world: World, server: RunningServer) -> None:
    segment = world.add_segment(at("10:00:00"), at("10:01:00"), b"x", path="yard/20261121/a.mkv")
    assert server.http.get(address(segment)).headers["content-type"] == "video/x-matroska"


@pytest.mark.parametrize(
    ("asked", "start", "stop"),
    [
        ("bytes=0-0", 0, 1),
        ("bytes=1000-", 1000, len(CONTENT)),
        ("bytes=262143-262145", 262143, 262146),
        ("bytes=-500", len(CONTENT) - 500, len(CONTENT)),
        ("bytes=1048575-99999999", 1048575, 1048576),
    ],
)
def test_a_range(server: RunningServer, segment: Segment, asked: str, start: int, stop: int) -> None:
    response = server.http.get(address(segment), headers={"Range": asked})
    assert response.status_code == 206
    assert response.content == CONTENT[start:stop]
    assert response.headers["content-range"] == f"bytes {start}-{stop - 1}/{len(CONTENT)}"
    assert response.headers["content-length"] == str(stop - start)


def test_a_range_outside_of_the_file(server: RunningServer, segment: Segment) -> None:
    response = server.http.get(address(segment), headers={"Range": "bytes=1048576-"})
    assert (response.status_code, response.json()["error"]["code"]) == (416, "range_not_satisfiable")
    assert response.headers["content-range"] == "bytes */1048576"


def test_several_ranges_get_the_whole_file(server: RunningServer, segment: Segment) -> None:
    response = server.http.get(address(segment), headers={"Range": "bytes=0-1,5-6"})
    assert (response.status_code, response.content) == (200, CONTENT)


@pytest.mark.parametrize("asked", [None, "bytes=5-9"])
def test_head_tells_the_same_and_sends_nothing(server: RunningServer, segment: Segment, asked: str | None) -> None:
    headers = {} if asked is None else {"Range": asked}
    got = server.http.get(address(segment), headers=headers)
    head = server.http.head(address(segment), headers=headers)
    assert head.content == b""
    assert head.status_code == got.status_code
    assert {**head.headers, "date": ""} == {**got.headers, "date": ""}


def test_a_range_of_another_version_gets_the_whole_file(server: RunningServer, segment: Segment) -> None:
    etag = server.http.head(address(segment)).headers["etag"]
    same = server.http.get(address(segment), headers={"Range": "bytes=0-9", "If-Range": etag})
    other = server.http.get(address(segment), headers={"Range": "bytes=0-9", "If-Range": '"other"'})
    assert (same.status_code, other.status_code) == (206, 200)


def test_an_unchanged_file_is_not_sent_again_and_a_changed_one_is(
    world: World, server: RunningServer, segment: Segment
) -> None:
    first = server.http.get(address(segment))
    again = {"If-None-Match": first.headers["etag"]}
    assert server.http.get(address(segment), headers=again).status_code == 304
    file = world.volume / segment.path
    os.utime(file, ns=(0, file.stat().st_mtime_ns + 1))
    assert server.http.get(address(segment), headers=again).status_code == 200


def test_segments_without_a_file(world: World, server: RunningServer) -> None:
    lost = world.add_segment(at("10:00:00"), at("10:01:00"), state=SegmentState.MISSING)
    away = world.add_segment(at("10:01:00"), at("10:02:00"))
    assert server.error("segments/999/file")[:2] == (404, "segment_not_found")
    assert server.error(address(lost))[:2] == (410, "segment_gone")
    status, code, message = server.error(address(away))
    assert (status, code) == (404, "file_not_found")
    assert "mounted" in message
    assert [one["file"] is None for one in server.json("segments", camera="yard")["segments"]] == [True, False]


@pytest.mark.parametrize("key", ["0", "-1", "x", str(2**63), "1%2F..%2F2"])
def test_what_is_no_number_of_a_segment(server: RunningServer, key: str) -> None:
    status, _code, _message = server.error(f"segments/{key}/file")
    assert status in (404, 422)


@pytest.mark.parametrize("state", [SegmentState.OPEN, SegmentState.CLOSED, SegmentState.DELETING])
def test_the_second_file_is_given_out_while_the_volume_of_the_first_is_away(
    world: World, server: RunningServer, segment: Segment, state: SegmentState
) -> None:
    other = world.folder / "other"
    made = make_segment()
    made.write(other / segment.path)
    with world.index.writing() as writer:
        writer.ensure_volume(Volume("other", str(other)))
        mirror_changed(writer, replace(segment, volume="other", state=state))
    assert server.http.get(address(segment)).content == CONTENT
    world.volume.rename(world.folder / "pulled out")
    if state is SegmentState.DELETING:
        assert server.error(address(segment))[:2] == (404, "file_not_found")
        return
    response = server.http.get(address(segment), headers={"Range": "bytes=100-299"})
    assert (response.status_code, response.content) == (206, made.content[100:300])
    (other / segment.path).unlink()
    assert server.error(address(segment))[:2] == (404, "file_not_found")


@pytest.mark.parametrize(
    "path",
    ["../secret.mp4", "yard/../../secret.mp4", "link.mp4", "folder/secret.mp4", "circle", ".", "pipe", "nul\0"],
)
def test_no_row_leads_out_of_its_volume(world: World, server: RunningServer, path: str) -> None:
    (world.folder / "secret.mp4").write_bytes(b"secret")
    (world.volume / "link.mp4").symlink_to("../secret.mp4")
    (world.volume / "folder").symlink_to(world.folder)
    (world.volume / "circle").symlink_to("circle")
    (world.volume / "yard").mkdir()
    os.mkfifo(world.volume / "pipe")
    segment = world.add_segment(at("10:00:00"), at("10:01:00"), path=path)
    assert server.error(address(segment))[:2] in {(404, "file_not_found"), (503, "file_unreadable")}


def test_an_absolute_path_is_not_followed(world: World, server: RunningServer) -> None:
    secret = world.folder / "secret.mp4"
    secret.write_bytes(b"secret")
    segment = world.add_segment(at("10:00:00"), at("10:01:00"), path=str(secret))
    assert server.error(address(segment))[:2] == (404, "file_not_found")


def test_a_file_is_sent_in_pieces(
    server: RunningServer, segment: Segment, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []
    read = segment_file._read

    def watched(file: FileIO, start: int, length: int) -> bytes:
        asked.append(length)
        return read(file, start, length)

    monkeypatch.setattr(segment_file, "_read", watched)
    assert server.http.get(address(segment)).content == CONTENT
    assert max(asked) == file_response.PIECE_BYTES < len(CONTENT)


def test_files_are_closed_whatever_became_of_them(server: RunningServer, segment: Segment) -> None:
    def open_files() -> int:
        links = [os.path.realpath(fd) for fd in Path("/proc/self/fd").iterdir()]
        return sum(link.endswith(segment.path) for link in links)

    etag = server.http.get(address(segment)).headers["etag"]
    for headers in ({}, {"Range": "bytes=9999999-"}, {"If-None-Match": etag}):
        server.http.get(address(segment), headers=headers)
    server.http.head(address(segment))
    with server.http.stream("GET", address(segment)):
        pass
    wait_until(lambda: open_files() == 0)


def test_a_volume_that_hangs_holds_up_nothing_else(
    world: World, segment: Segment, monkeypatch: pytest.MonkeyPatch
) -> None:
    released = threading.Event()

    def hang(*_: object) -> Path:
        released.wait()
        raise FileNotFoundError

    monkeypatch.setattr(segment_file, "_inside", hang)
    try:
        with running(world.app(file_timeout_s=0.02)) as server:
            answers = [server.error(address(segment)) for _ in range(40)]
            assert {answer[:2] for answer in answers} == {(503, "volume_not_responding")}
            hung = [thread for thread in threading.enumerate() if thread.name.startswith("segment files")]
            assert len(hung) == 32
            assert len(server.json("segments", camera="yard")["segments"]) == 1
    finally:
        released.set()


def test_a_volume_that_hangs_halfway_cuts_the_connection(
    world: World, segment: Segment, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    released = threading.Event()
    read = segment_file._read

    def hang_later(file: FileIO, start: int, length: int) -> bytes:
        if start:
            released.wait()
        return read(file, start, length)

    monkeypatch.setattr(segment_file, "_read", hang_later)
    try:
        with running(world.app(file_timeout_s=0.05)) as server:
            with pytest.raises(httpx.RemoteProtocolError):
                server.http.get(address(segment))
            assert server.json("streams")
    finally:
        released.set()
    assert "its volume does not respond" in caplog.text


def test_a_file_that_became_shorter_cuts_the_connection(
    world: World, server: RunningServer, segment: Segment, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = segment_file._read

    def cut(file: FileIO, start: int, length: int) -> bytes:
        os.truncate(world.volume / segment.path, 300_000)
        return read(file, start, length)

    monkeypatch.setattr(segment_file, "_read", cut)
    with pytest.raises(httpx.RemoteProtocolError):
        server.http.get(address(segment))


def test_a_file_at_another_place_is_brought_back_when_it_is_asked_for(
    world: World, server: RunningServer, segment: Segment
) -> None:
    """Somebody else brings it; the API only asks, and gives out what is there."""
    assert segment.id is not None
    with world.index.writing() as writer:
        copies.want(writer, "offsite", None, after=0, until=segment.id)
        (copy,) = copies.copies_of(writer.connection, segment.id)
        copies.copy_done(writer, copy.id, size=len(CONTENT), sha256="00", at=at("11:00:00"))
        writer.segments_deleted(segment.volume, [segment.path])

    (shown,) = server.json("segments", camera="yard")["segments"]
    assert (shown["state"], shown["file"]) == ("remote", f"/api/v1/{address(segment)}")
    answer = server.http.get(address(segment))
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "segment_remote")
    assert answer.headers["retry-after"] == "2"
    with world.index.reading() as connection:
        task = copies.to_fetch(connection, "offsite")
    assert task is not None and task.segment.id == segment.id

    fetched = world.folder / "fetched" / segment.path
    fetched.parent.mkdir(parents=True)
    fetched.write_bytes(CONTENT)
    assert server.http.get(address(segment)).content == CONTENT
    assert server.http.get(address(segment), headers={"range": "bytes=5-9"}).content == CONTENT[5:10]
