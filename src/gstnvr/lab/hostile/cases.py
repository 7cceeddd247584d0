"""What a hostile camera can be told to be; cases are data, and a new one is one function."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from gstnvr.lab.hostile.wire import Request, Wire
from gstnvr.model.faults import Reason

Act = Callable[[Wire], Awaitable[None]]
Answer = Callable[[Wire, Request], Awaitable[None]]

_WORDS_OF_THE_SOURCE = frozenset(
    {
        Reason.CODEC_CHANGED,
        Reason.CONNECTION_LOST,
        Reason.FLOODED,
        Reason.NO_ANSWER,
        Reason.NO_FIRST_FRAME,
        Reason.NOT_RTSP,
        Reason.SERVER_ERROR,
        Reason.TRANSPORT_REFUSED,
    }
)
"""rtspsrc says little of what it did not like about an answer."""


@dataclass(frozen=True, slots=True)
class HostileCase:
    """One kind of hostile camera."""

    name: str
    how: str
    """What it does, for a person."""
    act: Act
    """One connection of a client, to its end."""
    origin: str
    """The module that enters it."""
    called: frozenset[Reason]
    """One of these is the reason of each of its incidents; none: it is recorded without any."""
    asks_for_password: bool = False
    deadly: bool = False
    """GStreamer 1.22 crashes, and takes its process along."""

    @property
    def group(self) -> str:
        """Name of the module that it comes from."""
        return self.origin.rpartition(".")[2]


CASES: dict[str, HostileCase] = {}
"""By name; filled when the modules with cases are imported."""


def connection(
    name: str, how: str, *called: Reason, password: bool = False, deadly: bool = False, origin: str = ""
) -> Callable[[Act], Act]:
    """Enter a function that has a whole connection to itself.

    Args:
        origin: the module that it comes from, if not that of the function.
    """

    def enter(act: Act) -> Act:
        assert name not in CASES, name
        CASES[name] = HostileCase(name, how, act, origin or act.__module__, frozenset(called), password, deadly)
        return act

    return enter


def description(
    name: str, how: str, *called: Reason, password: bool = False, deadly_later: bool = False
) -> Callable[[Answer], Answer]:
    """Enter a function that answers DESCRIBE, twice: to the probe, and to the source that follows a good probe."""

    def enter(answer: Answer) -> Answer:
        async def to_probe(wire: Wire) -> None:
            await answer(wire, await wire.up_to("DESCRIBE"))
            await wire.until_gone()

        async def to_source(wire: Wire) -> None:
            request = await wire.up_to("DESCRIBE")
            await (answer(wire, request) if wire.from_source else wire.answer_rightly(request))
            await wire.until_gone()

        reasons = _WORDS_OF_THE_SOURCE.union(called)
        later = f"{how}; only after a probe that went well"
        origin = answer.__module__
        connection(name, how, *called, password=password, origin=origin)(to_probe)
        connection(f"{name}_later", later, *reasons, password=password, deadly=deadly_later, origin=origin)(
            to_source
        )
        return answer

    return enter
