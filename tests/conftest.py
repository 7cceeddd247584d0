"""Rules for the whole test run."""

import functools
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

# How long an example takes, or is looked for, is the machine's affair.
_ANY_MACHINE = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("new examples", _ANY_MACHINE)
settings.register_profile("same examples", _ANY_MACHINE, derandomize=True)
"""Until the test changes; for ``scripts/test``."""
settings.load_profile("new examples")

_ROOT = Path(__file__).parents[1]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip real faults where they cannot be made."""
    if os.geteuid() == 0:
        return
    needs_root = pytest.mark.skip(reason="makes real faults of file systems and processes: needs root")
    for item in items:
        if item.get_closest_marker("faults"):
            item.add_marker(needs_root)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Make anew what a module makes once, where a test of it is tried again: what failed may be that."""
    if getattr(item, "execution_count", 1) == 1 or not isinstance(item, pytest.Function):
        return
    for definitions in item._fixtureinfo.name2fixturedefs.values():
        for definition in definitions:
            if definition.scope == "module":
                definition.finish(item._request)  # type: ignore[arg-type]


class ByFile(LoadScopeScheduling):  # type: ignore[misc]
    """Where several processes run tests: those of a file follow each other, as they share what is dear to make.

    So do all files with real faults: a new namespace of mounts has copies of all that are there, and keeps a disk
    that was lost alive.
    """

    def _split_scope(self, nodeid: str) -> str:
        file, _, _ = nodeid.partition("::")
        return _group_of(file)


@functools.cache
def _group_of(file: str) -> str:
    text = (_ROOT / file).read_text()
    return "mounts" if "mark.faults" in text or "run_trials" in text else file


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> ByFile:
    """Take ours."""
    return ByFile(config, log)
