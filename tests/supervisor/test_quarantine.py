"""A stream that crashes its recorder is found and left alone, after few crashes."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gstnvr.model.ids import CameraId, StreamId, StreamKind
from gstnvr.supervisor.recording.quarantine import MEMORY_S, Suspicion, to_part


def stream(name: str) -> StreamId:
    return StreamId(CameraId(name), StreamKind.MAIN)


STREAMS = [stream(f"cam{number:02}") for number in range(32)]


def crashes_until_alone(culprit: StreamId, others_steady: bool) -> tuple[int, int]:
    """How many crashes it takes, and how many processes there are then."""
    suspicion = Suspicion()
    processes = [list(STREAMS)]
    now = 0.0
    crashes = 0
    while True:
        place = next(streams for streams in processes if culprit in streams)
        if len(place) == 1:
            return crashes, len(processes)
        crashes += 1
        now += 5
        suspicion.note(place, now)
        steady = set(place) - {culprit} if others_steady else set()
        parted = to_part(place, suspicion.suspects(now), steady)
        if parted:
            place[:] = [one for one in place if one not in parted]
            assert place
            processes.append(parted)


@given(st.sampled_from(STREAMS))
def test_a_culprit_among_streams_that_have_just_begun_is_found_by_halving(culprit: StreamId) -> None:
    crashes, processes = crashes_until_alone(culprit, others_steady=False)
    assert crashes <= 1 + math.log2(len(STREAMS))
    assert processes <= 1 + math.log2(len(STREAMS))


@given(st.sampled_from(STREAMS))
def test_a_culprit_among_steady_streams_is_found_at_once(culprit: StreamId) -> None:
    assert crashes_until_alone(culprit, others_steady=True) == (2, 2)


def test_one_crash_parts_nobody_and_old_ones_are_forgotten() -> None:
    suspicion = Suspicion()
    for moment in (0.0, MEMORY_S + 1, 2 * MEMORY_S + 2):
        suspicion.note(STREAMS, moment)
        assert to_part(STREAMS, suspicion.suspects(moment), ()) == []
        assert suspicion.crashes(STREAMS[0], moment) == 1


@pytest.mark.parametrize("steady", [(), tuple(STREAMS[:1])])
def test_a_stream_that_is_alone_stays_so(steady: tuple[StreamId, ...]) -> None:
    suspicion = Suspicion()
    for moment in range(5):
        suspicion.note(STREAMS[:1], moment)
        assert to_part(STREAMS[:1], suspicion.suspects(moment), steady) == []


@given(st.sets(st.sampled_from(STREAMS)), st.sets(st.sampled_from(STREAMS)), st.sets(st.sampled_from(STREAMS)))
def test_nobody_is_parted_without_suspicion_and_somebody_always_stays(
    streams: set[StreamId], suspects: set[StreamId], steady: set[StreamId]
) -> None:
    ordered = sorted(streams)
    parted = to_part(ordered, suspects, steady)
    assert set(parted) <= streams & suspects
    assert not streams or len(parted) < len(streams)
    assert parted or len(streams) < 2 or not streams & suspects or len(streams & suspects) == 1
