from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.copies.archive import Archive
from tests.rig.object_stores import STORES, Store


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    made = Archive(tmp_path)
    yield made
    made.index.close()


@pytest.fixture(scope="session", params=sorted(STORES))
def store(request: pytest.FixtureRequest) -> Iterator[Store]:
    with STORES[request.param]() as running:
        yield running
