"""What the API and ``gstnvr status`` say of volumes."""

from gstnvr.api.common.ports import VolumeView
from gstnvr.model.faults import Fault, FaultReport, Reason, Severity
from gstnvr.model.status import VolumeState
from tests.api.rig import YARD, RunningServer, World

GONE = FaultReport(
    Fault.STORAGE_DISCONNECTED,
    Reason.IO_ERROR,
    Severity.HIGH,
    "volume /b: Input/output error",
)


def test_volumes_with_state_room_streams_and_cause(world: World, server: RunningServer) -> None:
    world.volumes = [
        VolumeView("/a", "uuid-a", VolumeState.GOOD, None, 3_000_000_000, 8_000_000_000, (YARD,)),
        VolumeView("/b", None, VolumeState.FAILING, GONE),
    ]
    answer = server.json("volumes")
    assert answer["time"] == "2026-11-21T12:00:00.000Z"
    first, second = answer["volumes"]
    assert first == {
        "path": "/a",
        "volume": "uuid-a",
        "state": "good",
        "cause": None,
        "free_bytes": 3_000_000_000,
        "total_bytes": 8_000_000_000,
        "streams": [{"camera": "yard", "stream": "main"}],
    }
    assert (second["state"], second["volume"], second["free_bytes"]) == ("failing", None, None)
    assert second["cause"]["reason"] == "io_error"
    assert second["cause"]["message"] == GONE.message
