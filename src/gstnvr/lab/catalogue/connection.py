"""Faults of the way between a camera and the recorder, and of cameras that go away."""

from gstnvr.lab.catalogue.callings import CLOSED, STALLED, network
from gstnvr.lab.catalogue.limits import LATE_S, RETRIED_S, retrying
from gstnvr.lab.entries import Expected, Family, FaultEntry, Group, Injection, Loss, Need, Setting
from gstnvr.lab.injections.camera import Misbehave, Nothing, PowerCut, Reboot, Stop
from gstnvr.lab.injections.network import Drop, ForgetName, PullCable, Reject, Throttle, share
from gstnvr.model.faults import Reason
from gstnvr.simulator.behaviour import Misbehaviour

_ROOT = frozenset({Need.ROOT})
_UDP = Setting(camera={"main": {"transport": "udp"}})
_DEFAULT_RETRIES_S = 10.0
"""After so long without success, the first step of the back-off may be waited out: 5 s."""
_RTSP = ("-p", "tcp", "--dport", "8554")
_RESET = ((Misbehaviour.DISCONNECT, "rst"),)
_FREEZE = ((Misbehaviour.FREEZE, ""),)


def _closed(
    name: str, how: str, injection: Injection, away_s: float = 0.0, *, setting: Setting | None = None
) -> FaultEntry:
    """The connection ends at once, and the camera is away for some seconds."""
    families = {Family.HARD_DISCONNECT}
    if 0 < away_s <= _DEFAULT_RETRIES_S:
        families.add(Family.CAMERA_BACK)
    back_s = 2.0 if away_s <= _DEFAULT_RETRIES_S else LATE_S
    return FaultEntry(
        name=name,
        group=Group.CONNECTION,
        how=how,
        injection=injection,
        expected=Expected(CLOSED, noticed_s=0.1, back_s=back_s, loss=Loss.OUTAGE),
        lasts_s=away_s,
        families=frozenset(families),
        setting=setting or Setting(),
    )


def _silent(
    name: str,
    how: str,
    injection: Injection,
    away_s: float,
    *,
    needs: frozenset[Need] = frozenset(),
    setting: Setting | None = None,
) -> FaultEntry:
    """The connection stays and nothing comes any more."""
    quick = away_s <= _DEFAULT_RETRIES_S
    return FaultEntry(
        name=name,
        group=Group.CONNECTION,
        how=how,
        injection=injection,
        expected=Expected(STALLED, noticed_s=2.3, back_s=2.0 if quick else LATE_S, loss=Loss.OUTAGE),
        lasts_s=away_s,
        needs=needs,
        families=frozenset({Family.SILENT_STALL, *([Family.CAMERA_BACK] if quick else [])}),
        setting=setting or Setting(),
    )


def _unreachable(
    name: str,
    how: str,
    injection: Injection,
    reason: Reason,
    *,
    needs: frozenset[Need] = _ROOT,
    setting: Setting | None = None,
) -> FaultEntry:
    """Cannot be connected to from the start."""
    return FaultEntry(
        name=name,
        group=Group.CONNECTION,
        how=f"{how}, from the start, for 8 s",
        injection=injection,
        expected=Expected(network(reason), noticed_s=4.0, back_s=RETRIED_S, loss=Loss.OUTAGE),
        lasts_s=8.0,
        needs=needs,
        from_start=True,
        setting=retrying(setting),
    )


def _borne(
    name: str, how: str, injection: Injection, lasts_s: float, *, loss: Loss, setting: Setting | None = None
) -> FaultEntry:
    """Interrupts nothing."""
    return FaultEntry(
        name=name,
        group=Group.CONNECTION,
        how=how,
        injection=injection,
        expected=Expected(loss=loss),
        lasts_s=lasts_s,
        needs=_ROOT,
        setting=setting or Setting(),
    )


