"""What the process that decodes pictures does: wishes come in on standard input, a line goes out for each."""

import sys
from collections.abc import Callable
from itertools import groupby
from pathlib import Path

import msgspec

from gstnvr.evidence.pictures import Picture, Wish, Wishes
from gstnvr.media.stills import NoPictureError, Stills


def decode_pictures(open_file: Callable[[Path, int], Stills]) -> None:
    """Make what can be made; what cannot is left out.

    Args:
        open_file: decodes a file to pictures so many points wide.
    """
    wanted = msgspec.json.decode(sys.stdin.buffer.read(), type=Wishes)
    for file, wishes in groupby(wanted.wishes, key=lambda wish: wish.file):
        try:
            stills = open_file(Path(wanted.folder) / file, wanted.width)
        except NoPictureError as error:
            sys.stderr.write(f"{file}: {error}\n")
            continue
        try:
            _tell(stills, file, list(wishes))
        except NoPictureError as error:
            sys.stderr.write(f"{file}: {error}\n")
        finally:
            stills.close()


def _tell(stills: Stills, file: str, wishes: list[Wish]) -> None:
    for wish in wishes:
        jpeg = stills.at(round(wish.at_s * 1e9))
        sys.stdout.buffer.write(msgspec.json.encode(Picture(file, wish.at_s, jpeg)) + b"\n")
        sys.stdout.buffer.flush()
