"""What a new configuration changes, said before it is put into effect."""

from dataclasses import dataclass

from gstnvr.config.settings import CameraSettings, Settings
from gstnvr.model.ids import CameraId, StreamId, StreamKind

_NEEDS_RESTART = ("data_dir", "api")
RESTART_KEYS = (*_NEEDS_RESTART, "database.url")
"""What only counts after a restart of gstnvr; sections stand for all that is in them."""


@dataclass(frozen=True, slots=True)
class Changes:
    """Differences of two configurations, each by what it takes to put it into effect."""

    cameras_added: tuple[CameraId, ...] = ()
    cameras_removed: tuple[CameraId, ...] = ()
    reconnect: tuple[StreamId, ...] = ()
    """Streams of cameras that stay, connected anew."""
    next_segment: tuple[StreamId, ...] = ()
    """Streams that stay connected and whose files are made differently from the next one on."""
    cameras_at_once: tuple[CameraId, ...] = ()
    """Cameras that stay connected and take something at once."""
    restart: tuple[str, ...] = ()
    """Sections that only count after a restart of gstnvr."""
    at_once: tuple[str, ...] = ()
    """Sections, cameras apart, in effect at once, or with the new connection that they need."""

    def __bool__(self) -> bool:
        return self != Changes()


@dataclass(frozen=True, slots=True)
class _Needs:
    """What a stream depends on."""

    connection: tuple[object, ...]
    file: tuple[object, ...]
    own: tuple[object, ...]
    """What else the camera has for itself."""


def changes(old: Settings, new: Settings) -> Changes:
    """Compare two configurations; a camera that is off counts as not there.

    A password that changed behind the same ``password_env`` or ``password_file`` does not show here.
    """
    before, after = _streams(old), _streams(new)
    cameras_before = {stream.camera for stream in before}
    cameras_after = {stream.camera for stream in after}
    of_kept_cameras = sorted(before.keys() & after.keys())
    pairs = [(stream, before[stream], after[stream]) for stream in of_kept_cameras]
    same_connection = [(stream, was, now) for stream, was, now in pairs if was.connection == now.connection]
    touched = [key for key in Settings.model_fields if key != "cameras" and getattr(old, key) != getattr(new, key)]
    needs_restart = {*_NEEDS_RESTART, *(("database",) if old.database.url != new.database.url else ())}
    return Changes(
        cameras_added=tuple(sorted(cameras_after - cameras_before)),
        cameras_removed=tuple(sorted(cameras_before - cameras_after)),
        reconnect=tuple(stream for stream, was, now in pairs if was.connection != now.connection),
        next_segment=tuple(stream for stream, was, now in same_connection if was.file != now.file),
        cameras_at_once=tuple(stream.camera for stream, was, now in same_connection if was.own != now.own),
        restart=tuple(key for key in touched if key in needs_restart),
        at_once=tuple(key for key in touched if key not in needs_restart),
    )


def _streams(settings: Settings) -> dict[StreamId, _Needs]:
    return {
        StreamId(CameraId(camera.id), kind): _needs(camera, kind, settings)
        for camera in settings.cameras
        if camera.enabled
        for kind in camera.streams
    }


def _needs(camera: CameraSettings, kind: StreamKind, settings: Settings) -> _Needs:
    session = camera.session or settings.session
    return _Needs(
        connection=(
            camera.streams[kind],
            camera.audio,
            camera.g711,
            session.latency_ms,
            session.tcp_timeout_ms,
            session.keepalive_timeout_s,
        ),
        file=(settings.recording.container, settings.recording.fragment_ms) if kind is StreamKind.MAIN else (),
        own=(
            len(camera.streams),
            camera.name,
            camera.record,
            camera.schedule,
            camera.priority,
            camera.overlap_connections,
            camera.session,
            camera.retention,
        )
        if kind is StreamKind.MAIN
        else (),
    )
