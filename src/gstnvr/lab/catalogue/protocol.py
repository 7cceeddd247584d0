"""Cameras, and others at their address, that answer what they should not."""

from gstnvr.lab.catalogue.callings import CLOSED, UNAUTHORIZED, network
from gstnvr.lab.catalogue.limits import RETRIED_S, retrying
from gstnvr.lab.entries import Calling, Expected, Family, FaultEntry, Group, Injection, Loss, Setting
from gstnvr.lab.injections.camera import Misbehave, Replace
from gstnvr.lab.strangers import StrangerKind
from gstnvr.model.faults import Reason
from gstnvr.simulator.behaviour import Misbehaviour

_END = (Misbehaviour.DISCONNECT, "fin")
_LOCKED_OUT_S = 95.0
"""A wrong password is tried again after 60 s or up to half as long again."""


def _refused(
    name: str,
    how: str,
    injection: Injection,
    called: frozenset[Calling],
    *,
    noticed_s: float = 4.0,
    back_s: float = RETRIED_S,
    lasts_s: float = 8.0,
    setting: Setting | None = None,
) -> FaultEntry:
    """From the start."""
    return FaultEntry(
        name=name,
        group=Group.PROTOCOL,
        how=f"{how}, from the start, for {lasts_s:g} s",
        injection=injection,
        expected=Expected(called, noticed_s=noticed_s, back_s=back_s, loss=Loss.OUTAGE),
        lasts_s=lasts_s,
        from_start=True,
        setting=retrying(setting),
    )


def _status(code: int, called: frozenset[Calling], back_s: float = RETRIED_S) -> FaultEntry:
    """Every request is answered with this status."""
    stranger = Replace(StrangerKind(str(code)))
    return _refused(f"status-{code}", f"camera answers {code} to everything", stranger, called, back_s=back_s)


_FROM_START = (
    _refused(
        "unauthorized",
        "camera answers 401",
        Misbehave(((Misbehaviour.UNAUTHORIZED, ""),)),
        UNAUTHORIZED,
        back_s=_LOCKED_OUT_S,
    ),
    _refused(
        "not-found", "camera answers 404", Misbehave(((Misbehaviour.NOT_FOUND, ""),)), network(Reason.NOT_FOUND)
    ),
    _refused(
        "transport-refused",
        "camera answers 461 to every transport",
        Misbehave(((Misbehaviour.TRANSPORT_REFUSED, "all"),)),
        network(Reason.TRANSPORT_REFUSED),
    ),
    _status(403, UNAUTHORIZED, _LOCKED_OUT_S),
    _status(454, network(Reason.SERVER_ERROR)),
    _status(500, network(Reason.SERVER_ERROR)),
    _status(503, network(Reason.SERVER_ERROR)),
    _refused(
        "redirected-from-start",
        "camera refers to another host",
        Misbehave(((Misbehaviour.REDIRECT, "rtsp://10.77.250.2/elsewhere"),)),
        network(Reason.REDIRECTED),
    ),
    _refused(
        "hangs-up",
        "camera takes the connection and ends it at the first request",
        Misbehave(((Misbehaviour.REJECT, ""),)),
        CLOSED,
    ),
    _refused(
        "mute",
        "something takes the connection and never answers",
        Replace(StrangerKind.MUTE),
        network(Reason.NO_ANSWER),
    ),
    _refused(
        "web-server",
        "a web server at the camera's port",
        Replace(StrangerKind.WEB_SERVER),
        network(Reason.NOT_RTSP),
    ),
    _refused(
        "no-tls",
        "rtsps: a web server without TLS at the camera's port",
        Replace(StrangerKind.WEB_SERVER),
        network(Reason.NO_TLS),
        setting=Setting(camera={"main": {"tls_accept_any": True}}, encrypted=True),
    ),
    _refused(
        "noise", "something answers with random bytes", Replace(StrangerKind.NOISE), network(Reason.NOT_RTSP)
    ),
    _refused(
        "slow-answers-8s",
        "every answer 8 s late",
        Misbehave(((Misbehaviour.SLOW_ANSWER, "8"),)),
        network(Reason.NO_ANSWER),
    ),
    _refused(
        "no-first-frame",
        "camera agrees to play and sends nothing",
        Misbehave(((Misbehaviour.SILENT, ""),)),
        network(Reason.NO_FIRST_FRAME),
        noticed_s=11.0,
        lasts_s=20.0,
    ),
)