_GONE = (
    _closed("fin", "camera ends the connection (FIN)", Misbehave(((Misbehaviour.DISCONNECT, "fin"),))),
    _closed("reset", "camera resets the connection (RST)", Misbehave(((Misbehaviour.DISCONNECT, "rst"),))),
    _closed("bye", "camera says RTCP BYE and ends the connection", Misbehave(((Misbehaviour.DISCONNECT, "bye"),))),
    _closed("killed-3s", "camera's process killed, started again after 3 s", Reboot(), 3.0),
    _closed(
        "killed-6s", "camera's process killed, started again after 6 s; it takes 2 s to be there", Reboot(), 6.0
    ),
    _closed("killed-40s", "camera's process killed, started again after 40 s", Reboot(), 40.0),
    _silent("stopped-4s", "camera's process stopped (SIGSTOP) for 4 s", Stop(), 4.0),
    _silent("frozen-8s", "camera neither sends nor reads for 8 s", Misbehave(((Misbehaviour.FREEZE, ""),)), 8.0),
    _silent(
        "frozen-40s", "camera neither sends nor reads for 40 s", Misbehave(((Misbehaviour.FREEZE, ""),)), 40.0
    ),
    _silent(
        "silent-5s", "camera answers but sends no media for 5 s", Misbehave(((Misbehaviour.SILENT, ""),)), 5.0
    ),
    _silent("deaf-6s", "camera neither sends nor answers for 6 s", Misbehave(((Misbehaviour.DEAF, ""),)), 6.0),
    _silent("power-cut-8s", "camera and its network without power for 8 s", PowerCut(), 8.0, needs=_ROOT),
    _silent("power-cut-40s", "camera and its network without power for 40 s", PowerCut(), 40.0, needs=_ROOT),
    _silent("cable-5s", "cable pulled for 5 s", PullCable(), 5.0, needs=_ROOT),
    _silent("cable-10s", "cable pulled for 10 s", PullCable(), 10.0, needs=_ROOT),
    _silent("dropped-8s", "all packets dropped in both directions for 8 s", Drop(), 8.0, needs=_ROOT),
    _silent(
        "dropped-from-camera", "packets of the camera dropped for 6 s", Drop(to_camera=False), 6.0, needs=_ROOT
    ),
    _silent("udp-cable-5s", "UDP: cable pulled for 5 s", PullCable(), 5.0, needs=_ROOT, setting=_UDP),
    _silent(
        "udp-frozen-8s", "UDP: camera frozen for 8 s", Misbehave(((Misbehaviour.FREEZE, ""),)), 8.0, setting=_UDP
    ),
)

_NEVER_THERE = (
    _unreachable(
        "refused",
        "nobody listens at the camera's port",
        Misbehave(((Misbehaviour.REFUSE, ""),)),
        Reason.REFUSED,
        needs=frozenset(),
    ),
    _unreachable(
        "host-not-found",
        "camera's name cannot be resolved",
        ForgetName(),
        Reason.HOST_NOT_FOUND,
        setting=Setting(by_name=True),
    ),
    _unreachable("host-unreachable", "ICMP host unreachable", Reject("icmp-host-unreachable"), Reason.UNREACHABLE),
    _unreachable(
        "net-unreachable", "ICMP network unreachable", Reject("icmp-net-unreachable"), Reason.UNREACHABLE
    ),
    _unreachable(
        "syn-dropped", "TCP SYN dropped", Drop(from_camera=False, match=(*_RTSP, "--syn")), Reason.CONNECT_TIMEOUT
    ),
)

_BORNE = (
    _borne("cable-1s", "cable pulled for 1 s", PullCable(), 1.0, loss=Loss.NOTHING),
    _borne(
        "loss-tcp-5",
        "5 % of the camera's packets dropped for 8 s, TCP",
        Drop(to_camera=False, match=share(0.05)),
        8.0,
        loss=Loss.NOTHING,
    ),
    _borne(
        "loss-udp-1",
        "1 % of the camera's packets dropped for 8 s, UDP",
        Drop(to_camera=False, match=share(0.01)),
        8.0,
        loss=Loss.CAMERAS_OWN,
        setting=_UDP,
    ),
    _borne(
        "loss-udp-5",
        "5 % of the camera's packets dropped for 8 s, UDP",
        Drop(to_camera=False, match=share(0.05)),
        8.0,
        loss=Loss.CAMERAS_OWN,
        setting=_UDP,
    ),
    _borne(
        "loss-udp-20",
        "20 % of the camera's packets dropped for 8 s, UDP",
        Drop(to_camera=False, match=share(0.2)),
        8.0,
        loss=Loss.CAMERAS_OWN,
        setting=_UDP,
    ),
    _borne(
        "throttled",
        "network carries 100 kbit/s for 4 s, less than the camera sends",
        Throttle(100),
        4.0,
        loss=Loss.NOTHING,
    ),
)

