"""Where somebody who watches begins, and where one goes on who was too slow."""

from gstnvr.media.units import AccessUnit
from gstnvr.model.clock import NS_PER_S
from gstnvr.recorder.live.live_cursor import MOST_BYTES, LiveCursor, Passage
from gstnvr.testing.media import fake_video, number_in
from tests.rig.ring_units import AUDIO, FRAME_NS, VIDEO, packet, picture, ring_of, timeline

LARGE = fake_video(width=1920, height=1080)


def large(number: int, size: int) -> AccessUnit:
    return picture(number)._replace(size=size)


def numbers(passage: Passage | None) -> list[int]:
    assert passage is not None
    return [number_in(unit.payload) for unit in passage.units if isinstance(unit.payload, bytes)]


def test_begins_with_the_newest_key_frame() -> None:
    ring = ring_of(*(picture(number) for number in range(25)))
    assert numbers(LiveCursor().take(ring)) == [20, 21, 22, 23, 24]


def test_waits_for_the_first_key_frame() -> None:
    cursor, ring = LiveCursor(), ring_of(picture(1), picture(2))
    assert cursor.take(ring) is None
    ring.append([picture(9), picture(10), picture(11)])
    assert numbers(cursor.take(ring)) == [10, 11]


def test_gives_everything_once() -> None:
    cursor, ring = LiveCursor(), ring_of(*(picture(number) for number in range(5)))
    taken = numbers(cursor.take(ring))
    assert cursor.take(ring) is None
    for number in range(5, 40):
        ring.append([picture(number)])
        ring.trim(NS_PER_S)
        taken += numbers(cursor.take(ring))
    assert taken == list(range(40))


def test_who_is_too_slow_goes_on_with_the_newest_key_frame() -> None:
    cursor, ring = LiveCursor(), ring_of(*(picture(number) for number in range(5)))
    cursor.take(ring)
    ring.append([picture(number) for number in range(5, 38)])
    late = cursor.take(ring)
    assert late is not None
    assert late.skipped
    assert numbers(late) == list(range(30, 38))
    ring.append([picture(38)])
    after = cursor.take(ring)
    assert after is not None
    assert not after.skipped


def test_who_is_a_little_slow_misses_nothing() -> None:
    cursor, ring = LiveCursor(), ring_of(picture(0))
    cursor.take(ring)
    ring.append([picture(number) for number in range(1, 15)])
    passage = cursor.take(ring)
    assert numbers(passage) == list(range(1, 15))
    assert passage is not None
    assert not passage.skipped


def test_a_long_way_from_the_last_key_frame_is_nothing_to_skip() -> None:
    cursor, ring = LiveCursor(), ring_of(*(picture(number, key=number == 0) for number in range(50)))
    assert numbers(cursor.take(ring)) == list(range(50))


def test_what_the_ring_has_let_go_of_is_skipped() -> None:
    cursor, ring = LiveCursor(), ring_of(picture(0), picture(1))
    cursor.take(ring)
    ring.append([picture(number) for number in range(2, 13)])
    ring.trim(4 * FRAME_NS)
    passage = cursor.take(ring)
    assert numbers(passage) == [10, 11, 12]
    assert passage is not None
    assert passage.skipped


def test_another_session_begins_with_its_first_key_frame() -> None:
    cursor, ring = LiveCursor(), ring_of(picture(0), picture(1))
    cursor.take(ring)
    ring.append([picture(2)])
    ring.begin_session(0, timeline())
    ring.append([picture(number) for number in range(8, 13)])
    assert numbers(cursor.take(ring)) == [2]
    passage = cursor.take(ring)
    assert numbers(passage) == [10, 11, 12]
    assert passage is not None
    assert not passage.skipped


def test_another_size_begins_another_passage() -> None:
    cursor, ring = LiveCursor(), ring_of(picture(0), picture(1))
    first = cursor.take(ring)
    assert first is not None
    assert first.formats.video == VIDEO
    ring.append([picture(2), picture(10, form=LARGE), picture(11, form=LARGE)])
    assert numbers(cursor.take(ring)) == [2]
    larger = cursor.take(ring)
    assert larger is not None
    assert larger.formats.video == LARGE


def test_sound_that_comes_later_is_announced_with_a_key_frame() -> None:
    cursor, ring = LiveCursor(), ring_of(picture(0), picture(1))
    first = cursor.take(ring)
    assert first is not None
    assert first.formats.audio is None
    ring.append([picture(15, key=False), packet(16), picture(20), packet(20)])
    silent, loud = cursor.take(ring), cursor.take(ring)
    assert silent is not None
    assert loud is not None
    assert (silent.formats.audio, loud.formats.audio) == (None, AUDIO)
    assert numbers(loud) == [20, 20]


def test_a_passage_is_bounded() -> None:
    half = [large(number, MOST_BYTES // 2) for number in range(5)]
    cursor, ring = LiveCursor(), ring_of(*half)
    assert numbers(cursor.take(ring)) == [0, 1]
    assert numbers(cursor.take(ring)) == [2, 3]
    ring.append([large(6, 3 * MOST_BYTES)])
    assert numbers(cursor.take(ring)) == [4]
    assert numbers(cursor.take(ring)) == [6]