_FALL_BACK = {
    "quick_retry_s": 0,
    "reconnect_delay_s": 1,
    "reconnect_max_delay_s": 1,
    "fallback_after_attempts": 1,
    "fallback_return_s": 3,
}

_LATER = (
    FaultEntry(
        name="rtsp-gone",
        group=Group.PROTOCOL,
        how="nobody listens at the camera's RTSP port for 20 s, Motion JPEG comes over HTTP; retries after 1 s,"
        " fall-back after 1 attempt, return tried every 3 s",
        injection=Misbehave(((Misbehaviour.REFUSE, "rtsp"), _END)),
        expected=Expected(CLOSED | network(Reason.FALLEN_BACK), noticed_s=0.1, back_s=2.0, loss=Loss.OUTAGE),
        lasts_s=20.0,
        setting=Setting(
            fallback="pattern:90p5:mjpeg",
            sections={"session": _FALL_BACK},
        ),
    ),
    FaultEntry(
        name="redirected",
        group=Group.PROTOCOL,
        how="camera ends the session and for 6 s refers whoever asks to another host",
        injection=Misbehave(((Misbehaviour.REDIRECT, "rtsp://10.77.250.2/elsewhere"), _END)),
        expected=Expected(CLOSED, noticed_s=0.1, back_s=2.0, loss=Loss.OUTAGE),
        lasts_s=6.0,
        families=frozenset({Family.HARD_DISCONNECT, Family.CAMERA_BACK}),
    ),
    FaultEntry(
        name="password-changed",
        group=Group.PROTOCOL,
        how="camera ends the session and answers 401 for 8 s, as after a change of its password",
        injection=Misbehave(((Misbehaviour.UNAUTHORIZED, ""), _END)),
        expected=Expected(CLOSED | UNAUTHORIZED, noticed_s=0.1, back_s=_LOCKED_OUT_S, loss=Loss.OUTAGE),
        lasts_s=8.0,
    ),
    FaultEntry(
        name="hangs-up-later",
        group=Group.PROTOCOL,
        how="camera ends the session and for 3 s every other connection at the first request",
        injection=Misbehave(((Misbehaviour.REJECT, ""), _END)),
        expected=Expected(CLOSED, noticed_s=0.1, back_s=2.0, loss=Loss.OUTAGE),
        lasts_s=3.0,
        families=frozenset({Family.HARD_DISCONNECT, Family.CAMERA_BACK}),
    ),
    FaultEntry(
        name="web-server-later",
        group=Group.PROTOCOL,
        how="camera is replaced by a web server for 5 s, as while its firmware is updated",
        injection=Replace(StrangerKind.WEB_SERVER),
        expected=Expected(CLOSED, noticed_s=0.5, back_s=2.0, loss=Loss.OUTAGE),
        lasts_s=5.0,
        families=frozenset({Family.CAMERA_BACK}),
    ),
    FaultEntry(
        name="mute-later",
        group=Group.PROTOCOL,
        how="camera is replaced by something that never answers for 6 s",
        injection=Replace(StrangerKind.MUTE),
        expected=Expected(CLOSED, noticed_s=0.5, back_s=2.0, loss=Loss.OUTAGE),
        lasts_s=6.0,
        families=frozenset({Family.CAMERA_BACK}),
    ),
    FaultEntry(
        name="slow-answers-1s",
        group=Group.PROTOCOL,
        how="every answer 1 s late, for 10 s of the session",
        injection=Misbehave(((Misbehaviour.SLOW_ANSWER, "1"),)),
        expected=Expected(),
        lasts_s=10.0,
    ),
    FaultEntry(
        name="udp-not-offered",
        group=Group.PROTOCOL,
        how="camera answers 461 to UDP; TCP is taken by itself",
        injection=Misbehave(((Misbehaviour.TRANSPORT_REFUSED, "udp"),)),
        expected=Expected(back_s=2.0, loss=Loss.OUTAGE),
        lasts_s=6.0,
        from_start=True,
        setting=Setting(camera={"main": {"transport": "udp"}}),
    ),
)

ENTRIES = (*_FROM_START, *_LATER)
