"""A jump of the camera's clock shows from a key frame on, and in both tracks at once."""

import pytest

from gstnvr.gst.clock_jumps import ClockJumps
from gstnvr.media.units import AccessUnit, AudioCodec, AudioFormat, Track, VideoCodec, VideoFormat
from gstnvr.model.clock import NS_PER_S

VIDEO = VideoFormat(VideoCodec.H264, 320, 180, None)
AUDIO = AudioFormat(AudioCodec.AAC, 32_000, 1, None)
FRAME_NS, PACKET_NS, GOP = NS_PER_S // 10, NS_PER_S // 50, 10
PULL_NS = NS_PER_S // 5


def camera(
    jump_at: int, jump: int, pulls: int, audio_late: int
) -> list[tuple[list[AccessUnit], list[AccessUnit]]]:
    """What each pull brings; the payload is the moment at which a unit was made."""

    def unit(track: Track, moment: int, step: int, key: bool) -> AccessUnit:
        pts = moment + (jump if moment >= jump_at else 0)
        return AccessUnit(track, pts, step, 1, key, moment, VIDEO if track is Track.VIDEO else AUDIO)

    found = []
    for pull in range(pulls):
        begin = pull * PULL_NS
        video = [
            unit(Track.VIDEO, moment, FRAME_NS, moment % (GOP * FRAME_NS) == 0)
            for moment in range(begin, begin + PULL_NS, FRAME_NS)
        ]
        sound = range(max(0, begin - audio_late), max(0, begin - audio_late + PULL_NS), PACKET_NS)
        found.append((video, [unit(Track.AUDIO, moment, PACKET_NS, True) for moment in sound]))
    return found


@pytest.mark.parametrize("audio_late", [0, 300_000_000], ids=["audio in time", "audio late"])
@pytest.mark.parametrize("jump_s", [60, 3600, -10, 1.5, -1.5])
@pytest.mark.parametrize("jump_at_s", [1.1, 1.5, 1.9, 2.0])
def test_times_go_on_to_the_next_key_frame(jump_at_s: float, jump_s: float, audio_late: int) -> None:
    jumps = ClockJumps(lambda unit, pts: unit._replace(pts=pts))
    jump = int(jump_s * NS_PER_S)
    units = [
        unit
        for number, (video, audio) in enumerate(camera(int(jump_at_s * NS_PER_S), jump, 30, audio_late))
        for unit in jumps.arrange(video, audio, number * PULL_NS / NS_PER_S)
    ]
    seen = {track: [unit for unit in units if unit.track is track] for track in Track}
    assert [unit.payload for unit in seen[Track.VIDEO]] == list(range(0, 6 * NS_PER_S, FRAME_NS))
    for unit in seen[Track.VIDEO]:
        moment = unit.payload
        assert isinstance(moment, int)
        assert unit.pts == moment + (jump if moment >= 2 * NS_PER_S else 0)
    place = units.index(next(unit for unit in units if unit.payload == 2 * NS_PER_S and unit.track is Track.VIDEO))
    for number, unit in enumerate(units):
        moment = unit.payload
        assert isinstance(moment, int)
        assert abs(unit.pts - (moment + (jump if number >= place else 0))) <= PACKET_NS + audio_late


def test_a_stall_is_no_jump() -> None:
    jumps = ClockJumps(lambda unit, pts: pytest.fail("nothing is to be retimed"))
    first, second = camera(0, 0, 2, 0)
    later = [unit._replace(pts=unit.pts + 5 * NS_PER_S) for unit in second[0]]
    jumps.arrange(*first, 0.0)
    assert jumps.arrange([], second[1], 0.2) == second[1]
    assert jumps.arrange(later, [], 5.2) == later


def test_an_unbroken_stream_is_handed_on_as_it_is_in_order_of_time() -> None:
    jumps = ClockJumps(lambda unit, pts: pytest.fail("nothing is to be retimed"))
    for number, (video, audio) in enumerate(camera(0, 0, 20, 0)):
        units = jumps.arrange(video, audio, number * 0.2)
        assert sorted(units, key=lambda unit: unit.pts) == units
        assert len(units) == len(video) + len(audio)
