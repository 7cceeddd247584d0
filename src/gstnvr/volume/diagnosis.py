"""Why a volume cannot be used, looked at more closely once it is known that it cannot."""

import os
import time
from collections.abc import Iterator
from pathlib import Path

from gstnvr.model.faults import FaultReport, Reason
from gstnvr.volume.errors import volume_report
from gstnvr.volume.identity import IDENTITY_FILE
from gstnvr.volume.paths import is_camera_folder, is_day_folder

_LOOK_S = 1.0
_LITTLE = 0.1
"""Of what is used on a full volume; if recordings take less, deleting them is not the way out."""
_BLOCK = 512


def absence(path: Path, uuid: str) -> FaultReport:
    """Why there is no identity file: not mounted, another disk, or only the file is gone.

    Raises:
        OSError: the path cannot be looked at.
    """
    if not path.is_dir():
        return volume_report(Reason.VOLUME_MISSING, f"volume {path} is not mounted: there is no such directory")
    if next(_day_folders(path), None) is not None:
        message = f"volume {path} has recordings, but no file {IDENTITY_FILE}, which should say {uuid}"
        return volume_report(Reason.IDENTITY_LOST, message)
    if os.path.ismount(path):
        message = f"the disk at {path} is not volume {uuid}: it is new or was wiped, without {IDENTITY_FILE}"
        return volume_report(Reason.WRONG_VOLUME, message)
    message = f"volume {path} is not mounted: the directory has no file {IDENTITY_FILE}"
    return volume_report(Reason.VOLUME_MISSING, message)


def share_of_recordings(path: Path, used_bytes: int) -> str:
    """What to add to the report on a full volume if little of it is recordings; else nothing.

    Looks for a second at most; who has more files than can be counted in that time has many recordings.
    """
    deadline = time.monotonic() + _LOOK_S
    own = 0
    try:
        for folder in _day_folders(path):
            with os.scandir(folder) as files:
                own += sum(file.stat(follow_symlinks=False).st_blocks * _BLOCK for file in files)
            if own >= used_bytes * _LITTLE or time.monotonic() > deadline:
                return ""
    except OSError:
        return ""
    return f"; recordings are only {own >> 20} of the {used_bytes >> 20} MB used there, other files take the rest"


def _day_folders(path: Path) -> Iterator[Path]:
    for camera in _folders(path):
        if is_camera_folder(camera.name):
            yield from (day for day in _folders(camera) if is_day_folder(day.name))


def _folders(path: Path) -> list[Path]:
    with os.scandir(path) as entries:
        return [Path(entry.path) for entry in entries if entry.is_dir(follow_symlinks=False)]
