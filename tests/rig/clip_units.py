"""Access units of the simulator's test picture."""

import tempfile
from functools import cache
from pathlib import Path

from gstnvr.gst.pattern_encoder import GstPatternEncoder
from gstnvr.media.clips import PatternSpec
from gstnvr.media.units import VideoCodec


@cache
def pattern_units(codec: VideoCodec) -> tuple[tuple[bytes, ...], ...]:
    """NAL units of each access unit."""
    spec = PatternSpec("clip", 180, 10, codec, None)
    with tempfile.TemporaryDirectory() as cache_folder:
        clip = GstPatternEncoder().pattern(spec, Path(cache_folder))
    return tuple(unit.data for unit in clip.video.units)
