"""A pipeline whose bus is read by asyncio and which may be let go of even if it hangs."""

import asyncio
import itertools
import logging

from gstnvr.blocking.calls import BlockingCalls, StillRunningError
from gstnvr.gst.messages import translate
from gstnvr.gst.runtime import GObject, Gst
from gstnvr.media.messages import EndOfStream, MediaMessage, PipelineError
from gstnvr.media.pipelines import Listener

_log = logging.getLogger(__name__)


class MissingElementError(LookupError):
    """GStreamer lacks an element that is needed."""

    def __init__(self, factory: str) -> None:
        super().__init__(f"GStreamer has no element {factory!r}; 'gstnvr doctor' says which package has it")
        self.factory = factory


def make(factory: str, name: str, **properties: object) -> Gst.Element:
    """An element with its properties set; underscores in names stand for dashes, a last one for nothing.

    Raises:
        MissingElementError: there is no such element.
    """
    element = Gst.ElementFactory.make(factory, name)
    if element is None:
        raise MissingElementError(factory)
    for key, value in properties.items():
        element.set_property(key.rstrip("_").replace("_", "-"), value)
    return element


class Pipeline:
    """Owns a ``Gst.Pipeline`` from the first to the last state change."""

    def __init__(self, name: str) -> None:
        self.bin = Gst.Pipeline.new(name)
        # Whatever else provides a clock may lose it, and to choose another would take a pause of the camera.
        self.bin.use_clock(Gst.SystemClock.obtain())
        self._name = name
        self._settled = asyncio.Event()
        self._failed = False
        self._bus = self.bin.get_bus()
        self._listener: Listener | None = None
        self._reading: int | None = None

    def add(self, *elements: Gst.Element) -> None:
        """Put elements in, linked in this order."""
        for element in elements:
            self.bin.add(element)
        for upstream, downstream in itertools.pairwise(elements):
            if not upstream.link(downstream):
                raise RuntimeError(f"cannot link {upstream.get_name()} to {downstream.get_name()}")

    def begin_in_mid_time(self) -> None:
        """Let running time begin far from 0: a camera's clock may go backwards, and times have no sign.

        Half of what the machine's clock shows leaves as much room for the base time, which has none either.
        """
        self.bin.set_start_time(Gst.CLOCK_TIME_NONE)
        self.bin.set_base_time(Gst.SystemClock.obtain().get_time() // 2)

    def play(self, listener: Listener) -> None:
        """Begin; what happens from here on is told to the listener."""
        self._listener = listener
        self._reading = self._bus.get_pollfd().fd
        asyncio.get_running_loop().add_reader(self._reading, self._drain)
        self.bin.set_state(Gst.State.PLAYING)

    def _drain(self) -> None:
        while (message := self._bus.pop()) is not None:
            if message.type is Gst.MessageType.LATENCY:
                self.bin.recalculate_latency()
            elif message.type is Gst.MessageType.CLOCK_LOST:
                _log.warning("pipeline %s: an element lost its clock; the system's goes on", self._name)
            heard = translate(message)
            self._note_end(heard)
            if heard is not None and self._listener is not None:
                self._listener(heard)

    def _note_end(self, heard: MediaMessage | None) -> None:
        if isinstance(heard, PipelineError) and heard.fatal:
            self._failed = True
            self._settled.set()
        elif isinstance(heard, EndOfStream):
            self._settled.set()

    async def drained(self, timeout_s: float) -> bool:
        """Wait for the end of the stream; False: an error came first, or nothing within the time."""
        try:
            async with asyncio.timeout(timeout_s):
                await self._settled.wait()
        except TimeoutError:
            return False
        return not self._failed

    def silence(self) -> None:
        """Hear no more messages."""
        self._listener = None
        if self._reading is not None:
            asyncio.get_running_loop().remove_reader(self._reading)
            self._reading = None

    async def release(self, timeout_s: float) -> bool:
        """Bring it to NULL; False: it hung and was left to itself."""
        self.silence()
        calls = BlockingCalls(self._name)
        try:
            await calls.run(self.bin.set_state, Gst.State.NULL, timeout_s=timeout_s)
        except StillRunningError:
            _log.warning("pipeline %s does not stop and is abandoned", self._name)
            return False
        self._forget_handlers()
        return True

    def _forget_handlers(self) -> None:
        """An element keeps its signal handlers alive, and they keep it: Python alone never frees such a circle."""
        for element in self.bin.children:
            GObject.signal_handlers_destroy(element)
