"""The file at the root of a volume that says which volume it is."""

import json
import os
import uuid
from dataclasses import asdict, dataclass
from pathlib import Path

from gstnvr.model.clock import Clock, format_utc
from gstnvr.volume.files import sync_directory

IDENTITY_FILE = ".gstnvr-volume"
IDENTITY_VERSION = 1
_MAX_BYTES = 4096


class IdentityMissingError(Exception):
    """The directory is no volume: new, wiped, or what it should hold is not mounted."""


class IdentityDamagedError(Exception):
    """There is an identity file that cannot be understood."""


@dataclass(frozen=True, slots=True)
class VolumeIdentity:
    """Content of the identity file."""

    uuid: str
    created: str
    """ISO 8601, UTC."""
    version: int = IDENTITY_VERSION


def read_identity(root: Path) -> VolumeIdentity:
    """Which volume is at this path.

    Raises:
        IdentityMissingError: no directory, or no identity file in it.
        IdentityDamagedError: the file is empty, cut off or of a later version.
        OSError: it cannot be read.
    """
    path = root / IDENTITY_FILE
    try:
        with path.open("rb") as file:
            content = json.loads(file.read(_MAX_BYTES))
        identity = VolumeIdentity(str(uuid.UUID(content["uuid"])), str(content["created"]), content["version"])
    except (FileNotFoundError, NotADirectoryError) as error:
        raise IdentityMissingError(f"no {IDENTITY_FILE} in {root}") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise IdentityDamagedError(f"{path} is not a volume's identity file") from error
    if identity.version != IDENTITY_VERSION:
        raise IdentityDamagedError(f"{path} was made by a later version of gstnvr ({identity.version})")
    return identity


def create_identity(root: Path, clock: Clock) -> VolumeIdentity:
    """Make an existing directory a volume; it is one for good once this returns.

    Raises:
        FileExistsError: it is a volume already, or was meant to be.
        OSError: it cannot be written.
    """
    identity = VolumeIdentity(str(uuid.uuid4()), format_utc(clock.utc_ns()))
    final = root / IDENTITY_FILE
    if final.exists():
        raise FileExistsError(f"{final} exists")
    unfinished = root / f"{IDENTITY_FILE}.{identity.uuid}"
    try:
        with unfinished.open("x", encoding="utf-8") as file:
            json.dump(asdict(identity), file)
            file.flush()
            os.fsync(file.fileno())
        unfinished.rename(final)
    except OSError:
        unfinished.unlink(missing_ok=True)
        raise
    sync_directory(root)
    return identity
