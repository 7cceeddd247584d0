"""What a check of the machine found, and what to do about it."""

from dataclasses import dataclass
from enum import StrEnum


class CheckState(StrEnum):
    OK = "ok"
    WARNING = "warning"
    """It works, but not well or not for ever."""
    FAILED = "failed"


class Remedy(StrEnum):
    """Kinds of advice, so that it can be given in other languages; the advice itself is more exact."""

    INSTALL_PACKAGE = "install_package"
    REPAIR_GSTREAMER = "repair_gstreamer"
    RUN_SETUP = "run_setup"
    NEWER_SYSTEM = "newer_system"
    SET_CLOCK = "set_clock"
    OTHER_PORT = "other_port"
    MORE_OPEN_FILES = "more_open_files"
    CORRECT_SETTINGS = "correct_settings"
    WRITE_SETTINGS = "write_settings"
    SET_VARIABLE = "set_variable"
    CORRECT_PASSWORD = "correct_password"  # noqa: S105 - what is to be done
    OTHER_FOLDER = "other_folder"
    REMOUNT = "remount"
    GRANT_FOLDER = "grant_folder"
    MAKE_FOLDER = "make_folder"
    LOOK_AT_DISK = "look_at_disk"
    MAKE_ROOM = "make_room"
    DELETE_FILES = "delete_files"
    LOCAL_DISK = "local_disk"
    MIND_NETWORK = "mind_network"
    FORMAT_DISK = "format_disk"
    LASTING_DISK = "lasting_disk"
    SEPARATE_DISKS = "separate_disks"
    RESTORE_IDENTITY = "restore_identity"
    ALLOW_ASKING_DISKS = "allow_asking_disks"
    ASK_DISKS_YOURSELF = "ask_disks_yourself"
    REPLACE_DISK = "replace_disk"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    name: str
    state: CheckState
    found: str
    advice: str = ""
    """What to do about it; empty if nothing has to be done."""
    remedy: Remedy | None = None
    """The kind of that advice."""


def ok(name: str, found: str) -> Finding:
    return Finding(name, CheckState.OK, found)


def warning(name: str, found: str, advice: str, remedy: Remedy) -> Finding:
    return Finding(name, CheckState.WARNING, found, advice, remedy)


def failed(name: str, found: str, advice: str, remedy: Remedy) -> Finding:
    return Finding(name, CheckState.FAILED, found, advice, remedy)
