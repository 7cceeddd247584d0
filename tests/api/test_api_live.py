"""Live pictures over a WebSocket, and snapshots, as far as the API is concerned."""

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from gstnvr.api.access import connections
from gstnvr.api.live.ports import NoPictureError, NotPlayableError, Snapshot, WebRtcMissingError
from gstnvr.model.access import ALL_CAMERAS, Caller, Cameras, Role, Via
from gstnvr.model.live import (
    ShownAudio,
    ShownFormat,
    ShownVideo,
    Skipped,
    TooManyViewersError,
    Waiting,
    WaitReason,
)
from tests.api.rig import NOW, TOKEN, YARD, RunningServer, World
from tests.rig.waiting import wait_until

FORMAT = ShownFormat(
    "video/mp4", ShownVideo("h264", 640, 360), ShownAudio("aac", 16_000, 1), None, 1_795_000_000_000
)
PATH = "/api/v1/cameras/yard/streams/main/live"
WHEP = "cameras/yard/streams/main/whep"
SDP = {"content-type": "application/sdp"}


@contextmanager
def watching(server: RunningServer, path: str = PATH, **headers: str) -> Iterator[ClientConnection]:
    address = server.url.replace("http:", "ws:") + path
    shown = {"Authorization": f"Bearer {TOKEN}"} | headers
    with connect(address, proxy=None, additional_headers=shown, open_timeout=30) as connection:
        yield connection


def test_a_viewer_is_sent_what_comes(world: World, server: RunningServer) -> None:
    world.live.shown = [Waiting(WaitReason.NOT_CONNECTED), FORMAT, b"beginning", b"piece", Skipped(), b"key"]
    with watching(server) as connection:
        received = [connection.recv(timeout=30) for _ in range(6)]
    assert [json.loads(message) for message in received if isinstance(message, str)] == [
        {"type": "waiting", "reason": "not_connected"},
        {
            "type": "format",
            "mime": "video/mp4",
            "video": {"codec": "h264", "width": 640, "height": 360},
            "audio": {"codec": "aac", "sample_rate": 16_000, "channels": 1},
            "audio_left_out": None,
            "epoch_ms": 1_795_000_000_000,
        },
        {"type": "skipped"},
    ]
    assert [message for message in received if isinstance(message, bytes)] == [b"beginning", b"piece", b"key"]


def test_a_viewer_who_goes_is_forgotten(world: World, server: RunningServer) -> None:
    with watching(server), watching(server, f"{PATH}?audio=false"):
        wait_until(lambda: world.live.watching == 2)
    wait_until(lambda: world.live.watching == 0)
    assert sorted(world.live.watched) == [(YARD, False), (YARD, True)]


def test_a_viewer_who_reads_nothing_is_lost(
    world: World, server: RunningServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "NOT_READ_FOR_S", 0.3)
    world.live.shown = [FORMAT, *(bytes(1 << 20) for _ in range(64))]
    with socket.create_connection(("127.0.0.1", server.server.port), timeout=30) as peer:
        lines = [
            f"GET {PATH} HTTP/1.1",
            f"Host: 127.0.0.1:{server.server.port}",
            "Connection: Upgrade",
            "Upgrade: websocket",
            f"Authorization: Bearer {TOKEN}",
            "Sec-WebSocket-Version: 13",
            "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
        ]
        peer.sendall("\r\n".join([*lines, "", ""]).encode())
        wait_until(lambda: world.live.watching == 1)
        wait_until(lambda: world.live.watching == 0)


def test_a_camera_that_is_taken_out_is_shown_no_longer(world: World, server: RunningServer) -> None:
    with watching(server) as connection:
        wait_until(lambda: world.live.watching == 1)
        world.streams.clear()
        with pytest.raises(ConnectionClosed) as closed:
            connection.recv(timeout=30)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 4404


def test_too_many_viewers_are_told(world: World, server: RunningServer) -> None:
    world.live.full = True
    with watching(server) as connection, pytest.raises(ConnectionClosed) as closed:
        connection.recv(timeout=30)
    assert closed.value.rcvd is not None
    assert (closed.value.rcvd.code, "256" in closed.value.rcvd.reason) == (1013, True)


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/cameras/garden/streams/main/live",
        "/api/v1/cameras/yard/streams/sub/live",
        "/api/v1/cameras/yard/streams/other/live",
        "/api/v1/cameras/..%2f/streams/main/live",
        f"{PATH}?audio=loud",
    ],
)
def test_what_is_not_there_is_refused(world: World, server: RunningServer, path: str) -> None:
    with pytest.raises(InvalidStatus) as refused, watching(server, path):
        pass
    assert 400 <= refused.value.response.status_code < 500
    assert not world.live.watched


def test_a_page_of_another_site_may_not_watch(world: World, server: RunningServer) -> None:
    with pytest.raises(InvalidStatus) as refused, watching(server, Origin="http://elsewhere.example"):
        pass
    assert refused.value.response.status_code == 403
    assert not world.live.watched


def test_a_name_of_another_site_is_refused(world: World, server: RunningServer) -> None:
    with (
        socket.create_connection(("127.0.0.1", server.server.port), timeout=30) as peer,
        pytest.raises(InvalidStatus) as refused,
        connect(f"ws://elsewhere.example{PATH}", sock=peer, proxy=None),
    ):
        pass
    assert refused.value.response.status_code == 403


