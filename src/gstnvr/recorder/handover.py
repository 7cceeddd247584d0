"""The place at which one recorder stops and another one goes on, each with its own connection to the camera."""

import asyncio
from collections.abc import Callable, Iterator
from itertools import islice

from gstnvr.ipc.messages import IncidentChanged, Place, RecorderEvent
from gstnvr.media.units import Track
from gstnvr.model.clock import NS_PER_MS, NS_PER_S, UtcNs
from gstnvr.recorder.reporting.reports import Tell
from gstnvr.recorder.ring import Ring
from gstnvr.recorder.segments.planning import Position

KNOWN_BY = 16
"""So many units tell a place from others; two of the same size are not rare, sixteen in a row are."""
CLOCKS_APART_NS = 2 * NS_PER_S
"""Two recorders may differ by no more on the moment of a picture."""
SOUND_APART_NS = NS_PER_S
"""Two sessions may differ by no more on what is heard with a picture."""
EARLY_NS = 50 * NS_PER_MS
"""A key frame that is so little too early is taken all the same, where the place is not known exactly."""


def place_of(ring: Ring, number: int, at: UtcNs) -> Place:
    """The place in front of a key frame in the ring."""
    return Place(at, _sizes(ring, number, Track.VIDEO), _sizes(ring, number, Track.AUDIO))


def find(ring: Ring, place: Place) -> Position | None:
    """The same place in the ring of another recorder; None: it, or the sound around it, has not come.

    A picture is known by its size, those before it, and roughly its moment.
    """
    same = [
        (abs(at - place.at), number)
        for number, at in keys_of(ring)
        if _fits(ring, number, Track.VIDEO, place.sizes)
    ]
    if same and min(same)[0] <= CLOCKS_APART_NS:
        number = min(same)[1]
        if place.audio_sizes and ring.newest_pts - ring.unit(number).pts < SOUND_APART_NS // 2:
            return None
        ring.session_of(number).timeline.agree(ring.unit(number).pts, place.at)
        return Position(number, _audio_from(ring, number, place.audio_sizes), place.at)
    return None


def next_key(ring: Ring, place: Place) -> Position | None:
    """The first key frame after a place that is not known exactly; None: it has not come."""
    later = ((number, at) for number, at in keys_of(ring) if at >= place.at - EARLY_NS)
    return next((Position(number, number, max(at, place.at)) for number, at in later), None)


def _audio_from(ring: Ring, key: int, sizes: tuple[int, ...]) -> int:
    """Number from which the other recorder has not written the audio; with the key frame if it is not known."""
    session = ring.session_of(key)
    audio = [one for one in _backwards(ring, ring.end - 1, Track.AUDIO) if ring.session_of(one) is session]
    later = sum(number > key for number in audio)
    known = [
        (abs(place - later), number + 1)
        for place, number in enumerate(audio)
        if abs(ring.unit(number).pts - ring.unit(key).pts) <= SOUND_APART_NS
        and _fits(ring, number, Track.AUDIO, sizes)
    ]
    return min(known)[1] if known else key


def _fits(ring: Ring, number: int, track: Track, sizes: tuple[int, ...]) -> bool:
    """As far back as both know."""
    pairs = zip(_sizes(ring, number, track), sizes, strict=False)
    return bool(sizes) and all(here == there for here, there in pairs)


def _sizes(ring: Ring, number: int, track: Track) -> tuple[int, ...]:
    return tuple(ring.unit(one).size for one in islice(_backwards(ring, number, track), KNOWN_BY))


def _backwards(ring: Ring, number: int, track: Track) -> Iterator[int]:
    """Units of a track from this number back to the beginning of its session."""
    first = max(ring.first, ring.session_of(number).number)
    return (one for one in range(number, first - 1, -1) if ring.unit(one).track is track)


def keys_of(ring: Ring) -> Iterator[tuple[int, UtcNs]]:
    """Numbers of all key frames, and their moments."""
    number = ring.key_from(ring.first)
    while number is not None:
        yield number, ring.session_of(number).timeline.at(ring.unit(number).pts)
        number = ring.key_from(number + 1)


class Handover:
    """Whether a recording is to stop in front of the next key frame, and where it did."""

    def __init__(self, on_change: Callable[[], None]) -> None:
        self._on_change = on_change
        self._place: asyncio.Future[Place | None] | None = None

    @property
    def asked(self) -> bool:
        """The next key frame is the end."""
        return self._place is not None

    @property
    def done(self) -> bool:
        """It has stopped."""
        return self._place is not None and self._place.done()

    def ask(self) -> asyncio.Future[Place | None]:
        """It is to stop; resolves when it has."""
        self._place = asyncio.get_running_loop().create_future()
        return self._place

    def settle(self, place: Place | None) -> None:
        """It has stopped here, if it was to stop at all."""
        if self._place is not None and not self._place.done():
            self._place.set_result(place)

    def take_back(self) -> None:
        """It is to go on where it stopped."""
        self._place = None
        self._on_change()


class Hush:
    """Holds back what a stream tells that another recorder has still: a refused second connection is no fault."""

    def __init__(self, tell: Tell, *, hushed: bool) -> None:
        self._tell = tell
        self._hushed = hushed
        self._incidents: dict[str, RecorderEvent] = {}

    def tell(self, body: RecorderEvent) -> None:
        """Tell it now, or keep it in case it lasts."""
        if not self._hushed:
            self._tell(body)
        elif isinstance(body, IncidentChanged):
            self._incidents.pop(body.incident.uid, None)
            if body.incident.recovered is None:
                self._incidents[body.incident.uid] = body

    def speak(self) -> None:
        """From now on all is told, first the incidents that last."""
        self._hushed = False
        for body in self._incidents.values():
            self._tell(body)
        self._incidents.clear()
