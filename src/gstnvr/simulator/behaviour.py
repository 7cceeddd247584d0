"""What a simulated camera can be told to do wrong, and what follows from it at any moment."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Misbehaviour(StrEnum):
    """Everything that can go wrong on command; the words of the control socket and of ``--fault``."""

    REFUSE = "refuse"
    """Nobody listens any more: whole server only; value ``rtsp``, ``http`` or ``all``."""
    REJECT = "reject"
    """Connections are taken and closed at the first request."""
    UNAUTHORIZED = "unauthorized"
    """401, whatever the password."""
    NOT_FOUND = "not_found"
    """404."""
    TRANSPORT_REFUSED = "transport_refused"
    """461 to SETUP; value ``udp``, ``multicast``, ``tcp`` or ``all``."""
    TUNNEL_ONLY = "tunnel_only"
    """Whoever speaks RTSP outside of HTTP is hung up on."""
    REDIRECT = "redirect"
    """DESCRIBE is referred to another address, the value."""
    SLOW_ANSWER = "slow_answer"
    """Every answer comes so many seconds late."""
    SILENT = "silent"
    """No more media; requests are still answered."""
    DEAF = "deaf"
    """No more media, no answers; what comes is read and dropped."""
    FREEZE = "freeze"
    """Nothing is sent or read any more, as if the process were stopped."""
    VIDEO_SILENT = "video_silent"
    """No more video; audio goes on."""
    NO_AUDIO = "no_audio"
    """Audio is announced and never sent."""
    LOSS = "loss"
    """This share of RTP packets is dropped, 0 to 1."""
    DUPLICATE = "duplicate"
    """This share of RTP packets is sent twice."""
    REORDER = "reorder"
    """This share of RTP packets is sent after the one that follows it."""
    NO_MARKER = "no_marker"
    """No packet says that it ends a picture."""
    PARAMETER_SETS = "parameter_sets"
    """SPS, PPS and VPS are in the session description alone (``described``) or in the stream alone (``sent``)."""
    CLOCK = "clock"
    """RTP timestamps run so many times as fast as they should: 0 stands still, below that they run backwards."""
    PACED = "paced"
    """Packets leave one by one as on a link of 100 Mbit/s."""
    BURST = "burst"
    """A frame leaves in one piece."""
    SWITCH = "switch"
    """Another source takes over in running sessions; value as in ``NAME=SOURCE``."""
    DISCONNECT = "disconnect"
    """Once: connections end; value ``fin``, ``rst`` or ``bye``."""
    JUMP = "jump"
    """Once: RTP timestamps jump by so many seconds, also negative."""
    SSRC = "ssrc"
    """Once: packets go on with another SSRC and another sequence, as after a restart of the encoder."""


MOMENTARY = frozenset({Misbehaviour.DISCONNECT, Misbehaviour.JUMP, Misbehaviour.SSRC})
"""Happens once; there is nothing to clear."""

_NUMBERS = {
    Misbehaviour.SLOW_ANSWER: (0.0, 600.0),
    Misbehaviour.LOSS: (0.0, 1.0),
    Misbehaviour.DUPLICATE: (0.0, 1.0),
    Misbehaviour.REORDER: (0.0, 1.0),
    Misbehaviour.CLOCK: (-10.0, 10.0),
    Misbehaviour.JUMP: (-1e6, 1e6),
}
_WORDS = {
    Misbehaviour.REFUSE: ("all", "rtsp", "http"),
    Misbehaviour.TRANSPORT_REFUSED: ("all", "udp", "multicast", "tcp"),
    Misbehaviour.DISCONNECT: ("fin", "rst", "bye"),
    Misbehaviour.PARAMETER_SETS: ("described", "sent"),
}
_NEEDED = {
    Misbehaviour.SWITCH: "a source, as in switch=pattern:360p10",
    Misbehaviour.REDIRECT: "an address, as in redirect=rtsp://192.0.2.1/",
}


class OrderError(ValueError):
    """An order that makes no sense; the message is one line and says what would."""


@dataclass(frozen=True, slots=True)
class Order:
    """One misbehaviour for one camera or all of them."""

    what: Misbehaviour
    camera: str
    """``cam1`` (main and sub), ``cam1/sub`` or ``*``."""
    value: str = ""
    duration_s: float | None = None
    """None: until it is cleared."""


def make_order(what: str, camera: str, value: str, duration_s: float | None) -> Order:
    """Check an order of a user.

    Raises:
        OrderError: unknown word, or a value that does not fit.
    """
    try:
        kind = Misbehaviour(what)
    except ValueError:
        known = ", ".join(Misbehaviour)
        raise OrderError(f"unknown fault {what!r}; known are {known}") from None
    if kind is Misbehaviour.REFUSE and camera != "*":
        raise OrderError("refuse is for the whole server: write * as camera")
    if duration_s is not None and (kind in MOMENTARY or duration_s <= 0):
        raise OrderError(f"{kind} cannot last {duration_s:g} s")
    return Order(kind, camera, _value(kind, value), duration_s)


def _value(kind: Misbehaviour, value: str) -> str:
    if kind in _WORDS:
        words = _WORDS[kind]
        if value and value not in words:
            raise OrderError(f"{kind} takes {', '.join(words)}, not {value!r}")
        return value or words[0]
    if kind in _NUMBERS:
        low, high = _NUMBERS[kind]
        try:
            number = float(value)
        except ValueError:
            raise OrderError(f"{kind} needs a number, as in {kind}=0.5") from None
        if not low <= number <= high:
            raise OrderError(f"{kind} takes {low:g} to {high:g}, not {value}")
        return value
    if kind in _NEEDED:
        if not value:
            raise OrderError(f"{kind} needs {_NEEDED[kind]}")
        return value
    if value:
        raise OrderError(f"{kind} takes no value")
    return value


@dataclass(frozen=True, slots=True)
class Behaviour:
    """How a camera behaves now; replaced as a whole, so that the sending thread never sees half a change."""

    paced: bool = False
    sends_video: bool = True
    sends_audio: bool = True
    loss: float = 0.0
    duplicate: float = 0.0
    reorder: float = 0.0
    marks: bool = True
    describes_parameter_sets: bool = True
    sends_parameter_sets: bool = True
    clock: float = 1.0
    """How fast RTP timestamps run."""
    reads: bool = True
    answers: bool = True
    answer_delay_s: float = 0.0
    rejects: bool = False
    status: int | None = None
    """Answer to every request instead of the right one."""
    refused_transport: str = ""
    """``udp``, ``multicast``, ``tcp``, ``all`` or nothing."""
    tunnel_only: bool = False
    redirect: str = ""


def behaviour_of(active: Mapping[Misbehaviour, str], *, paced: bool) -> Behaviour:
    """What the active misbehaviours come to together.

    Args:
        paced: how the camera sends when it is told nothing.
    """
    quiet = not active.keys().isdisjoint({Misbehaviour.SILENT, Misbehaviour.DEAF, Misbehaviour.FREEZE})
    if Misbehaviour.PACED in active:
        paced = True
    if Misbehaviour.BURST in active:
        paced = False
    status = None
    if Misbehaviour.NOT_FOUND in active:
        status = 404
    if Misbehaviour.UNAUTHORIZED in active:
        status = 401
    return Behaviour(
        paced=paced,
        sends_video=not quiet and Misbehaviour.VIDEO_SILENT not in active,
        sends_audio=not quiet and Misbehaviour.NO_AUDIO not in active,
        loss=float(active.get(Misbehaviour.LOSS, "0")),
        duplicate=float(active.get(Misbehaviour.DUPLICATE, "0")),
        reorder=float(active.get(Misbehaviour.REORDER, "0")),
        marks=Misbehaviour.NO_MARKER not in active,
        describes_parameter_sets=active.get(Misbehaviour.PARAMETER_SETS) != "sent",
        sends_parameter_sets=active.get(Misbehaviour.PARAMETER_SETS) != "described",
        clock=float(active.get(Misbehaviour.CLOCK, "1")),
        reads=Misbehaviour.FREEZE not in active,
        answers=Misbehaviour.DEAF not in active,
        answer_delay_s=float(active.get(Misbehaviour.SLOW_ANSWER, "0")),
        rejects=Misbehaviour.REJECT in active,
        status=status,
        tunnel_only=Misbehaviour.TUNNEL_ONLY in active,
        redirect=active.get(Misbehaviour.REDIRECT, ""),
        refused_transport=active.get(Misbehaviour.TRANSPORT_REFUSED, ""),
    )
