"""The process that makes one export: the order comes in on standard input, progress goes out as lines of JSON.

It is a process of its own so that neither its work nor a disk that hangs holds up the supervisor. With ``check``
it looks whether an export is as it was signed; with ``decode`` it makes pictures for the sheet.
"""

import logging
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

import msgspec
import psutil

from gstnvr.config.settings import LogLevel
from gstnvr.container.facts import MalformedError
from gstnvr.evidence.decoder import decode_pictures
from gstnvr.evidence.export import ExportError, make_export
from gstnvr.evidence.manifest import MANIFEST, SIGNATURE, Manifest
from gstnvr.evidence.messages import CHECK, CheckOrder, Ended, Failed, Line, MadeFile, Progress, Verified
from gstnvr.evidence.order import Order
from gstnvr.evidence.pictures import DECODE
from gstnvr.evidence.signing import KeyFileError
from gstnvr.evidence.verify import verify
from gstnvr.logs.file import VARIABLE
from gstnvr.logs.setup import configure
from gstnvr.model.clock import SystemClock, format_utc

_log = logging.getLogger(__name__)

_TELL_EVERY_S = 0.25
_NICE = 10


def main() -> int:
    """Do what is asked for; the exit code."""
    os.nice(_NICE)
    if psutil.LINUX:
        psutil.Process().ionice(psutil.IOPRIO_CLASS_IDLE)  # recorders get the disk first
    arguments = sys.argv[1:]
    name = "export-pictures" if DECODE in arguments else "export"
    configure(name, LogLevel.INFO, folder=os.environ.get(VARIABLE))
    if DECODE in arguments:
        return _decode()
    return _check() if CHECK in arguments else _export()


def _decode() -> int:
    from gstnvr.gst.still_pictures import StillPictures  # noqa: PLC0415 - an export needs no GStreamer

    decode_pictures(StillPictures)
    return 0


def _export() -> int:
    order = msgspec.json.decode(sys.stdin.buffer.read(), type=Order)
    cameras = ", ".join(str(camera.camera) for camera in order.cameras)
    start, end = format_utc(order.start), format_utc(order.end)
    _log.info("%s %s begins: %s, %s to %s", order.kind, order.uid, cameras, start, end)
    try:
        made = make_export(order, SystemClock(), _teller())
    except (ExportError, KeyFileError, MalformedError) as error:
        return _failed(order, str(error))
    except OSError as error:
        return _failed(order, f"{error.filename or 'a disk'}: {error.strerror or error}")
    ended = _ended(Path(order.folder), made)
    _log.info("%s is made: %d files, %.3f s are missing", order.uid, len(ended.files), ended.missing_s)
    _say(ended)
    return 0


def _check() -> int:
    order = msgspec.json.decode(sys.stdin.buffer.read(), type=CheckOrder)
    tell = _teller()
    try:
        verdict = verify(Path(order.folder), tell=lambda done, total: tell(Progress("verifying", done, total)))
    except OSError as error:
        _say(Failed(f"{error.filename or 'a disk'}: {error.strerror or error}"))
        return 1
    problems = tuple(f"{problem.file} {problem.message}" for problem in verdict.problems)
    _log.info("%s: %s", order.folder, "; ".join(problems) or "as it was signed")
    _say(Verified(problems, verdict.fingerprint))
    return 0


def _teller() -> Callable[[Progress], None]:
    """Tells how far it is, not more often than somebody can read it."""
    told = 0.0

    def tell(progress: Progress) -> None:
        nonlocal told
        now = time.monotonic()
        if now - told >= _TELL_EVERY_S:
            told = now
            _say(progress)

    return tell


def _failed(order: Order, message: str) -> int:
    _log.error("%s cannot be made: %s", order.uid, message)
    _say(Failed(message))
    return 1


def _ended(folder: Path, made: Manifest) -> Ended:
    missing = sum(one.seconds for camera in made.cameras for one in camera.missing)
    documents = [MadeFile(name, (folder / name).stat().st_size) for name in (MANIFEST, SIGNATURE)]
    return Ended((*(MadeFile(entry.name, entry.size) for entry in made.files), *documents), missing)


def _say(line: Line) -> None:
    sys.stdout.buffer.write(msgspec.json.encode(line) + b"\n")
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    sys.exit(main())