def test_without_an_upgrade_it_says_what_it_is(server: RunningServer) -> None:
    status, code, message = server.error("cameras/yard/streams/main/live")
    assert (status, code) == (426, "upgrade_required")
    assert "WebSocket" in message


PASSWORD = "correct horse battery"
LOCAL = Caller("local:root", Role.ADMINISTRATOR, ALL_CAMERAS, Via.LOCAL)


def log_in(world: World, name: str, *cameras: str) -> str:
    """The cookie of a new viewer who sees these cameras."""
    world.door.book.load()
    world.accounts.add(LOCAL, "root", Role.ADMINISTRATOR, ALL_CAMERAS, PASSWORD)
    world.accounts.add(LOCAL, name, Role.VIEWER, Cameras.of(list(cameras)), PASSWORD)
    return f"gstnvr_session={world.door.log_in(name, PASSWORD, None, '192.0.2.1', None).secret}"


def test_who_may_not_see_a_camera_watches_nothing(world: World, server: RunningServer) -> None:
    stranger = log_in(world, "stranger", "garden")
    for headers in ({}, {"Cookie": stranger}, {"Authorization": "Bearer made-up"}):
        with (
            pytest.raises(InvalidStatus) as refused,
            connect(server.url.replace("http:", "ws:") + PATH, proxy=None, additional_headers=headers),
        ):
            pass
        assert refused.value.response.status_code in (401, 403, 404)
    assert not world.live.watched


def test_rights_that_are_taken_away_end_what_lasts(world: World, server: RunningServer) -> None:
    cookie = log_in(world, "kim", "yard")
    address = server.url.replace("http:", "ws:") + PATH
    with (
        connect(address, proxy=None, additional_headers={"Cookie": cookie}, open_timeout=30) as connection,
        server.client(cookie=cookie) as client,
    ):
        wait_until(lambda: world.live.watching == 1)
        assert client.post(WHEP, content="v=0", headers=SDP).status_code == 201
        world.accounts.remove(LOCAL, "kim")
        with pytest.raises(ConnectionClosed) as closed:
            connection.recv(timeout=30)
        wait_until(lambda: not world.live.session_lives)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1008


def test_a_snapshot(world: World, server: RunningServer) -> None:
    world.live.picture = Snapshot(b"\xff\xd8 a picture", NOW)
    response = server.http.get("cameras/yard/snapshot", params={"width": "320"})
    assert (response.status_code, response.content) == (200, b"\xff\xd8 a picture")
    assert response.headers["content-type"] == "image/jpeg"
    assert response.headers["gstnvr-picture-time"] == "2026-11-21T12:00:00.000Z"
    assert response.headers["cache-control"] == "no-store"


def test_no_snapshot_without_a_picture(server: RunningServer) -> None:
    status, code, message = server.error("cameras/yard/snapshot")
    assert (status, code) == (503, "no_picture")
    assert "yard/main" in message


@pytest.mark.parametrize(
    ("camera", "query", "status"),
    [("garden", {}, 404), ("yard", {"stream": "sub"}, 404), ("yard", {"width": "8"}, 422), ("..", {}, 404)],
)
def test_no_snapshot_of_what_is_not_there(
    world: World, server: RunningServer, camera: str, query: dict[str, str], status: int
) -> None:
    world.live.picture = Snapshot(b"", NOW)
    assert server.error(f"cameras/{camera}/snapshot", **query)[0] == status


# --- WebRTC -------------------------------------------------------------------------------------------


def test_an_offer_gives_an_answer_and_an_address(world: World, server: RunningServer) -> None:
    response = server.http.post(WHEP, content="v=0\r\noffer", headers=SDP)
    assert (response.status_code, response.text) == (201, "v=0\r\n")
    assert response.headers["content-type"].startswith("application/sdp")
    assert response.headers["location"] == f"/api/v1/{WHEP}/made-up"
    assert world.live.offers == [(YARD, "v=0\r\noffer")]
    assert server.http.delete(f"{server.url}{response.headers['location']}").status_code == 204
    assert world.live.closed == [(YARD, "made-up")]


def test_a_session_that_is_not_there_cannot_be_ended(server: RunningServer) -> None:
    response = server.http.delete(f"{WHEP}/another")
    assert (response.status_code, response.json()["error"]["code"]) == (404, "session_not_found")


@pytest.mark.parametrize(
    ("obstacle", "status", "code"),
    [
        (NotPlayableError("the viewer takes no H.264"), 406, "not_playable"),
        (NoPictureError("yard/main sends no picture now"), 503, "no_picture"),
        (TooManyViewersError("64 watch already"), 503, "too_many_viewers"),
        (WebRtcMissingError("GStreamer has no element 'webrtcbin'"), 503, "webrtc_missing"),
    ],
)
def test_why_there_is_no_session_is_told(
    world: World, server: RunningServer, obstacle: Exception, status: int, code: str
) -> None:
    world.live.obstacle = obstacle
    response = server.http.post(WHEP, content="v=0", headers=SDP)
    assert response.status_code == status
    assert response.json() == {"error": {"code": code, "message": str(obstacle)}}


def test_no_session_with_what_is_not_there(world: World, server: RunningServer) -> None:
    for path, offer, status in (
        ("cameras/garden/streams/main/whep", "v=0", 404),
        ("cameras/yard/streams/sub/whep", "v=0", 404),
        (WHEP, "v" * 100_001, 422),
    ):
        assert server.http.post(path, content=offer, headers=SDP).status_code == status
    assert not world.live.offers
