"""Faults of simulated cameras, and what a recorder must make of each."""

from dataclasses import dataclass

from gstnvr.model.choices import Transport
from gstnvr.model.faults import Fault, GapCause, Reason
from gstnvr.simulator.behaviour import Misbehaviour

AT_ONCE = (-0.05, 1.2)
"""Seconds; sooner than by the pictures that do not come."""
STALL = (1.7, 5.0)
CLOSED = frozenset({Reason.CLOSED_BY_CAMERA, Reason.CONNECTION_LOST})
STALLED = frozenset({Reason.VIDEO_STALLED})

Order = tuple[Misbehaviour, str]


@dataclass(frozen=True, slots=True)
class Loss:
    """A healthy stream breaks, and the camera is well again after some seconds."""

    name: str
    orders: tuple[Order, ...]
    back_after_s: float
    noticed_s: tuple[float, float]
    reasons: frozenset[Reason]
    audio: bool = False
    again_within_s: float = 6.0
    """Seconds; most of them are for machines with other work. The table of faults has what it takes."""
    own_simulator: bool = False
    transport: Transport = Transport.TCP


@dataclass(frozen=True, slots=True)
class Refusal:
    """A camera that cannot be recorded from the start, and is well after some seconds."""

    name: str
    orders: tuple[Order, ...]
    fault: Fault
    reason: Reason
    cause: GapCause
    least_delay_s: float = 0.0
    """Before it is asked again."""


@dataclass(frozen=True, slots=True)
class Oddity:
    """A camera that does something odd in mid-stream, which is to interrupt nothing."""

    name: str
    orders: tuple[Order, ...]
    audio: bool = False
    from_start: bool = False
    transport: Transport = Transport.TCP
    segments: tuple[int, ...] = (1,)
    """How many there may be."""


_FIN: Order = (Misbehaviour.DISCONNECT, "fin")
_REFUSE: Order = (Misbehaviour.REFUSE, "")

LOSSES = (
    Loss("killed", (_FIN,), 0, AT_ONCE, CLOSED),
    Loss("reset", ((Misbehaviour.DISCONNECT, "rst"),), 0, AT_ONCE, CLOSED),
    Loss("killed_half_second", (_REFUSE, _FIN), 0.5, AT_ONCE, CLOSED, own_simulator=True),
    Loss("killed_five_seconds", (_REFUSE, _FIN), 5, AT_ONCE, CLOSED, own_simulator=True),
    Loss("hanging_up", ((Misbehaviour.REJECT, ""), _FIN), 3, AT_ONCE, CLOSED),
    Loss("frozen", ((Misbehaviour.FREEZE, ""),), 4, STALL, STALLED),
    Loss("silent", ((Misbehaviour.SILENT, ""),), 3.5, STALL, STALLED),
    Loss("deaf", ((Misbehaviour.DEAF, ""),), 5, STALL, STALLED),
    Loss("video_silent", ((Misbehaviour.VIDEO_SILENT, ""),), 4, STALL, STALLED, audio=True),
    Loss("udp_killed", (_REFUSE, _FIN), 1, AT_ONCE, CLOSED, own_simulator=True, transport=Transport.UDP),
    Loss("udp_hung_up", (_FIN,), 0, AT_ONCE, CLOSED, transport=Transport.UDP),
    Loss("udp_frozen", ((Misbehaviour.FREEZE, ""),), 4, STALL, STALLED, audio=True, transport=Transport.UDP),
)

LONG_LOSSES = (
    Loss("killed_forty_seconds", (_REFUSE, _FIN), 40, AT_ONCE, CLOSED, again_within_s=9, own_simulator=True),
    Loss("frozen_forty_seconds", ((Misbehaviour.FREEZE, ""),), 40, STALL, STALLED, again_within_s=9),
)


REFUSALS = (
    Refusal(
        "unauthorized",
        ((Misbehaviour.UNAUTHORIZED, ""),),
        Fault.AUTHENTICATION,
        Reason.UNAUTHORIZED,
        GapCause.AUTHENTICATION,
        least_delay_s=60,
    ),
    Refusal("not_found", ((Misbehaviour.NOT_FOUND, ""),), Fault.RTSP_NETWORK, Reason.NOT_FOUND, GapCause.NETWORK),
    Refusal(
        "rejecting", ((Misbehaviour.REJECT, ""),), Fault.RTSP_NETWORK, Reason.CONNECTION_LOST, GapCause.NETWORK
    ),
    Refusal("mute", ((Misbehaviour.DEAF, ""),), Fault.RTSP_NETWORK, Reason.NO_ANSWER, GapCause.NETWORK),
    Refusal(
        "no_transport",
        ((Misbehaviour.TRANSPORT_REFUSED, "all"),),
        Fault.RTSP_NETWORK,
        Reason.TRANSPORT_REFUSED,
        GapCause.NETWORK,
    ),
    Refusal("no_video", ((Misbehaviour.SILENT, ""),), Fault.RTSP_NETWORK, Reason.NO_FIRST_FRAME, GapCause.NETWORK),
)

ODDITIES = (
    Oddity("jump_forward", ((Misbehaviour.JUMP, "60"),), segments=(2,)),
    Oddity("jump_far", ((Misbehaviour.JUMP, "3600"),), segments=(2,)),
    Oddity("jump_back", ((Misbehaviour.JUMP, "-10"),), segments=(2,)),
    Oddity("jump_with_audio", ((Misbehaviour.JUMP, "60"),), audio=True, segments=(2,)),
    Oddity("paced", ((Misbehaviour.PACED, ""),)),
    Oddity("burst", ((Misbehaviour.BURST, ""),)),
    # A jitter buffer of its own may see the times of the new SSRC a little differently.
    Oddity("ssrc", ((Misbehaviour.SSRC, ""),), segments=(1, 2)),
    Oddity("ssrc_with_audio", ((Misbehaviour.SSRC, ""),), audio=True, segments=(1, 2)),
    Oddity("ssrc_udp", ((Misbehaviour.SSRC, ""),), audio=True, transport=Transport.UDP, segments=(1, 2)),
    Oddity("slow_answers", ((Misbehaviour.SLOW_ANSWER, "1"),), audio=True, from_start=True),
    Oddity("udp_refused", ((Misbehaviour.TRANSPORT_REFUSED, "udp"),), from_start=True, transport=Transport.UDP),
    Oddity("no_audio", ((Misbehaviour.NO_AUDIO, ""),), audio=True, from_start=True),
)
