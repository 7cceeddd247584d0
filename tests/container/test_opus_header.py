"""Opus in MP4 is described as players want it, and nothing else of a file is touched."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from gstnvr.container.opus_header import mend_opus_header
from gstnvr.container.scan import scan_file

Example = Callable[[str], Path]
BOX = b"dOps"


def mended(path: Path) -> bool:
    with path.open("r+b", buffering=0) as file:
        return mend_opus_header(file.fileno())


def test_the_header_says_what_the_standard_wants(example: Example, tmp_path: Path) -> None:
    path = tmp_path / "opus.mp4"
    shutil.copy(example("h264_opus.mp4"), path)
    before = path.read_bytes()
    at = before.index(BOX) + len(BOX)
    mended(path)
    after = path.read_bytes()
    version, channels = after[at : at + 2]
    pre_skip, rate = int.from_bytes(after[at + 2 : at + 4], "big"), int.from_bytes(after[at + 4 : at + 8], "big")
    assert (version, channels, rate) == (0, 1, 48_000)
    assert 0 < pre_skip < 4800, "less than a tenth of a second"
    assert (after[:at], after[at + 11 :]) == (before[:at], before[at + 11 :])
    assert scan_file(path) == scan_file(example("h264_opus.mp4"))
    assert not mended(path), "once is enough"


@pytest.mark.parametrize("name", ["h264.mp4", "h264_aac.mp4", "h264_opus.mkv", "mjpeg.mkv"])
def test_other_files_are_left_alone(example: Example, tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    shutil.copy(example(name), path)
    assert not mended(path)
    assert path.read_bytes() == example(name).read_bytes()


def test_a_file_that_is_cut_in_its_header_is_left_alone(example: Example, tmp_path: Path) -> None:
    whole = example("h264_opus.mp4").read_bytes()
    path = tmp_path / "cut.mp4"
    for size in range(0, whole.index(BOX) + 16, 7):
        path.write_bytes(whole[:size])
        assert not mended(path)
        assert path.read_bytes() == whole[:size]
