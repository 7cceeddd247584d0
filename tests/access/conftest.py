"""The same on SQLite and PostgreSQL."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from gstnvr.lab.postgresql import Server, postgresql_server, programs
from tests.access.rig import Rig, rig_at


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    if programs() is None:
        pytest.skip("PostgreSQL is not installed")
    with postgresql_server() as server:
        yield server


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    with rig_at(str(tmp_path / "index.db"), tmp_path) as made:
        yield made


@pytest.fixture(params=["sqlite", "postgresql"])
def anywhere(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Rig]:
    """With either database."""
    if request.param == "sqlite":
        where = str(tmp_path / "index.db")
    else:
        server: Server = request.getfixturevalue("postgres")
        server.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
        where = server.url
    with rig_at(where, tmp_path) as made:
        yield made
