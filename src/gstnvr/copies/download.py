"""One copy on its way back: read in pieces, decrypted, verified, and only then given its name."""

import hashlib
import os
from pathlib import Path, PurePosixPath

from gstnvr.copies import encryption
from gstnvr.copies.places import CopyError, DifferentError, Place
from gstnvr.copies.upload import read_whole
from gstnvr.model.copies import Copy
from gstnvr.volume.files import close_segment, create_segment_file, locate, remove_file, sync_directory

_UNFINISHED = ".fetching-"


def download(place: Place, copy: Copy, root: Path, relative: str, key: bytes | None) -> int:
    """Bring a copy back to ``relative`` below ``root``; its size in bytes. Blocks.

    Nothing is there under this name until all of it is on the disk and has the right checksum. A file that is
    there already is left alone.

    Raises:
        CopyError: it cannot be had, or is not what was copied.
        OSError: it cannot be written.
    """
    final = locate(root, relative)
    if final.exists():
        raise CopyError(f"{final} is there already; gstnvr check --repair enters it")
    name = PurePosixPath(relative)
    unfinished = str(name.with_name(f"{_UNFINISHED}{name.name}"))
    remove_file(root, unfinished)
    size = _write(place, copy, root, unfinished, key)
    locate(root, unfinished).rename(final)
    sync_directory(final.parent)
    return size


def _write(place: Place, copy: Copy, root: Path, relative: str, key: bytes | None) -> int:
    pieces = read_whole(place, copy.path, copy.size)
    if copy.path.endswith(encryption.SUFFIX):
        if key is None:
            raise CopyError(f"{copy.path} is encrypted, and {copy.place} has no encrypt_key_file any more")
        pieces = encryption.decrypt(pieces, key)
    descriptor = create_segment_file(root, relative)
    sha256 = hashlib.sha256()
    try:
        for piece in pieces:
            sha256.update(piece)
            _write_all(descriptor, piece)
    except (CopyError, OSError, encryption.EncryptionError) as error:
        os.close(descriptor)
        remove_file(root, relative)
        if isinstance(error, encryption.EncryptionError):
            raise DifferentError(f"{copy.path}: {error}") from error
        raise
    size = close_segment(descriptor, locate(root, relative))
    if sha256.hexdigest() != copy.sha256:
        remove_file(root, relative)
        raise DifferentError(f"{copy.path} is not what was copied: its checksum is another")
    return size


def _write_all(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]
