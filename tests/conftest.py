"""Rules for the whole test run."""

import os

import pytest
from hypothesis import HealthCheck, settings

# How long an example takes, or is looked for, is the machine's affair.
settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip real faults where they cannot be made; say what may run at once where several processes run tests.

    Tests of a file follow each other, as they share what is dear to make. So do all real faults: a new namespace
    of mounts has copies of all that are there, and keeps a disk that was lost alive.
    """
    needs_root = pytest.mark.skip(reason="makes real faults of file systems and processes: needs root")
    for item in items:
        faults = item.get_closest_marker("faults") is not None
        if faults and os.geteuid():
            item.add_marker(needs_root)
        if item.get_closest_marker("xdist_group") is None:
            item.add_marker(pytest.mark.xdist_group("mounts" if faults else item.location[0]))
