"""Motion JPEG in RTP: pieces make the picture again, and what RTP cannot carry is told."""

import struct
import subprocess
from pathlib import Path

import pytest

from gstnvr.media.clips import ClipError
from gstnvr.media.jpeg import take_apart
from gstnvr.rtsp.rtp_jpeg import jpeg_payloads

pytestmark = pytest.mark.gst

PIECE = 300


def picture(path: Path, width: int = 320, height: int = 180) -> bytes:
    pipeline = (
        f"videotestsrc num-buffers=1 ! video/x-raw,format=I420,width={width},height={height} ! "
        f"jpegenc ! filesink location={path}"
    )
    subprocess.run(["gst-launch-1.0", "-q", *pipeline.split()], check=True, timeout=60)
    return path.read_bytes()


def test_pieces_are_no_longer_than_allowed_and_make_the_picture_again(tmp_path: Path) -> None:
    jpeg = picture(tmp_path / "small.jpg")
    parts = take_apart(jpeg)
    pieces = list(jpeg_payloads(jpeg, PIECE))
    assert len(pieces) > 3
    assert all(len(piece) <= PIECE for piece in pieces)
    scan = b""
    for number, piece in enumerate(pieces):
        offset, kind, quality, width, height = struct.unpack_from(">IBBBB", piece)
        assert (offset, kind, quality) == (len(scan), 1, 255)
        assert (width * 8, height * 8) == (320, 184), "rounded up to whole blocks"
        body = piece[8:]
        if number == 0:
            assert struct.unpack_from(">BBH", body) == (0, 0, 128)
            assert body[4:132] == parts.quantization
            body = body[132:]
        scan += body
    assert scan == parts.scan


def test_restart_intervals_are_told_in_every_piece(tmp_path: Path) -> None:
    jpeg = picture(tmp_path / "marked.jpg")
    start = jpeg.index(b"\xff\xc0")
    marked = jpeg[:start] + b"\xff\xdd\x00\x04\x00\x07" + jpeg[start:]
    for piece in jpeg_payloads(marked, PIECE):
        assert piece[4] == 65
        assert struct.unpack_from(">HH", piece, 8) == (7, 0xFFFF)


def test_pictures_that_are_too_large_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ClipError, match="larger than 2040"):
        list(jpeg_payloads(picture(tmp_path / "wide.jpg", width=2048, height=16), PIECE))


def test_what_is_no_picture_is_refused() -> None:
    with pytest.raises(ClipError, match="RTP cannot carry"):
        list(jpeg_payloads(b"no picture", PIECE))
