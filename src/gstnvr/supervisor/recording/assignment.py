"""Which recorder process records which stream, worked out from the settings alone."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from gstnvr.config.settings import (
    CameraSettings,
    RecorderSettings,
    RecordingSettings,
    Settings,
    StreamSettings,
)
from gstnvr.config.storage import StorageSettings
from gstnvr.ipc.messages import StreamSpec, VolumeSpec
from gstnvr.model.choices import VolumePolicy
from gstnvr.model.ids import CameraId, StreamId, StreamKind
from gstnvr.model.recording import RecordingIntent

PasswordOf = Callable[[StreamSettings], str | None]

_MEGABYTE = 1_000_000


@dataclass(frozen=True, slots=True)
class RecorderTask:
    """What one recorder process is to do, but for the gaps that it takes over."""

    streams: tuple[StreamSpec, ...]
    recording: RecordingSettings
    recorder: RecorderSettings
    volumes: tuple[VolumeSpec, ...]
    policy: VolumePolicy
    log_level: str
    overlapping: frozenset[StreamId] = frozenset()
    """Streams of cameras that bear a second connection while one recorder takes over from another."""

    @property
    def stream_ids(self) -> frozenset[StreamId]:
        """All that it connects."""
        return frozenset(spec.stream for spec in self.streams)


def wanted_streams(settings: Settings) -> list[StreamId]:
    """Streams to be connected always, in order of the configuration."""
    return [StreamId(CameraId(camera.id), StreamKind.MAIN) for camera in settings.cameras if camera.enabled]


def shown_names(settings: Settings) -> dict[StreamId, str]:
    """What all streams are called that can be watched, in order of the configuration."""
    return {
        StreamId(CameraId(camera.id), kind): camera.name or camera.id
        for camera in settings.cameras
        if camera.enabled
        for kind in camera.streams
    }


def stream_names(settings: Settings) -> dict[StreamId, str]:
    """What streams to be connected always are called, in order of the configuration."""
    names = {camera.id: camera.name or camera.id for camera in settings.cameras}
    return {stream: names[stream.camera] for stream in wanted_streams(settings)}


def place(
    wanted: Sequence[StreamId],
    held: Mapping[int, Collection[StreamId]],
    per_process: int,
    leaving: Collection[int] = (),
) -> dict[int, list[StreamId]]:
    """Divide streams among recorders, by number; whoever has one keeps it, whatever ``per_process`` says now.

    A recorder that has nothing left to do is not in the answer.

    Args:
        leaving: numbers of recorders that are about to end and get nothing any more.
    """
    free = list(dict.fromkeys(wanted))
    placed: dict[int, list[StreamId]] = {}
    for number in sorted(held):
        kept = [stream for stream in free if stream in held[number]]
        free = [stream for stream in free if stream not in held[number]]
        if kept:
            placed[number] = kept
    for stream in free:
        number = _with_room(placed, per_process, leaving)
        placed.setdefault(number, []).append(stream)
    return placed


def _with_room(placed: Mapping[int, Sequence[StreamId]], per_process: int, leaving: Collection[int]) -> int:
    number = 0
    while number in leaving or len(placed.get(number, ())) >= per_process:
        number += 1
    return number


def recorder_tasks(
    settings: Settings,
    placed: Mapping[int, Sequence[StreamId]],
    volumes: Sequence[VolumeSpec],
    password: PasswordOf,
    intents: Mapping[CameraId, RecordingIntent],
) -> dict[int, RecorderTask]:
    """The task of each recorder.

    Raises:
        SecretError: the password of a stream cannot be had.
    """
    cameras = {CameraId(camera.id): camera for camera in settings.cameras}
    return {
        number: RecorderTask(
            streams=tuple(
                spec
                for stream in streams
                for spec in _specs(cameras[stream.camera], settings, password, intents[stream.camera])
            ),
            recording=settings.recording,
            recorder=settings.recorder,
            volumes=tuple(volumes),
            policy=settings.storage.policy,
            log_level=settings.log.level.value,
            overlapping=frozenset(stream for stream in streams if cameras[stream.camera].overlap_connections),
        )
        for number, streams in sorted(placed.items())
    }


def volume_spec(storage: StorageSettings, path: Path, uuid: str) -> VolumeSpec:
    """A volume of the settings, known by its identity."""
    return VolumeSpec(
        uuid=uuid,
        path=str(path),
        check_interval_s=storage.check_interval_s,
        retry_interval_s=storage.retry_interval_s,
        min_free_bytes=storage.min_free_mb * _MEGABYTE,
        floor=storage.retention.floor,
        resume=storage.retention.resume,
    )


def _specs(
    camera: CameraSettings, settings: Settings, password: PasswordOf, intent: RecordingIntent
) -> Iterator[StreamSpec]:
    """Both streams of a camera are with the same recorder."""
    main = _spec(StreamId(CameraId(camera.id), StreamKind.MAIN), camera.main, camera, settings, password)
    yield replace(main, record=intent.record, record_since=intent.since, off_cause=intent.cause)
    if camera.sub is not None:
        sub = _spec(StreamId(CameraId(camera.id), StreamKind.SUB), camera.sub, camera, settings, password)
        yield replace(sub, linger_s=settings.recorder.sub_linger_s)


def _spec(
    stream: StreamId, source: StreamSettings, camera: CameraSettings, settings: Settings, password: PasswordOf
) -> StreamSpec:
    return StreamSpec(
        stream=stream,
        url=source.url,
        username=source.username,
        password=password(source),
        transport=source.transport,
        record=False,
        audio=camera.audio,
        g711=camera.g711,
        session=camera.session or settings.session,
        http_url=source.http_stream_url,
        priority=camera.priority,
        trust=source.trust,
    )
