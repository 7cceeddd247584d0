"""Byte ranges as RFC 9110 has them."""

import pytest

from gstnvr.api.common.ranges import ByteRange, UnsatisfiableError, parse_range


@pytest.mark.parametrize(
    ("header", "start", "stop"),
    [
        ("bytes=0-0", 0, 1),
        ("bytes=0-", 0, 1000),
        ("bytes=999-", 999, 1000),
        ("bytes=10-19", 10, 20),
        ("bytes=990-5000", 990, 1000),
        ("bytes=-1", 999, 1000),
        ("bytes=-5000", 0, 1000),
        (" Bytes = 5 - 6 ", 5, 7),
    ],
)
def test_a_single_range_is_honoured(header: str, start: int, stop: int) -> None:
    assert parse_range(header, 1000) == ByteRange(start, stop)


@pytest.mark.parametrize("header", ["bytes=1000-", "bytes=1000-2000", "bytes=-0", f"bytes={'9' * 30}-"])
def test_a_range_without_a_single_byte_is_refused(header: str) -> None:
    with pytest.raises(UnsatisfiableError):
        parse_range(header, 1000)


@pytest.mark.parametrize(
    "header",
    [None, "", "bytes", "bytes=", "bytes=-", "bytes=a-b", "bytes=5-4", "bytes=0-1,5-6", "items=0-1", "bytes=٣-"],
)
def test_what_is_no_single_byte_range_is_ignored(header: str | None) -> None:
    assert parse_range(header, 1000) is None


def test_content_range_names_the_last_byte_and_not_the_one_after() -> None:
    assert ByteRange(10, 20).content_range(1000) == "bytes 10-19/1000"
