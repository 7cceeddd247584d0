"""Protections, kept on every volume as well: with the database alone lost, nothing protected is given up."""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from gstnvr.db.index import Index
from gstnvr.db.protections import Protection, protect, protections
from gstnvr.model.clock import UtcNs
from gstnvr.model.ids import CameraId, StreamId, StreamKind
from gstnvr.model.records import Volume
from gstnvr.storage.recover import Action, Change
from gstnvr.volume.small_files import read_small_file, set_aside, write_small_file

PROTECTIONS_FILE = ".gstnvr-protections"
_VERSION = 1


class ProtectionsDamagedError(ValueError):
    """The file on a volume cannot be understood."""


class LaterVersionError(ValueError):
    """The file on a volume was written by a later version of gstnvr."""


def known_protections(index: Index) -> list[Protection]:
    """All of the index, those that were released as well."""
    with index.reading() as connection:
        return protections(connection, released=True)


def keep_on(index: Index, volume: Volume) -> list[Change]:
    """Enter what a volume knows and the index does not; write to the volume what the index knows then.

    Blocks, for ever if the disk hangs.

    Raises:
        OSError: the volume cannot be read or written.
    """
    changes = restore_from(index, [volume])
    root = Path(volume.path)
    known, there = known_protections(index), read_small_file(root, PROTECTIONS_FILE)
    content = _written(known)
    if there is None and not known:
        return changes
    if there is not None:
        try:
            _read(there)
        except LaterVersionError:
            return changes
        except ProtectionsDamagedError:
            set_aside(root, PROTECTIONS_FILE)
    if there != content:
        write_small_file(root, PROTECTIONS_FILE, content)
    return changes


def restore_from(index: Index, volumes: Sequence[Volume]) -> list[Change]:
    """Enter protections that the index does not know; what it knows is right, as it was told last.

    Raises:
        OSError: a volume cannot be read.
    """
    changes: list[Change] = []
    for volume in volumes:
        content = read_small_file(Path(volume.path), PROTECTIONS_FILE)
        try:
            found = [] if content is None else _read(content)
        except ValueError as error:
            where = str(Path(volume.path) / PROTECTIONS_FILE)
            changes.append(Change(Action.LEFT_ALONE, where, f"protections are not taken from it: {error}"))
            continue
        known = {one.uid for one in known_protections(index)}
        unknown = [one for one in found if one.uid not in known]
        if unknown:
            with index.writing() as writer:
                for one in unknown:
                    protect(writer, one)
            in_force = sum(one.released is None for one in unknown)
            message = f"{in_force} protections in force that the index did not know"
            changes.append(Change(Action.ADOPTED_PROTECTIONS, volume.path, message))
    return changes


def _written(known: Iterable[Protection]) -> bytes:
    return json.dumps({"version": _VERSION, "protections": [_document(one) for one in known]}, indent=1).encode()


def _document(one: Protection) -> dict[str, Any]:
    return {
        "uid": one.uid,
        "camera": one.stream.camera,
        "stream": one.stream.kind.value,
        "start": one.start,
        "end": one.end,
        "reason": one.reason,
        "user": one.user,
        "created": one.created,
        "released": one.released,
        "released_by": one.released_by,
    }


def _read(content: bytes) -> list[Protection]:
    """
    Raises:
        LaterVersionError, ProtectionsDamagedError: it cannot be understood.
    """
    try:
        document = json.loads(content)
        version = int(document["version"])
        found = [_protection(one) for one in document["protections"]] if version == _VERSION else []
    except (ValueError, KeyError, TypeError) as error:
        raise ProtectionsDamagedError("it is damaged") from error
    if version != _VERSION:
        raise LaterVersionError(f"written by a later version of gstnvr ({version})")
    return found


def _protection(one: dict[str, Any]) -> Protection:
    released = one["released"]
    texts = (one["camera"], one["reason"], one["user"])
    if not all(isinstance(text, str) for text in texts) or not int(one["start"]) < int(one["end"]):
        raise ValueError("not a protection")
    return Protection(
        uid=str(one["uid"]),
        stream=StreamId(CameraId(one["camera"]), StreamKind(one["stream"])),
        start=UtcNs(int(one["start"])),
        end=UtcNs(int(one["end"])),
        reason=str(one["reason"]),
        user=str(one["user"]),
        created=UtcNs(int(one["created"])),
        released=None if released is None else UtcNs(int(released)),
        released_by=None if one["released_by"] is None else str(one["released_by"]),
    )
