"""What a source of GStreamer is told, with what matters to a test."""

from typing import Any

from gstnvr.media.pipelines import SourceSpec
from gstnvr.media.units import VideoCodec
from gstnvr.model.choices import Transport


def source_spec(url: str, **facts: Any) -> SourceSpec:
    """H.264 without sound over TCP, if nothing else is said; ``facts`` are fields of a ``SourceSpec``."""
    usual: dict[str, Any] = {
        "username": None,
        "password": None,
        "transport": Transport.TCP,
        "latency_ms": 200,
        "tcp_timeout_ms": 10_000,
        "keepalive_s": 5.0,
        "video": VideoCodec.H264,
        "audio": None,
    }
    return SourceSpec(url=url, **usual | facts)
