"""The times of access units, whatever a camera does to its clock."""

from typing import cast

from gstnvr.gst.clock_jumps import ClockJumps
from gstnvr.gst.clock_watch import ClockWatch
from gstnvr.gst.decode_times import DecodeTimes
from gstnvr.gst.runtime import Gst
from gstnvr.gst.samples import retimed
from gstnvr.media.units import AccessUnit


class Times:
    """Of one session."""

    def __init__(self) -> None:
        self._video_clock = ClockWatch(retimed)
        self._audio_clock = ClockWatch(retimed)
        self._jumps = ClockJumps(retimed)
        self._decode_times = DecodeTimes()

    def arrange(self, video: list[AccessUnit], audio: list[AccessUnit], now: float) -> list[AccessUnit]:
        """Both tracks together by time, so that a segment begins with the key frame and the sound of one moment.

        Args:
            now: monotonic seconds.
        """
        video, audio = self._video_clock.check(video, now), self._audio_clock.check(audio, now)
        found = self._jumps.arrange(video, audio, now)
        for unit, moment in self._decode_times.of(found):
            cast(Gst.Buffer, unit.payload).dts = moment
        return found
