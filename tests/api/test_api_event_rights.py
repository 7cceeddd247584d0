"""Who hears what over the WebSocket of events, and for how long."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from gstnvr.access.accounts import UserChange
from gstnvr.api.common.ports import LiveStream, VolumeView
from gstnvr.api.events.ports import ConfigurationNews, News, StreamNews, VolumesNews
from gstnvr.model.access import ALL_CAMERAS, Caller, Cameras, Role, Via
from gstnvr.model.changes import (
    GapChange,
    GapNews,
    IncidentChange,
    IncidentNews,
    RecordingsNews,
    SegmentChange,
    SegmentNews,
)
from gstnvr.model.faults import GapCause
from gstnvr.model.ids import StreamId
from gstnvr.model.records import Gap
from gstnvr.model.status import VolumeState
from tests.api.listening import GATE_LIVE, YARD_LIVE, publish, welcomed
from tests.api.rig import CONNECTED, GATE, LIMITS, YARD, RunningServer, World, at

PASSWORD = "correct horse battery"
LOCAL = Caller("local:root", Role.ADMINISTRATOR, ALL_CAMERAS, Via.LOCAL)


def signed_in(world: World, *cameras: str) -> dict[str, str]:
    """What a new viewer shows who sees these cameras."""
    world.door.book.load()
    world.accounts.add(LOCAL, "root", Role.ADMINISTRATOR, ALL_CAMERAS, PASSWORD)
    world.accounts.add(LOCAL, "kim", Role.VIEWER, Cameras.of(cameras), PASSWORD)
    return {"Cookie": f"gstnvr_session={world.door.log_in('kim', PASSWORD, None, '192.0.2.1', None).secret}"}


def news_of(world: World, stream: StreamId) -> list[News]:
    """One of each kind that concerns a camera."""
    gap = Gap(stream, at("11:00:00"), None, GapCause.NETWORK)
    return [
        StreamNews(LiveStream("Somewhere", replace(CONNECTED, stream=stream))),
        IncidentNews(IncidentChange.OPENED, world.add_incident(at("11:00:00"), None, stream=stream)),
        SegmentNews(SegmentChange.OPENED, stream, at("11:00:00"), at("11:01:00"), key=1),
        GapNews(GapChange.OPENED, gap),
        RecordingsNews(stream, at("11:00:00"), None),
    ]


def all_news(world: World) -> list[News]:
    of_no_camera = replace(world.add_incident(at("10:00:00"), None), camera=None, stream=None)
    volume = VolumeView("/srv/a", "0b2d", VolumeState.GOOD, None, 10, 20, (YARD, GATE))
    return [
        *news_of(world, GATE),
        IncidentNews(IncidentChange.OPENED, of_no_camera),
        *news_of(world, YARD),
        VolumesNews([volume]),
        ConfigurationNews(),
    ]


SEEN = ["stream", "incident", "segment", "gap", "recordings", "volumes", "configuration"]


@pytest.mark.parametrize("cameras", [None, ["yard", "gate"]], ids=["all", "also a foreign one by name"])
def test_a_listener_hears_of_his_cameras_alone(
    server: RunningServer, world: World, cameras: list[str] | None
) -> None:
    world.streams = [YARD_LIVE, GATE_LIVE]
    with welcomed(server, signed_in(world, "yard"), cameras=cameras) as (ear, _):
        publish(server, world, *all_news(world))
        told: list[dict[str, Any]] = []
        while not {"statistics", SEEN[-1]} <= {one["type"] for one in told}:
            told.append(ear.hear())
    assert [one["type"] for one in told if one["type"] != "statistics"] == SEEN
    assert all("gate" not in json.dumps(one) for one in told)
    assert all(one["streams"] for one in told if one["type"] == "statistics")


def test_what_is_made_up_for_is_of_his_cameras_alone_as_well(server: RunningServer, world: World) -> None:
    headers = signed_in(world, "yard")
    with welcomed(server, headers, topics=["state"]) as (_, welcome):
        pass
    publish(server, world, *all_news(world))
    topics = ["state", "incidents", "segments", "gaps", "storage"]
    resume = {"epoch": welcome["epoch"], "after": welcome["number"]}
    with welcomed(server, headers, topics=topics, resume=resume) as (ear, again):
        assert again["resumed"]
        told = [ear.hear() for _ in SEEN]
    assert [one["type"] for one in told] == SEEN
    assert all("gate" not in json.dumps(one) for one in told)


def test_who_sees_all_cameras_hears_of_everything(server: RunningServer, world: World) -> None:
    topics = ["state", "incidents", "segments", "gaps", "storage"]
    with welcomed(server, topics=topics) as (ear, _):
        news = all_news(world)
        publish(server, world, *news)
        told = [ear.hear() for _ in news]
    assert [one["number"] for one in told] == list(range(1, len(news) + 1))
    assert {one["camera"] for one in told[-2]["volumes"][0]["streams"]} == {"yard", "gate"}


@pytest.mark.parametrize(
    ("end", "code"),
    [
        (lambda world, caller: world.door.log_out(caller), 4401),
        (lambda world, _: world.accounts.change(LOCAL, "kim", UserChange(enabled=False)), 4401),
        (lambda world, _: world.accounts.remove(LOCAL, "kim"), 4401),
        (lambda world, _: world.clock.advance(2 * LIMITS.longest_s), 4401),
        (lambda world, _: world.accounts.change(LOCAL, "kim", UserChange(cameras=Cameras.of(["gate"]))), 4403),
    ],
    ids=["log-out", "disabled", "removed", "expired", "other cameras"],
)
def test_rights_that_end_end_listening(
    server: RunningServer, world: World, end: Callable[[World, Caller], object], code: int
) -> None:
    headers = signed_in(world, "yard")
    caller = world.door.caller_of_session(headers["Cookie"].partition("=")[2])
    assert caller is not None
    with welcomed(server, headers, topics=["state"]) as (ear, _):
        end(world, caller)
        assert ear.closed()[0] == code
