"""Requests made up from the description of the API: nothing breaks, and answers are as described."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis import Case
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from gstnvr.api.app import bare_app
from gstnvr.api.ports import LiveStream, VolumeView
from gstnvr.model.faults import GapCause
from gstnvr.model.status import VolumeState
from tests.api.rig import CONNECTED, GATE, TOKEN, WAITING, RunningServer, World, at, running
from tests.api.storage_world import overview

SCHEMA = schemathesis.openapi.from_dict(bare_app().openapi())
CHECKS = [
    not_a_server_error,
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
]
FEW, MANY = 10, 400


@pytest.fixture(scope="module")
def busy_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """One that has something of everything to tell."""
    world = World(tmp_path_factory.mktemp("any"))
    world.streams = [LiveStream("Yard", CONNECTED), LiveStream("Gate", replace(WAITING, stream=GATE))]
    world.storage = overview()
    world.volumes = [VolumeView(str(world.volume), None, VolumeState.UNKNOWN)]
    for minute in range(10, 20):
        world.add_segment(at(f"11:{minute}:00"), at(f"11:{minute}:50"), b"video")
        world.add_gap(at(f"11:{minute}:50"), at(f"11:{minute + 1}:00"), GapCause.NETWORK)
        world.add_incident(at(f"11:{minute}:50"), at(f"11:{minute + 1}:00"))
    with world.index, running(world.app()) as server:
        yield server


def try_it(case: Case[Any], server: RunningServer) -> None:
    case.call_and_validate(
        base_url=server.url, checks=CHECKS, timeout=60, headers={"Authorization": f"Bearer {TOKEN}"}
    )


@SCHEMA.parametrize()
@settings(max_examples=FEW, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
def test_no_request_breaks_anything(case: Case[Any], busy_server: RunningServer) -> None:
    try_it(case, busy_server)


@pytest.mark.slow
@pytest.mark.timeout(3600)
@SCHEMA.parametrize()
@settings(max_examples=MANY, deadline=None, suppress_health_check=list(HealthCheck))
def test_no_request_of_very_many_breaks_anything(case: Case[Any], busy_server: RunningServer) -> None:
    try_it(case, busy_server)
