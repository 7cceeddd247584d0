"""One mount: what it plays, how it behaves, what it has sent."""

import asyncio
from collections.abc import Iterable, Sequence

from gstnvr.simulator.behaviour import Behaviour, Misbehaviour, behaviour_of
from gstnvr.simulator.packets import Packet, PreparedClip


class Camera:
    """Changed on the asyncio thread, but for what is counted; read by the sending thread, too."""

    def __init__(self, mount: str, clip: PreparedClip, *, paced: bool) -> None:
        self.mount = mount
        self.clip = clip
        self.jump_ns = 0
        """Nanoseconds that RTP timestamps have jumped by so far."""
        self.restarts = 0
        """Times that its sessions took another SSRC."""
        self.video_units_sent = 0
        self.packets_numbered = 0
        """Of video and audio, dropped ones too."""
        self.packets_dropped = 0
        self.thawed = asyncio.Event()
        self.thawed.set()
        self.behaviour: Behaviour = behaviour_of({}, paced=paced)
        self._own_clip = clip
        self._paced = paced
        self._active: dict[Misbehaviour, str] = {}

    @property
    def active(self) -> dict[Misbehaviour, str]:
        """What it has been told to do wrong, with values."""
        return dict(self._active)

    def begin(self, what: Misbehaviour, value: str) -> None:
        self._active[what] = value
        self._apply()

    def end(self, whats: Iterable[Misbehaviour]) -> None:
        for what in whats:
            self._active.pop(what, None)
            if what is Misbehaviour.SWITCH:
                self.clip = self._own_clip
        self._apply()

    def note_packets(self, numbered: Sequence[Packet], sent: Sequence[Packet]) -> None:
        """Count what leaves and what does not."""
        self.packets_numbered += len(numbered)
        if sent is not numbered:
            self.packets_dropped += len(numbered) - len(set(sent))

    def _apply(self) -> None:
        self.behaviour = behaviour_of(self._active, paced=self._paced)
        if self.behaviour.reads:
            self.thawed.set()
        else:
            self.thawed.clear()
