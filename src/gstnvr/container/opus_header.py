"""The header of Opus in MP4, as GStreamer leaves it and as players want it."""

import os
import struct

from gstnvr.container.facts import MalformedError
from gstnvr.container.mp4_boxes import Box, children, find
from gstnvr.container.sample_format import AUDIO_ENTRY_BYTES, opus_box

_HEAD_BYTES = 1 << 16
"""The muxers of recorders write all headers in less."""


def mend_opus_header(fd: int) -> bool:
    """Put the numbers of ``dOps`` in the order of bytes of ISO/IEC 14496-12, if there is one; True: it was wrong.

    GStreamer's mp4mux up to 1.22 writes them the other way round: a delay of a third of a second, and a sampling
    rate of 2 GHz, with which browsers do not play the track. Blocks.

    Raises:
        OSError: the file cannot be read or written.
    """
    head = os.pread(fd, _HEAD_BYTES, 0)
    try:
        box = _find(head)
        if box is None:
            return False
        right = opus_box(head[box.body : box.end])
    except (MalformedError, struct.error):
        return False
    if right == head[box.body : box.end]:
        return False
    os.pwrite(fd, right, box.body)
    return True


def _find(head: bytes) -> Box | None:
    start = find(head, 0, _first_boxes(head), b"moov")
    for trak in children(head, start.body, start.end) if start is not None else ():
        descriptions = find(head, trak.body, trak.end, b"mdia", b"minf", b"stbl", b"stsd")
        for entry in children(head, descriptions.body + 8, descriptions.end) if descriptions is not None else ():
            if entry.kind == b"Opus":
                return find(head, entry.start + AUDIO_ENTRY_BYTES, entry.end, b"dOps")
    return None


def _first_boxes(head: bytes) -> int:
    """Where the last box that is wholly in the head ends."""
    end = 0
    while end + 8 <= len(head):
        size = int.from_bytes(head[end : end + 4], "big")
        if size < 8 or end + size > len(head):
            break
        end += size
    return end
