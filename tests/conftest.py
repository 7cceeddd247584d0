"""Rules for the whole test run."""

import os

import pytest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip real faults where they cannot be made; make them one after the other where they can.

    A new namespace of mounts has copies of all that are there, and keeps a disk that was lost alive.
    """
    needs_root = pytest.mark.skip(reason="makes real faults of file systems and processes: needs root")
    for item in items:
        if item.get_closest_marker("faults"):
            item.add_marker(needs_root if os.geteuid() else pytest.mark.xdist_group("mounts"))
