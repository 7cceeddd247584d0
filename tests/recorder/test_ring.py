"""The ring: numbers that are never used again, over the ends of sessions."""

import pytest

from gstnvr.media.units import Track
from gstnvr.model.clock import NS_PER_S
from gstnvr.recorder.ring import Ring
from tests.rig.ring_units import AUDIO, FRAME_NS, packet, picture, ring_of, timeline


def test_numbers_go_on_when_old_units_leave() -> None:
    ring = ring_of(*(picture(n) for n in range(30)))
    assert (ring.first, ring.end) == (0, 30)
    ring.trim(NS_PER_S)
    assert (ring.first, ring.end) == (19, 30)
    assert ring.unit(19) == picture(19)
    ring.clear()
    assert (ring.first, ring.end) == (30, 30)


def test_what_has_left_is_not_taken_for_the_newest() -> None:
    ring = ring_of(*(picture(n) for n in range(30)))
    ring.trim(NS_PER_S)
    for number in (18, 0, 30):
        with pytest.raises(LookupError):
            ring.unit(number)


def test_trimming_an_empty_ring_changes_nothing() -> None:
    ring = Ring()
    ring.trim(0)
    assert (ring.first, ring.end) == (0, 0)


def test_what_is_since_a_number() -> None:
    ring = ring_of(*(picture(n) for n in range(5)))
    assert list(ring.since(3)) == [picture(3), picture(4)]
    assert list(ring.since(5)) == []


def test_key_frames_are_found_and_audio_is_none() -> None:
    ring = ring_of(packet(0), picture(1), packet(1), picture(10), picture(11))
    assert ring.key_from(0) == 3
    assert ring.key_from(3) == 3
    assert ring.key_from(4) is None
    ring.trim(0)
    assert ring.key_from(0) is None, "a number that has left stands for the oldest"


def test_the_next_video_unit() -> None:
    ring = ring_of(packet(0), picture(1), packet(2))
    assert (ring.video_from(0), ring.video_from(1), ring.video_from(2)) == (1, 1, None)


def test_counting_back_one_track_only() -> None:
    ring = ring_of(picture(0), packet(0), picture(1), packet(1), picture(2))
    assert ring.back(5, Track.VIDEO, 0) == 5
    assert [ring.back(5, Track.VIDEO, count) for count in (1, 2, 3, 4)] == [4, 2, 0, None]
    assert [ring.back(4, Track.AUDIO, count) for count in (1, 2, 3)] == [3, 1, None]


def test_sessions_are_told_apart_and_forgotten_with_their_last_unit() -> None:
    ring = Ring()
    first, second = timeline(), timeline()
    ring.begin_session(0, first)
    ring.append([picture(0), picture(1)])
    ring.begin_session(10 * NS_PER_S, second)
    ring.append([picture(0), picture(1)])
    assert [ring.session_of(number).timeline for number in range(5)] == [first, first, second, second, second]
    assert (ring.next_session(0), ring.next_session(2)) == (2, None)
    ring.trim(5 * NS_PER_S)
    assert ring.first == 2
    assert ring.session_of(2).timeline is second


def test_length_is_measured_over_the_end_of_a_session() -> None:
    ring = Ring()
    ring.begin_session(0, timeline())
    ring.append([picture(0)])
    ring.begin_session(10 * NS_PER_S, timeline())
    ring.append([picture(0), picture(1)])
    assert ring.seconds_from(0) == 10.1
    assert ring.seconds_from(1) == 0.1
    assert ring.seconds_from(3) == 0.0
    assert Ring().seconds_from(0) == 0.0


def test_audio_counts_only_near_by_and_in_the_same_session() -> None:
    ring = Ring()
    ring.begin_session(0, timeline())
    ring.append([packet(0), picture(0)])
    ring.begin_session(NS_PER_S, timeline())
    ring.append([picture(0), packet(30), picture(30)])
    assert ring.audio_near(1, 0) == AUDIO
    assert ring.audio_near(2, 29 * FRAME_NS) is None, "the audio of the session before is none of this one"
    assert ring.audio_near(2, 30 * FRAME_NS) == AUDIO
    assert ring.newest_pts == 30 * FRAME_NS


def test_how_long_pictures_take_is_told_by_the_last_few() -> None:
    assert Ring().picture_ns(0) == 0
    assert ring_of(picture(0)).picture_ns(1) == 0
    assert ring_of(picture(0), packet(1), picture(1)).picture_ns(3) == FRAME_NS
    after_a_pause = ring_of(picture(0), picture(1), picture(90))
    assert after_a_pause.picture_ns(3) == FRAME_NS
    out_of_order = ring_of(*(picture(number) for number in (0, 4, 2, 1, 3)))
    assert out_of_order.picture_ns(5) == 2 * FRAME_NS
    next_session = Ring()
    next_session.begin_session(0, timeline())
    next_session.append([picture(0), picture(2)])
    next_session.begin_session(NS_PER_S, timeline())
    next_session.append([picture(3)])
    assert next_session.picture_ns(3) == 2 * FRAME_NS


def test_a_picture_without_a_duration_takes_as_long_as_the_one_before() -> None:
    assert Ring().video_end() is None
    assert ring_of(picture(3), packet(9)).video_end() == picture(3).pts + FRAME_NS
    bare = [picture(n)._replace(duration=0) for n in (2, 4)]
    assert ring_of(bare[0]).video_end() == bare[0].pts
    assert ring_of(*bare, packet(20)).video_end() == bare[1].pts + (bare[1].pts - bare[0].pts)
