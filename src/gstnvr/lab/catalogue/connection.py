"""Faults between a camera and the recorder."""

from gstnvr.lab.entries import Expected, Family, FaultEntry, Group, Loss, Need
from gstnvr.lab.injections.camera import Misbehave, Stop
from gstnvr.lab.injections.network import PullCable
from gstnvr.model.faults import Fault, Reason
from gstnvr.simulator.behaviour import Misbehaviour

NETWORK = Fault.RTSP_NETWORK
CLOSED = frozenset({(NETWORK, Reason.CLOSED_BY_CAMERA), (NETWORK, Reason.CONNECTION_LOST)})
STALLED = frozenset({(NETWORK, Reason.VIDEO_STALLED)})

ENTRIES = (
    FaultEntry(
        name="fin",
        group=Group.CONNECTION,
        how="camera ends the connection in order (FIN)",
        injection=Misbehave(((Misbehaviour.DISCONNECT, "fin"),)),
        expected=Expected(CLOSED, noticed_s=0.1, back_s=2.0, loss=Loss.OUTAGE),
        families=frozenset({Family.HARD_DISCONNECT}),
    ),
    FaultEntry(
        name="stopped-4s",
        group=Group.CONNECTION,
        how="process of the camera stopped (SIGSTOP) for 4 s",
        injection=Stop(),
        expected=Expected(STALLED, noticed_s=2.3, back_s=2.0, loss=Loss.OUTAGE),
        lasts_s=4.0,
        families=frozenset({Family.SILENT_STALL, Family.CAMERA_BACK}),
    ),
    FaultEntry(
        name="cable-5s",
        group=Group.CONNECTION,
        how="cable pulled for 5 s",
        injection=PullCable(),
        expected=Expected(STALLED, noticed_s=2.3, back_s=2.0, loss=Loss.OUTAGE),
        lasts_s=5.0,
        needs=frozenset({Need.ROOT}),
        families=frozenset({Family.SILENT_STALL, Family.CAMERA_BACK}),
    ),
)
