"""Recorders that can be told to leak memory."""

import os
from collections.abc import Mapping
from pathlib import Path

from gstnvr.lab import leaky


def leak_order(folder: Path) -> Path:
    """The file that says which process is to leak how many megabytes."""
    return folder / "leak"


def leaky_environment(folder: Path) -> Mapping[str, str]:
    """Variables of processes of which recorders are to obey."""
    path = [str(Path(leaky.__path__[0])), *filter(None, [os.environ.get("PYTHONPATH")])]
    return {"PYTHONPATH": os.pathsep.join(path), "GSTNVR_LAB_LEAK": str(leak_order(folder))}
