"""Rules for the whole test run."""

import os

import pytest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip real faults where they cannot be made."""
    if os.geteuid() == 0:
        return
    needs_root = pytest.mark.skip(reason="makes real faults of file systems and processes: needs root")
    for item in items:
        if item.get_closest_marker("faults"):
            item.add_marker(needs_root)
