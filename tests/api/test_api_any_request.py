"""Requests made up from the description of the API: nothing breaks, and answers are as described.

The long run makes 10,000 requests, or as many as ``GSTNVR_API_CASES`` says, as somebody who logged in:
``GSTNVR_API_CASES=10000 pytest -m slow tests/api/test_api_any_request.py``.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
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
from gstnvr.api.common.ports import LiveStream, VolumeView
from gstnvr.model.access import ALL_CAMERAS, Caller, Role, Via
from gstnvr.model.faults import GapCause
from gstnvr.model.status import VolumeState
from tests.api.rig import CONNECTED, GATE, WAITING, RunningServer, World, at, running
from tests.api.storage_world import overview

DESCRIPTION = bare_app().openapi()
SCHEMA = schemathesis.openapi.from_dict(DESCRIPTION)
CHECKS = [
    not_a_server_error,
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
]
FEW = 10
CASES = int(os.environ.get("GSTNVR_API_CASES", "10000"))
OPERATIONS = [operation for methods in DESCRIPTION["paths"].values() for operation in methods.values()]
VARIED = [one for one in OPERATIONS if "parameters" in one or "requestBody" in one]
"""Of the others there is one request alone."""
MANY = CASES // len(VARIED) + 1
LOCAL = Caller("local:root", Role.ADMINISTRATOR, ALL_CAMERAS, Via.LOCAL)
USER, PASSWORD = "requests", "correct horse battery"


@schemathesis.serializer("application/sdp")
def session_description(_context: schemathesis.SerializationContext, value: Any) -> bytes:
    return str(value).encode("utf-8", "replace")


@dataclass
class Asking:
    """Somebody who is logged in, whatever his requests do to him."""

    server: RunningServer
    world: World
    made: int = 0
    """Requests of the long run."""
    operations: set[str] = field(default_factory=set)
    _secret: str = ""

    def headers(self) -> dict[str, str]:
        door = self.world.door
        caller = door.caller_of_session(self._secret)
        if caller is None or caller.role is not Role.ADMINISTRATOR:
            if door.book.user(USER) is not None:
                self.world.accounts.remove(LOCAL, USER)
            self.world.accounts.add(LOCAL, USER, Role.ADMINISTRATOR, ALL_CAMERAS, PASSWORD)
            self._secret = door.log_in(USER, PASSWORD, None, "192.0.2.1", None).secret
        return {"Cookie": f"gstnvr_session={self._secret}"}

    def send(self, case: Case[Any]) -> None:
        self.made += 1
        self.operations.add(case.operation.label)
        case.call_and_validate(base_url=self.server.url, checks=CHECKS, timeout=60, headers=self.headers())


@pytest.fixture(scope="module")
def asking(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asking]:
    """At a gstnvr that has something of everything to tell."""
    world = World(tmp_path_factory.mktemp("any"))
    world.streams = [LiveStream("Yard", CONNECTED), LiveStream("Gate", replace(WAITING, stream=GATE))]
    world.storage = overview()
    world.volumes = [VolumeView(str(world.volume), None, VolumeState.UNKNOWN)]
    for minute in range(10, 20):
        world.add_segment(at(f"11:{minute}:00"), at(f"11:{minute}:50"), b"video")
        world.add_gap(at(f"11:{minute}:50"), at(f"11:{minute + 1}:00"), GapCause.NETWORK)
        world.add_incident(at(f"11:{minute}:50"), at(f"11:{minute + 1}:00"))
    with world.index, running(world.app()) as server:
        world.door.book.load()
        world.accounts.add(LOCAL, "keeper", Role.ADMINISTRATOR, ALL_CAMERAS, PASSWORD)
        yield Asking(server, world)


@SCHEMA.parametrize()
@settings(max_examples=FEW, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
def test_no_request_breaks_anything(case: Case[Any], asking: Asking) -> None:
    asking.send(case)


@pytest.fixture(scope="module")
def long_run(asking: Asking) -> Asking:
    """Counts from zero."""
    asking.made = 0
    asking.operations.clear()
    return asking


@pytest.mark.slow
@pytest.mark.timeout(3600)
@SCHEMA.parametrize()
@settings(max_examples=MANY, deadline=None, suppress_health_check=list(HealthCheck))
def test_no_request_of_very_many_breaks_anything(case: Case[Any], long_run: Asking) -> None:
    long_run.send(case)


@pytest.mark.slow
def test_so_many_requests_were_made(long_run: Asking, record_property: Any) -> None:
    """Stands behind the long run."""
    if len(long_run.operations) < len(OPERATIONS):
        pytest.skip("not all of them were asked for")
    record_property("requests", long_run.made)
    print(f"{long_run.made} requests to {len(long_run.operations)} operations")
    assert long_run.made >= CASES
