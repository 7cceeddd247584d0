"""Bytes to and from a server, as no well-behaved client would send them."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager

PATIENCE_S = 30.0


@contextmanager
def connected(port: int, address: str = "127.0.0.1") -> Iterator[socket.socket]:
    """A connection from one of this machine's addresses."""
    with socket.create_connection(("127.0.0.1", port), PATIENCE_S, (address, 0)) as connection:
        yield connection


def answer_to(port: int, request: bytes) -> bytes:
    """All that comes until the server hangs up."""
    with connected(port) as connection:
        connection.sendall(request)
        return until_closed(connection)


def until_closed(connection: socket.socket) -> bytes:
    """All that comes until the server hangs up."""
    heard = b""
    try:
        while piece := connection.recv(65_536):
            heard += piece
    except ConnectionResetError:
        pass
    return heard


def until(connection: socket.socket, end: bytes) -> bytes:
    """All that comes up to this."""
    heard = b""
    while end not in heard:
        piece = connection.recv(1)
        assert piece, heard
        heard += piece
    return heard


def frame(opcode: int, content: bytes = b"", *, last: bool = True) -> bytes:
    """One of a WebSocket, with less than 126 bytes, from a client."""
    return bytes([opcode | (0x80 if last else 0), 0x80 | len(content), 0, 0, 0, 0]) + content


def websocket_request(path: str, port: int, token: str) -> bytes:
    """Opens a WebSocket."""
    return (
        f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Authorization: Bearer {token}\r\n"
        "Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    ).encode()
