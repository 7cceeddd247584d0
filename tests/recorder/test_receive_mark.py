"""The receive mark on real sockets."""

import contextlib
import select
import socket
import threading
import time
from collections.abc import Iterator

import pytest

from gstnvr.recorder.sessions.receive_mark import LARGEST_BYTES, OFF, MarkWish, Peer, agree, apply, mark_for

PEER = ("192.0.2.1", 554)


@contextlib.contextmanager
def connected(family: int = socket.AF_INET) -> Iterator[tuple[socket.socket, socket.socket, Peer]]:
    """Our side, the camera's side, and the camera's address."""
    host = "127.0.0.1" if family == socket.AF_INET else "::1"
    with socket.create_server((host, 0), family=family) as server:
        port = server.getsockname()[1]
        with socket.create_connection((host, port)) as ours, server.accept()[0] as theirs:
            yield ours, theirs, (host, port)


def mark_of(connection: socket.socket) -> int:
    return connection.getsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT)


@pytest.mark.parametrize(
    ("bitrate", "mark"), [(0, OFF), (100_000, OFF), (400_000, 12_500), (2_000_000, 62_500), (1e9, LARGEST_BYTES)]
)
def test_the_mark_follows_the_bit_rate(bitrate: float, mark: int) -> None:
    assert mark_for(bitrate) == mark


def test_the_smallest_wish_holds_for_all_sockets_of_a_peer() -> None:
    other = ("192.0.2.2", 554)
    wishes = [MarkWish(PEER, 9000), MarkWish(other, 5000), MarkWish(PEER, OFF)]
    assert agree(wishes) == {PEER: OFF, other: 5000}
    assert agree([]) == {}


@pytest.mark.parametrize("family", [socket.AF_INET, socket.AF_INET6])
def test_the_mark_is_set_on_the_sockets_of_that_peer_alone(family: int) -> None:
    if family == socket.AF_INET6 and not socket.has_ipv6:
        pytest.skip("no IPv6 here")
    with connected(family) as (ours, theirs, peer), connected() as (other, _, _):
        apply({peer: 9000})
        assert mark_of(ours) == 9000
        assert mark_of(theirs) == OFF
        assert mark_of(other) == OFF
        apply({peer: OFF})
        assert mark_of(ours) == OFF


def test_other_kinds_of_sockets_are_left_alone() -> None:
    with connected() as (ours, _, peer), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams:
        datagrams.connect(peer)
        left, right = socket.socketpair()
        with left, right:
            apply({peer: 9000})
            assert mark_of(ours) == 9000
            assert mark_of(datagrams) == OFF
            assert mark_of(left) == OFF
            left.send(b"still open")
            assert right.recv(10) == b"still open"


def test_a_reader_sleeps_below_the_mark_and_is_woken_when_it_is_lowered() -> None:
    with connected() as (ours, theirs, peer):
        apply({peer: 9000})
        theirs.sendall(bytes(5000))
        assert select.select([ours], [], [], 0.1)[0] == []
        woken: list[float] = []

        def read() -> None:
            if select.select([ours], [], [], 5.0)[0]:
                woken.append(time.monotonic())

        reader = threading.Thread(target=read)
        reader.start()
        reader.join(0.1)
        assert reader.is_alive()
        lowered = time.monotonic()
        apply({peer: OFF})
        reader.join(5.0)
        assert woken
        assert woken[0] - lowered < 1.0
        assert len(ours.recv(10_000)) == 5000
