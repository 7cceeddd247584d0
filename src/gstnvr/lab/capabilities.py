"""What this machine offers to the laboratory, and what it has installed."""

import importlib.util
import json
import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

from gstnvr import __version__
from gstnvr.lab.clock import find_library
from gstnvr.lab.entries import Need
from gstnvr.lab.postgresql import programs
from gstnvr.lab.results import Versions

_PROGRAMS = ("ip", "iptables", "tc", "losetup", "mkfs.ext4", "chattr", "mount", "umount")
_INVENTORY_TIMEOUT_S = 120.0


def contained() -> list[str]:
    """Command in front of another: network, mounts and process ids of its own, and nothing left when it ends.

    It ends with the thread that started it.
    """
    namespaces = ["--net", "--mount", "--pid", "--fork", "--mount-proc", "--propagation", "private"]
    return ["setpriv", "--pdeathsig", "KILL", "unshare", *namespaces, "--kill-child", "--"]


def available() -> frozenset[Need]:
    """What can be had here."""
    found = set()
    if _may_contain():
        found.add(Need.ROOT)
        if Path("/dev/fuse").exists() and importlib.util.find_spec("mfusepy") and shutil.which("fusermount3"):
            found.add(Need.FUSE)
    if find_library() is not None:
        found.add(Need.FAKETIME)
    if programs() is not None:
        found.add(Need.POSTGRESQL)
    if importlib.util.find_spec("asyncssh"):
        found.add(Need.SFTP)
    return frozenset(found)


def _may_contain() -> bool:
    if os.geteuid() != 0 or any(shutil.which(program) is None for program in _PROGRAMS):
        return False
    return subprocess.run([*contained(), "true"], capture_output=True, check=False).returncode == 0


def versions() -> Versions:
    """Of everything that a result depends on."""
    return Versions(
        gstnvr=__version__,
        gstreamer=_gstreamer_version(),
        python=platform.python_version(),
        kernel=platform.release(),
    )


def _gstreamer_version() -> str:
    command = [sys.executable, "-m", "gstnvr.gst.inventory"]
    done = subprocess.run(command, capture_output=True, timeout=_INVENTORY_TIMEOUT_S, check=False)
    try:
        return str(json.loads(done.stdout)["version"])
    except (ValueError, KeyError):
        return "unknown"
