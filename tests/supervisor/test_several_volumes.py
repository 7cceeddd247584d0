"""Several volumes in the settings: which ones recorders are told of, and what is said of them."""

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

from gstnvr.config.load import load
from gstnvr.config.problems import ConfigurationError
from gstnvr.model.choices import VolumePolicy
from gstnvr.model.faults import Fault, FaultReport, Reason, Severity
from gstnvr.model.ids import CameraId, StreamId, StreamKind
from gstnvr.model.status import VolumeState, VolumeStatus
from gstnvr.supervisor.volumes.volume import Identification, without_doubles
from gstnvr.supervisor.volumes.volume_views import volume_views
from gstnvr.volume.identity import read_identity
from tests.supervisor.rig import Rig, until

DOOR = StreamId(CameraId("door"), StreamKind.MAIN)
A, B = Path("/a"), Path("/b")


def run(scenario: Callable[[], Coroutine[Any, Any, None]]) -> None:
    asyncio.run(asyncio.wait_for(scenario(), 60))


def configure(rig: Rig, *volumes: Path, policy: str = "fill") -> None:
    rig.configure("front")
    paths = ", ".join(f"{{path: {path}}}" for path in volumes)
    text = rig.config.read_text()
    rig.config.write_text(text.replace(f"[{{path: {rig.volume}}}]", f"[{paths}], policy: {policy}"))


def test_every_volume_is_told_and_one_that_is_missing_holds_up_nothing(rig: Rig) -> None:
    other = rig.folder / "other"
    configure(rig, rig.volume, other, policy="round_robin")

    async def scenario() -> None:
        async with rig.running() as supervisor:
            await until(supervisor.index.open_segments, "it is recorded")
            notes = {each.name: each for each in supervisor.picture.components()}
            assert notes["storage"].healthy, "recording goes on with the other one"
            assert f"there is no directory {other}" in notes["storage"].detail
            told = rig.told()[0]
            assert told["policy"] == "round_robin"
            assert told["volumes"][0] == [read_identity(rig.volume).uuid, str(rig.volume)]
            assert told["volumes"][1][1] == str(other)
            other.mkdir()
            await until(lambda: len(rig.told()) == 2, "recorders are told of the other one")
            assert rig.told()[1]["volumes"][1] == [read_identity(other).uuid, str(other)]
            await until(lambda: len(supervisor.index.volumes()) == 2, "the index knows both")

    run(scenario)
    assert rig.findings() == ()


def test_other_volumes_are_told_while_it_runs(rig: Rig) -> None:
    other = rig.folder / "other"
    other.mkdir()
    configure(rig, rig.volume)

    async def scenario() -> None:
        async with rig.running() as supervisor:
            await until(supervisor.index.open_segments, "it is recorded")
            configure(rig, other, rig.volume)
            await until(lambda: len(rig.told()) >= 2, "the new order is told")
            assert [path for _, path in rig.told()[-1]["volumes"]] == [str(other), str(rig.volume)]

    run(scenario)


def test_a_path_may_be_named_once(rig: Rig) -> None:
    configure(rig, rig.volume, rig.volume)
    with pytest.raises(ConfigurationError, match="twice; every volume needs a path of its own"):
        load(rig.config)


def test_to_mirror_takes_two_volumes(rig: Rig) -> None:
    configure(rig, rig.volume, policy="mirror")
    with pytest.raises(ConfigurationError, match="mirror takes two volumes at least"):
        load(rig.config)
    configure(rig, rig.volume, rig.folder / "other", policy="mirror")
    text = rig.config.read_text()
    rig.config.write_text(text.replace("other}", "other, tier: cold}"))
    with pytest.raises(ConfigurationError, match=r"two volumes at least|tier hot alone"):
        load(rig.config)
    rig.config.write_text(text)
    assert load(rig.config).settings.storage.policy is VolumePolicy.MIRROR


def test_a_volume_that_is_there_twice_is_used_once() -> None:
    found = without_doubles({A: Identification("same"), B: Identification("same")})
    assert found[A] == Identification("same")
    assert found[B].uuid is None
    assert f"volume {B} has the identity of {A}" in (found[B].problem or "")


def status(path: Path, uuid: str, fault: FaultReport | None = None, *streams: StreamId) -> VolumeStatus:
    return VolumeStatus(uuid, str(path), fault, 10, 20, streams)


def test_what_is_said_of_a_volume_is_put_together_from_all_recorders() -> None:
    gone = FaultReport(Fault.STORAGE_DISCONNECTED, Reason.IO_ERROR, Severity.HIGH, "gone")
    slow = FaultReport(Fault.STORAGE_DISCONNECTED, Reason.SLOW_DISK, Severity.MEDIUM, "slow")
    found = {A: Identification("a"), B: Identification("b")}
    reported = [
        [status(A, "a", None, DOOR), status(B, "b", gone)],
        [VolumeStatus("a", "/a", None, 10, 20, (), slow), status(B, "b")],
    ]
    first, second = volume_views(found, reported)
    assert (first.state, first.cause, first.free_bytes, first.streams) == (VolumeState.SLOW, slow, 10, (DOOR,))
    assert (second.state, second.cause, second.free_bytes) == (VolumeState.FAILING, gone, None)


def test_before_any_recorder_reports_only_what_is_wrong_is_known() -> None:
    found = {A: Identification("a"), B: Identification(None, "there is no directory /b")}
    first, second = volume_views(found, [])
    assert (first.state, first.cause) == (VolumeState.UNKNOWN, None)
    assert (second.state, second.cause and second.cause.message) == (
        VolumeState.FAILING,
        "there is no directory /b",
    )
