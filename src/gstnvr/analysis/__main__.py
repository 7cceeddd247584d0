"""The process that makes thumbnails: orders come in on standard input, pictures go out on standard output.

It is a process of its own because decoders may crash on odd video, and because neither recorders nor the API may
be held up by them. It ends when its input does, and when it has grown too large: another one begins small.
"""

import os
import resource
import sys

import msgspec
import psutil

from gstnvr.analysis.messages import Order
from gstnvr.analysis.thumbnailer import Thumbnailer
from gstnvr.media.key_pictures import EncodedVideo, KeyPictures

NICE = 15
GROWN_BYTES = 384 << 20
"""Of memory in use, after which it ends."""
MOST_BYTES = 2 << 30
"""Of data, which it never gets."""


def _make_decoder(video: EncodedVideo, width: int) -> KeyPictures:
    from gstnvr.gst.key_pictures import WarmDecoder  # noqa: PLC0415 - what is missing is told, and nothing else fails

    return WarmDecoder(video, width)


def _stand_back() -> psutil.Process:
    """Recorders get processors, disks and memory first."""
    os.nice(NICE)
    process = psutil.Process()
    if psutil.LINUX:
        process.ionice(psutil.IOPRIO_CLASS_IDLE)
        resource.setrlimit(resource.RLIMIT_DATA, (MOST_BYTES, MOST_BYTES))
    return process


def main() -> int:
    """Obey until standard input ends; the exit code."""
    process = _stand_back()
    thumbnailer = Thumbnailer(_make_decoder)
    for line in sys.stdin.buffer:
        answer = thumbnailer.answer(msgspec.json.decode(line, type=Order))
        sys.stdout.buffer.write(msgspec.json.encode(answer) + b"\n")
        sys.stdout.buffer.flush()
        if process.memory_info().rss > GROWN_BYTES:
            break
    thumbnailer.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
