"""Fixtures for everything that needs an API."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from gstnvr.api.events.listener import Telling
from tests.api.rig import RunningServer, World, running


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path)
    with world.index:
        yield world


@pytest.fixture(scope="session")
def shared_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """Started once, as its start and stop take longer than most tests."""
    nowhere = World(tmp_path_factory.mktemp("api"))
    with nowhere.index, running(nowhere.app()) as server:
        yield server


@pytest.fixture
def server(shared_server: RunningServer, world: World) -> RunningServer:
    """A server that tells of the world of this test."""
    shared_server.app.state.services = world.services
    shared_server.app.state.telling = Telling(world.events)
    return shared_server
