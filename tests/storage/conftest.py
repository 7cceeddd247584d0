"""A volume and an index on real files."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from gstnvr.db.index import Index
from gstnvr.model.clock import SystemClock
from gstnvr.model.records import Volume
from gstnvr.volume.identity import create_identity
from tests.storage.archive import Archive


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    root = tmp_path / "volume"
    root.mkdir()
    with Index.open(tmp_path / "index.db") as index:
        volume = Volume(create_identity(root, SystemClock()).uuid, str(root))
        with index.writing() as writer:
            writer.ensure_volume(volume)
        yield Archive(index, volume)


@pytest.fixture
def other(archive: Archive, tmp_path: Path) -> Archive:
    """A second volume of the same index."""
    root = tmp_path / "other volume"
    root.mkdir()
    volume = Volume(create_identity(root, SystemClock()).uuid, str(root))
    with archive.index.writing() as writer:
        writer.ensure_volume(volume)
    return Archive(archive.index, volume)
