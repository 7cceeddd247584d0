"""The place where one recorder stops is found by another, and nothing is lost if the other one does not come."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gstnvr.ipc.messages import IncidentChanged, Place
from gstnvr.media.units import AccessUnit, Track
from gstnvr.model.clock import NS_PER_MS, NS_PER_S, UtcNs
from gstnvr.model.ids import CameraId, StreamId, StreamKind
from gstnvr.model.status import RecordingPhase, SessionPhase
from gstnvr.recorder.handover import find, next_key, place_of
from gstnvr.recorder.ring import Ring
from gstnvr.recorder.segments.timeline import MediaTimeline
from gstnvr.testing.clock import BEGINNING
from tests.rig.engine_rig import EngineRig, play
from tests.rig.ring_units import AUDIO, VIDEO

DOOR = StreamId(CameraId("door"), StreamKind.MAIN)
PICTURES = [1000 + (number * number) % 97 for number in range(60)]
SOUNDS = [20 + (number * number) % 13 for number in range(60)]


def unit(track: Track, at_ns: int, size: int, key: bool) -> AccessUnit:
    return AccessUnit(track, at_ns, 0, size, key, None, VIDEO if track is Track.VIDEO else AUDIO)


def seen(first: int, last: int, *, apart_ns: int = 0, sound_ns: int = 0, every: int = 10) -> Ring:
    """What a recorder has in memory of a camera that sends ten pictures and packets a second.

    Args:
        apart_ns: how much later than another one it thinks that pictures came.
        sound_ns: how much later than pictures it takes the sound to be.
    """
    units = []
    for number in range(first, last):
        at = (number - first) * NS_PER_S // 10
        units.append(unit(Track.VIDEO, at, PICTURES[number], number % every == 0))
        units.append(unit(Track.AUDIO, at + 30 * NS_PER_MS + sound_ns, SOUNDS[number], True))
    units.sort(key=lambda one: one.pts)
    begin = BEGINNING + first * NS_PER_S // 10 + apart_ns
    ring = Ring()
    ring.begin_session(0, MediaTimeline(0, UtcNs(begin), 0))
    ring.append(units)
    return ring


def number_of(ring: Ring, track: Track, size: int) -> int:
    """Number in the ring of the first unit of this size."""
    return next(
        number
        for number in range(ring.first, ring.end)
        if ring.unit(number).track is track and ring.unit(number).size == size
    )


def moment(number: int) -> UtcNs:
    return UtcNs(BEGINNING + number * NS_PER_S // 10)


def stopped_at(ring: Ring, number: int) -> Place:
    return place_of(ring, number_of(ring, Track.VIDEO, PICTURES[number]), moment(number))


@given(
    first=st.integers(0, 30),
    apart_ns=st.integers(-NS_PER_S, NS_PER_S),
    sound_ns=st.integers(-90 * NS_PER_MS, 90 * NS_PER_MS),
)
def test_the_same_picture_and_the_same_sound_are_found(first: int, apart_ns: int, sound_ns: int) -> None:
    place = stopped_at(seen(0, 50), 30)
    there = seen(first, 50, apart_ns=apart_ns, sound_ns=sound_ns)
    found = find(there, place)
    assert found is not None
    assert there.unit(found.video).size == PICTURES[30]
    assert found.start == moment(30)
    assert there.session_of(found.video).timeline.at(there.unit(found.video).pts) == moment(30)
    sounds = [
        there.unit(number).size
        for number in range(found.audio, there.end)
        if there.unit(number).track is Track.AUDIO
    ]
    if first < 30:  # otherwise it has not heard the last sound before
        assert sounds == SOUNDS[30:50]


def test_where_all_pictures_are_key_frames_the_right_one_is_found() -> None:
    place = stopped_at(seen(0, 50, every=1), 33)
    there = seen(3, 50, apart_ns=-NS_PER_S // 2, every=1)
    found = find(there, place)
    assert found is not None
    assert there.unit(found.video).size == PICTURES[33]


def test_it_is_waited_for_until_picture_and_sound_have_come() -> None:
    place = stopped_at(seen(0, 50), 30)
    assert find(seen(5, 29), place) is None
    assert find(seen(5, 32), place) is None, "sound may be late"
    assert find(seen(5, 40), place) is not None


def test_another_picture_is_not_taken_for_it() -> None:
    place = replace(stopped_at(seen(0, 50), 30), sizes=(1, 2, 3))
    there = seen(0, 50)
    assert find(there, place) is None
    following = next_key(there, place)
    assert following is not None
    assert there.unit(following.video).size == PICTURES[30], "the first one that is not too early"
    assert following.start == moment(30)


@pytest.mark.parametrize(("late_ms", "number"), [(-40, 30), (0, 30), (40, 30), (60, 40)])
def test_without_a_picture_to_look_for_the_next_key_frame_is_taken(late_ms: int, number: int) -> None:
    place = Place(UtcNs(moment(30) + late_ms * NS_PER_MS))
    there = seen(0, 50)
    assert find(there, place) is None
    found = next_key(there, place)
    assert found is not None
    assert there.unit(found.video).size == PICTURES[number]
    assert found.start is not None
    assert found.start >= place.at, "it overlaps nothing"


def test_nothing_has_come_yet() -> None:
    assert next_key(Ring(), Place(moment(30))) is None
    assert next_key(seen(0, 20), Place(moment(30))) is None


# --- a recorder that lets go --------------------------------------------------------------------------


def test_a_stream_that_nobody_takes_over_goes_on_where_it_stopped(tmp_path: Path) -> None:
    places: list[Place | None] = []

    async def story(rig: EngineRig) -> None:
        rig.add()
        await rig.configure(segment_s=60)
        await rig.until(lambda: rig.is_recording() and rig.status().statistics.frames > 20, "the recording")
        places.append(await rig.engine.hand_over(DOOR, at_once=False))
        await rig.until(lambda: not rig.is_recording(), "the end of it")
        frames = rig.status().statistics.frames
        await rig.until(lambda: rig.status().statistics.frames > frames + 10, "pictures that nobody writes")
        rig.engine.take_back(DOOR)
        await rig.until(rig.is_recording, "the recording")
        await rig.until(lambda: rig.status().statistics.frames > frames + 30, "more pictures")

    rig = play(tmp_path, story)
    rig.check_closed_files()
    rig.check_nothing_missing()
    first, second = rig.closed()
    (place,) = places
    assert place is not None
    assert first.end == second.start == place.at
    assert len(place.sizes) == 16
    assert rig.incidents() == []


def test_a_stream_that_is_not_recorded_is_let_go_of_at_once(tmp_path: Path) -> None:
    async def story(rig: EngineRig) -> None:
        rig.add()
        await rig.configure()
        assert await rig.engine.hand_over(DOOR, at_once=False) is None
        rig.engine.take_back(DOOR)
        await rig.until(rig.is_recording, "the recording")

    play(tmp_path, story).check_nothing_missing()


def test_a_camera_that_bears_one_connection_is_let_go_of_and_taken_back(tmp_path: Path) -> None:
    async def story(rig: EngineRig) -> None:
        rig.add()
        await rig.configure()
        await rig.until(rig.is_recording, "the recording")
        assert await rig.engine.hand_over(DOOR, at_once=True) is None
        assert rig.status().session is SessionPhase.IDLE
        rig.engine.take_back(DOOR)
        await rig.until(lambda: rig.status().session is SessionPhase.STREAMING, "the connection")
        await rig.until(rig.is_recording, "the recording")

    rig = play(tmp_path, story)
    rig.check_closed_files()
    assert rig.incidents() == []


# --- a recorder that stands by ------------------------------------------------------------------------


def test_one_that_stands_by_records_from_where_the_other_one_stopped(tmp_path: Path) -> None:
    places: list[Place] = []

    async def story(rig: EngineRig) -> None:
        rig.add()
        await rig.configure()
        await rig.change("door", standby=True)  # it was recorded: that ends
        await rig.until(lambda: not rig.is_recording(), "the end of it")
        began = rig.status().statistics.frames
        await rig.until(lambda: rig.status().statistics.frames > began + 60, "much longer than the ring")
        assert rig.status().recording is RecordingPhase.OFF
        assert rig.engine.standby == [DOOR]
        assert rig.engine.recorded == []
        before = len(rig.segments())
        places.append(Place(UtcNs(rig.clock.utc_ns() - 5 * NS_PER_S)))
        await rig.change("door", standby=False, resume=places[0])
        await rig.until(lambda: len(rig.segments()) > before, "another segment")

    rig = play(tmp_path, story)
    found = (
        rig.segments()[-1]
        if len(rig.segments()) == 1
        else next(one for one in rig.segments() if one.start >= places[0].at)
    )
    assert 0 <= found.start - places[0].at < 1.1 * NS_PER_S, "at the next key frame, five seconds ago"
    rig.check_closed_files()


def test_one_that_stands_by_tells_of_its_faults_only_if_they_last(tmp_path: Path) -> None:
    async def story(rig: EngineRig) -> None:
        rig.add()
        await rig.configure()
        rig.specs["away"] = replace(
            rig.specs["door"],
            stream=StreamId(CameraId("away"), StreamKind.MAIN),
            url="rtsp://127.0.0.1:1/away",
            standby=True,
        )
        await rig.configure()
        await rig.until(lambda: rig.status("away").session is SessionPhase.BACKING_OFF, "a refusal")
        assert rig.incidents() == []
        await rig.change("away", standby=False)
        await rig.until(rig.incidents, "it is told when it takes over")

    rig = play(tmp_path, story)
    told = [event.incident for event in rig.events() if isinstance(event, IncidentChanged)]
    assert {incident.camera for incident in told} == {CameraId("away")}
