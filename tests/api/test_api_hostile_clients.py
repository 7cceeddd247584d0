"""Clients that send what no client should, or nothing, or too much of it: others do not notice."""

import gzip
import json
import socket
from collections.abc import Collection
from contextlib import ExitStack

import pytest

from gstnvr.api.access import connections
from tests.api.rig import TOKEN, RunningServer, World, running
from tests.rig.raw_http import answer_to, connected, frame, until, until_closed, websocket_request
from tests.rig.waiting import wait_until

HOST = b"Host: 127.0.0.1\r\n"
LOGIN = b"POST /api/v1/login HTTP/1.1\r\n" + HOST
SECOND = b"GET /api/v1/setup HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n"
"""Would be answered with 200."""


# --- slow ones, and many ------------------------------------------------------------------------------


def connections_of(server: RunningServer) -> Collection[object]:
    """Those that it has, now and later."""
    serving = server.server._server
    assert serving is not None
    return serving.server_state.connections


@pytest.mark.parametrize(
    "begun",
    [
        b"",
        b"G",
        b"GET /api/v1/setup HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: a",
        LOGIN + b"Content-Length: 100\r\n\r\n{",
        LOGIN + b"Transfer-Encoding: chunked\r\n\r\n5\r\n{",
    ],
    ids=["silence", "a letter", "half a head", "half a body", "half a chunk"],
)
def test_who_does_not_finish_a_request_is_cut_off(
    server: RunningServer, monkeypatch: pytest.MonkeyPatch, begun: bytes
) -> None:
    monkeypatch.setattr(connections, "REQUEST_WITHIN_S", 0.3)
    with connected(server.server.port) as slow:
        slow.sendall(begun)
        assert until_closed(slow) == b""


def test_a_byte_now_and_then_is_no_way_to_stay(server: RunningServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "REQUEST_WITHIN_S", 0.5)
    with connected(server.server.port) as slow:
        slow.sendall(b"GET / HTTP/1.1\r\n" + HOST + b"X-Slow: ")
        slow.settimeout(0.05)
        for _ in range(600):
            try:
                slow.sendall(b"a")
                if slow.recv(1) == b"":
                    return
            except TimeoutError:
                continue
            except (BrokenPipeError, ConnectionResetError):
                return
        pytest.fail("it is still connected")


def test_whoever_keeps_a_connection_may_use_it_again(
    server: RunningServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "REQUEST_WITHIN_S", 0.5)
    ask = b"GET /api/v1/setup HTTP/1.1\r\n" + HOST + b"\r\n"
    with connected(server.server.port) as client:
        for _ in range(2):
            client.sendall(ask)
            assert b"200 OK" in until(client, b"}")
            client.settimeout(1)
            with pytest.raises(TimeoutError):
                client.recv(1)
            client.settimeout(30)
        client.sendall(ask + ask)
        assert until(client, b"}").count(b"200 OK") == 1
        assert b"200 OK" in until(client, b"}")


def test_who_has_most_connections_makes_room_for_others(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "MOST_CONNECTIONS", 20)
    with running(world.app()) as server, ExitStack() as held:
        port = server.server.port
        with connected(port, "127.0.0.2") as before:
            for _ in range(60):
                held.enter_context(connected(port, "127.0.0.3"))
            kept = connections_of(server)
            with connected(port, "127.0.0.4") as after:
                for connection in (before, after):
                    connection.sendall(SECOND)
                    assert b"200 OK" in until_closed(connection)
            assert len(kept) <= 20


# --- where a request ends -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "head",
    [
        b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
        b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
        b"Content-Length: 5\r\nContent-Length: 6\r\n",
        b"Content-Length: 5, 6\r\n",
        b"Content-Length: +5\r\n",
        b"Content-Length: 0x5\r\n",
        b"Content-Length : 5\r\n",
        b" Content-Length: 5\r\n",
        b"Content-Length: 5\r\n folded: yes\r\nX\x00: y\r\n",
        b"Transfer-Encoding: xchunked\r\n",
        b"Transfer-Encoding: chunked, identity\r\n",
        b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
        b"Transfer-Encoding : chunked\r\n",
        b"Transfer-Encoding:\x0bchunked\r\n",
    ],
)
def test_a_request_of_doubtful_length_smuggles_no_second_one(server: RunningServer, head: bytes) -> None:
    answer = answer_to(server.server.port, LOGIN + head + b"\r\n0\r\n\r\n" + SECOND)
    assert answer.startswith(b"HTTP/1.1 4")
    assert b"200 OK" not in answer, "nothing is believed of what follows"
    assert set(json.loads(answer.rpartition(b"\r\n\r\n")[2])["error"]) == {"code", "message"}
    assert b"x-content-type-options: nosniff" in answer.lower()


def test_a_header_without_end_is_not_collected(server: RunningServer) -> None:
    with connected(server.server.port) as client:
        client.sendall(b"GET / HTTP/1.1\r\n" + HOST + b"X-Long: ")
        try:
            for _ in range(200):
                client.sendall(b"a" * 65_536)
        except (BrokenPipeError, ConnectionResetError):
            return
        assert until_closed(client) == b"" or b"400" in until_closed(client)
        pytest.fail("13 MB of a header were taken")


def test_nothing_is_unpacked(server: RunningServer) -> None:
    """A bomb stays as small as it came."""
    bomb = gzip.compress(b'{"name": "' + b"a" * 50_000_000 + b'"}')
    assert len(bomb) < 100_000
    with server.client() as client:
        headers = {"content-type": "application/json", "content-encoding": "gzip"}
        answer = client.post("login", content=bomb, headers=headers)
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "bad_parameter")
    assert answer.elapsed.total_seconds() < 10


# --- WebSockets ---------------------------------------------------------------------------------------


def opened(client: socket.socket, port: int) -> None:
    client.sendall(websocket_request("/api/v1/events", port, TOKEN))
    assert b"101" in until(client, b"\r\n\r\n")


def waiting_bytes(server: RunningServer) -> int:
    kept = connections_of(server)
    sockets = [one for one in kept if isinstance(one, connections.WebSocketConnection)]
    return max((one.transport.get_write_buffer_size() for one in sockets), default=0)


def test_pings_of_one_who_reads_no_answers_fill_no_memory(server: RunningServer) -> None:
    with socket.socket() as deaf:
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        deaf.settimeout(30)
        deaf.connect(("127.0.0.1", server.server.port))
        opened(deaf, server.server.port)
        deaf.settimeout(2)
        pings = frame(9, b"x" * 125) * 1000
        with pytest.raises((TimeoutError, ConnectionError)):
            for _ in range(1000):
                deaf.sendall(pings)
        assert waiting_bytes(server) < 2_000_000, "131 MB of pongs were on their way"


def test_a_message_of_endless_fragments_ends_the_connection(server: RunningServer) -> None:
    with connected(server.server.port) as client:
        opened(client, server.server.port)
        client.sendall(frame(1, b"{", last=False) + frame(0, b"", last=False) * 2000)
        assert b"too many fragments" in until_closed(client)


def test_a_flood_of_messages_holds_up_nobody_else(server: RunningServer, world: World) -> None:
    wish = frame(1, b'{"type": "subscribe", "topics": []}')
    with connected(server.server.port) as client:
        opened(client, server.server.port)
        client.sendall(wish * 5000)
        assert server.json("streams")["streams"]
    wait_until(lambda: world.events.listeners == 0)
