"""On what the figures were measured."""

import os
import platform
import subprocess
from datetime import UTC, datetime
from pathlib import Path

from gstnvr import __version__
from tests.repository.lints import ROOT


def describe_machine() -> str:
    """Date, processor, kernel and versions, in one sentence."""
    date = f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC"
    revision = _first_line(["git", "-C", str(ROOT), "rev-parse", "--short", "HEAD"])
    return (
        f"{date}; {os.cpu_count()} CPUs {_processor()}, Linux {platform.release()};"
        f" gstnvr {__version__} ({revision}), {_gstreamer()}, {_ffmpeg()}, Python {platform.python_version()}."
    )


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        key, _, value = line.partition(":")
        if key.strip() in ("model name", "Model"):
            return value.strip()
    return platform.machine()


def _gstreamer() -> str:
    return _first_line(["gst-inspect-1.0", "--version"]).replace("gst-inspect-1.0 version", "GStreamer")


def _ffmpeg() -> str:
    return " ".join(_first_line(["ffmpeg", "-version"]).split()[:3]).replace(" version", "")


def _first_line(command: list[str]) -> str:
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return output.partition("\n")[0].strip()
