"""What is told of a stream, and what is not worth telling."""

from dataclasses import replace

import pytest

from gstnvr.api.events.ports import News, StreamNews
from gstnvr.config.settings import Settings
from gstnvr.model.clock import NS_PER_S, SystemClock, UtcNs
from gstnvr.model.ids import CameraId, Generation, StreamId, StreamKind
from gstnvr.model.recording import RecordingIntent, RecordMode
from gstnvr.model.status import RecordingPhase, SessionPhase, StreamStatistics, StreamStatus
from gstnvr.supervisor.api.picture import Picture

YARD = StreamId(CameraId("yard"), StreamKind.MAIN)
STATUS = StreamStatus(
    stream=YARD,
    session=SessionPhase.BACKING_OFF,
    recording=RecordingPhase.WAITING,
    generation=Generation(3),
    since=UtcNs(1_000 * NS_PER_S),
    statistics=StreamStatistics(),
    next_retry=UtcNs(1_010 * NS_PER_S),
)


class Told:
    """A picture of one camera, and what it told."""

    def __init__(self) -> None:
        self.news: list[News] = []
        intents = {YARD.camera: RecordingIntent(RecordMode.CONTINUOUS, record=True)}
        self.picture = Picture(SystemClock(), lambda: intents, self.news.append)
        settings = Settings.model_validate(
            {
                "storage": {"volumes": [{"path": "/nowhere"}]},
                "cameras": [{"id": "yard", "main": {"url": "rtsp://127.0.0.1/yard"}}],
            }
        )
        self.picture.configure(settings)
        self.report(STATUS)

    def report(self, status: StreamStatus) -> int:
        """How much of it was worth telling."""
        before = len(self.news)
        self.picture.recorder_reports("recorder-0", 4711, [status])
        return sum(isinstance(news, StreamNews) for news in self.news[before:])


@pytest.mark.parametrize("off_ns", [-40_000, 1, 2_000_000])
def test_a_moment_that_was_reckoned_anew_is_no_news(off_ns: int) -> None:
    told = Told()
    again = replace(STATUS, since=UtcNs(STATUS.since + off_ns), next_retry=UtcNs(1_010 * NS_PER_S - off_ns))
    assert told.report(again) == 0
    assert told.picture.streams()[0].status.since == STATUS.since


def test_figures_alone_are_no_news() -> None:
    told = Told()
    assert told.report(replace(STATUS, statistics=StreamStatistics(fps=25.0), buffered_s=0.4)) == 0
    assert told.picture.streams()[0].status.statistics.fps == 25.0


@pytest.mark.parametrize(
    "changed",
    [
        replace(STATUS, since=UtcNs(STATUS.since + NS_PER_S)),
        replace(STATUS, next_retry=UtcNs(1_011 * NS_PER_S)),
        replace(STATUS, next_retry=None),
        replace(STATUS, session=SessionPhase.STREAMING),
        replace(STATUS, recording=RecordingPhase.RECORDING),
        replace(STATUS, attempts=4),
    ],
)
def test_what_changed_is_told_once(changed: StreamStatus) -> None:
    told = Told()
    assert told.report(changed) == 1
    assert told.report(changed) == 0
