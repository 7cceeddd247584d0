"""Python, GStreamer and its elements."""

import json
import platform
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

from gstnvr import __version__
from gstnvr.model.findings import Finding, Remedy, failed, ok, warning

INVENTORY = "gstnvr.gst.inventory"
TLS_PACKAGE = "glib-networking"
_INVENTORY_TIMEOUT_S = 120.0
"""The first start after an installation loads every plug-in once."""


def check_software() -> Iterator[Finding]:
    """Versions and what is missing."""
    yield ok("gstnvr", f"version {__version__}")
    yield ok("Python", f"version {platform.python_version()} at {sys.executable}")
    yield from _check_gstreamer()


def _check_gstreamer() -> Iterator[Finding]:
    try:
        inventory = _ask_helper()
    except _HelperError as error:
        yield failed(
            "GStreamer",
            str(error),
            "run gst-inspect-1.0 to see which plug-in does it, and reinstall it",
            Remedy.REPAIR_GSTREAMER,
        )
        return
    if inventory["problem"] is not None:
        yield failed(
            "GStreamer",
            inventory["problem"],
            "run scripts/setup, which installs what is missing",
            Remedy.RUN_SETUP,
        )
        return
    version = inventory["version"]
    if inventory["recent_enough"]:
        yield ok("GStreamer", f"version {version}")
    else:
        yield warning(
            "GStreamer",
            f"version {version} is older than any that was tried",
            "use Debian 12 or newer",
            Remedy.NEWER_SYSTEM,
        )
    yield from map(_missing, inventory["missing"])
    if not inventory["missing"]:
        yield ok("elements", "everything that gstnvr uses is installed")
    if inventory["speaks_tls"]:
        yield ok("TLS", "cameras with rtsps:// can be recorded")
    else:
        yield warning(
            "TLS",
            "cameras with rtsps:// cannot be recorded",
            f"install it: apt-get install {TLS_PACKAGE}",
            Remedy.INSTALL_PACKAGE,
        )


def _missing(element: dict[str, Any]) -> Finding:
    names, package = " or ".join(element["names"]), element["package"]
    found = f"GStreamer has no element {names}, needed for {element['purpose']}"
    level = failed if element["needed"] else warning
    return level("elements", found, f"install it: apt-get install {package}", Remedy.INSTALL_PACKAGE)


class _HelperError(Exception):
    pass


def _ask_helper() -> dict[str, Any]:
    """In a process of its own: a broken plug-in may crash or hang whoever loads it."""
    try:
        done = subprocess.run(
            [sys.executable, "-m", INVENTORY],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_INVENTORY_TIMEOUT_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise _HelperError(f"it did not start within {_INVENTORY_TIMEOUT_S:g} seconds") from None
    if done.returncode < 0:
        raise _HelperError(f"it crashed while starting (signal {-done.returncode})")
    try:
        answer: dict[str, Any] = json.loads(done.stdout)
    except ValueError:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise _HelperError(f"it does not start: {last}") from None
    return answer