_TUNNEL = Setting(camera={"main": {"transport": "http"}})
_ENCRYPTED = Setting(camera={"main": {"tls_accept_any": True}}, encrypted=True)

_WAYS = (
    _closed("tunnel-reset", "RTSP within HTTP: camera resets", Misbehave(_RESET), setting=_TUNNEL),
    _silent(
        "tunnel-frozen-5s", "RTSP within HTTP: camera frozen for 5 s", Misbehave(_FREEZE), 5.0, setting=_TUNNEL
    ),
    _closed("rtsps-reset", "rtsps: camera resets", Misbehave(_RESET), setting=_ENCRYPTED),
    _silent("rtsps-frozen-5s", "rtsps: camera frozen for 5 s", Misbehave(_FREEZE), 5.0, setting=_ENCRYPTED),
    _silent("rtsps-cable-5s", "rtsps: cable pulled for 5 s", PullCable(), 5.0, needs=_ROOT, setting=_ENCRYPTED),
)

_OTHERS = (
    FaultEntry(
        name="slow-link",
        group=Group.CONNECTION,
        how="network carries 60 kbit/s for 10 s: a key frame of 720p takes seconds",
        injection=Throttle(60),
        expected=Expected(network(Reason.SLOW_LINK), noticed_s=8.0),
        lasts_s=10.0,
        needs=_ROOT,
        setting=Setting(source="pattern:720p5"),
    ),
    FaultEntry(
        name="dropped-to-camera",
        group=Group.CONNECTION,
        how="packets to the camera dropped for 8 s; its own stop when too many are not acknowledged",
        injection=Drop(from_camera=False),
        expected=Expected(STALLED, noticed_s=8.0, back_s=2.0, loss=Loss.OUTAGE),
        lasts_s=8.0,
        needs=_ROOT,
    ),
    _closed(
        "udp-hung-up",
        "UDP: camera ends the control connection (FIN) and stops sending",
        Misbehave(((Misbehaviour.DISCONNECT, "fin"),)),
        setting=_UDP,
    ),
    FaultEntry(
        name="udp-blocked",
        group=Group.CONNECTION,
        how="UDP: firewall lets none through, from the start; TCP is taken by itself",
        injection=Drop(to_camera=False, match=("-p", "udp")),
        expected=Expected(back_s=2.0, loss=Loss.OUTAGE),
        lasts_s=12.0,
        needs=_ROOT,
        from_start=True,
        setting=_UDP,
    ),
    FaultEntry(
        name="udp-blocked-later",
        group=Group.CONNECTION,
        how="UDP: firewall lets none through any more for 15 s; TCP is taken by itself",
        injection=Drop(to_camera=False, match=("-p", "udp")),
        expected=Expected(STALLED, noticed_s=2.3, back_s=2.0, loss=Loss.OUTAGE),
        lasts_s=15.0,
        needs=_ROOT,
        setting=_UDP,
    ),
    FaultEntry(
        name="short-keep-alive",
        group=Group.CONNECTION,
        how="camera ends sessions that it hears nothing of for 8 s; watched for 20 s",
        injection=Nothing(),
        expected=Expected(),
        lasts_s=20.0,
        setting=Setting(simulator=("--session-timeout", "8")),
    ),
)

ENTRIES = (*_GONE, *_NEVER_THERE, *_BORNE, *_WAYS, *_OTHERS)
