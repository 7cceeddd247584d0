"""From news to the messages that listeners get, and who wants which."""

from collections.abc import Iterable

from gstnvr.api.common.ports import LiveStream
from gstnvr.api.common.views import gap_view, incident_view, statistics_view, stream_view, volume_view
from gstnvr.api.events import schemas as event_schemas
from gstnvr.api.events.ports import ConfigurationNews, News, StreamNews, VolumesNews
from gstnvr.api.events.schemas import Topic
from gstnvr.api.recordings.timeline import MissingSpan
from gstnvr.db.ledger import Span
from gstnvr.model.changes import GapNews, IncidentNews, RecordingsNews, SegmentNews
from gstnvr.model.clock import UtcNs, format_utc
from gstnvr.model.ids import CameraId, StreamId
from gstnvr.model.status import StreamStatistics

_TOPICS: dict[type[News], frozenset[Topic]] = {
    StreamNews: frozenset({Topic.STATE}),
    ConfigurationNews: frozenset({Topic.STATE}),
    IncidentNews: frozenset({Topic.INCIDENTS}),
    SegmentNews: frozenset({Topic.SEGMENTS}),
    GapNews: frozenset({Topic.GAPS}),
    RecordingsNews: frozenset({Topic.SEGMENTS, Topic.GAPS}),
    VolumesNews: frozenset({Topic.STORAGE}),
}


def topics_of(news: News) -> frozenset[Topic]:
    """Those to which news belong."""
    return _TOPICS[type(news)]


def camera_of(news: News) -> CameraId | None:
    """The camera that news are about; None: no camera, or all."""
    match news:
        case StreamNews(live=live):
            return live.status.stream.camera
        case IncidentNews(incident=incident):
            return incident.camera
        case GapNews(gap=gap):
            return gap.stream.camera
        case SegmentNews(stream=stream) | RecordingsNews(stream=stream):
            return stream.camera
        case VolumesNews() | ConfigurationNews():
            return None


def news_text(news: News, number: int, at: UtcNs) -> str:
    """The message as JSON."""
    return _message(news, number, at).model_dump_json()


def _message(news: News, number: int, at: UtcNs) -> event_schemas.NumberedMessage:
    time = format_utc(at)
    message: event_schemas.NumberedMessage
    match news:
        case StreamNews(live=live):
            stream = stream_view(live, at)
            message = event_schemas.StreamChanged(type="stream", number=number, time=time, stream=stream)
        case IncidentNews(change=change, incident=incident):
            message = event_schemas.IncidentChanged(
                type="incident", number=number, time=time, change=change, incident=incident_view(incident, at)
            )
        case SegmentNews():
            message = _segment_message(news, number, time)
        case GapNews():
            message = _gap_message(news, number, at)
        case RecordingsNews():
            message = _recordings_message(news, number, time)
        case VolumesNews(volumes=volumes):
            shown = [volume_view(volume) for volume in volumes]
            message = event_schemas.VolumesChanged(type="volumes", number=number, time=time, volumes=shown)
        case ConfigurationNews():
            message = event_schemas.ConfigurationChanged(type="configuration", number=number, time=time)
    return message


def _recordings_message(news: RecordingsNews, number: int, time: str) -> event_schemas.RecordingsChanged:
    return event_schemas.RecordingsChanged(
        type="recordings",
        number=number,
        time=time,
        camera=news.stream.camera,
        stream=news.stream.kind,
        start=format_utc(news.start),
        end=time if news.end is None else format_utc(news.end),
    )


def _segment_message(news: SegmentNews, number: int, time: str) -> event_schemas.SegmentChanged:
    return event_schemas.SegmentChanged(
        type="segment",
        number=number,
        time=time,
        change=news.change,
        camera=news.stream.camera,
        stream=news.stream.kind,
        start=format_utc(news.start),
        end=format_utc(news.end),
        segments=news.segments,
        id=news.key,
    )


def _gap_message(news: GapNews, number: int, at: UtcNs) -> event_schemas.GapChanged:
    gap = news.gap
    whole = Span(gap.start, UtcNs(max(gap.start, at)) if gap.end is None else gap.end)
    return event_schemas.GapChanged(
        type="gap",
        number=number,
        time=format_utc(at),
        change=news.change,
        camera=gap.stream.camera,
        stream=gap.stream.kind,
        gap=gap_view(MissingSpan(whole, gap)),
    )


class StatisticsTexts:
    """Figures as JSON, of each stream put into words once for all listeners."""

    def __init__(self) -> None:
        self._made: dict[StreamId, tuple[StreamStatistics, str]] = {}

    def message(self, streams: Iterable[LiveStream], at: UtcNs) -> str:
        """The message about these streams."""
        empty = event_schemas.StatisticsTold(type="statistics", time=format_utc(at), streams=[])
        figures = ",".join(map(self._text, streams))
        return f"{empty.model_dump_json().removesuffix(']}')}{figures}]}}"

    def _text(self, live: LiveStream) -> str:
        stream, figures = live.status.stream, live.status.statistics
        made = self._made.get(stream)
        if made is not None and made[0] is figures:
            return made[1]
        view = event_schemas.StreamFigures(
            camera=stream.camera, stream=stream.kind, statistics=statistics_view(figures)
        )
        text = view.model_dump_json()
        self._made[stream] = figures, text
        return text
