"""What is watched while a session streams: the stall clock, the sound, dropped frames, and how slow the link is.

Pure like the machine that it is a part of. All times are monotonic seconds.
"""

from dataclasses import dataclass, replace

from gstnvr.config.settings import SessionSettings
from gstnvr.session.effects import Effect, NoticeClosed, NoticeOpened
from gstnvr.session.notices import Notice, report_of

MISSED_FRAMES = 3
"""A slow camera is stalled when so many have stayed out."""
FULL_PERCENT = 100
LOW_PERCENT = 20
"""Below this, a buffer that runs dry is worth a notice."""
CALM_S = 30.0
"""A link counts as slow until so long after the last sign, or a jittery one would be told again and again."""
AUDIO_STALL_S = 10.0
"""Some cameras send nothing while it is quiet; shorter silence means nothing."""
MOST_DROPPED = 10
"""Within ``DROP_WINDOW_S``."""
DROP_WINDOW_S = 60.0


@dataclass(frozen=True, slots=True)
class Watch:
    """Of one session that streams."""

    frame_at: float
    """The newest video frame."""
    alive_at: float
    """The stall clock counts from here: the newest frame, or a sign of life after it."""
    paused_at: float | None = None
    """Since when a buffer has not been full; the stall clock stands from here on, for a limited time."""
    interval_s: float | None = 0.0
    """How far apart frames usually come; None: only one has."""
    audio_at: float | None = None
    """None: no sound has come."""
    slow_at: float = 0.0
    """The newest sign of a slow link."""
    dropped: int = 0
    dropped_since: float = 0.0
    overflowed_at: float = 0.0
    """When frames were dropped too often."""
    notices: frozenset[Notice] = frozenset()


Watched = tuple[Watch, tuple[Effect, ...]]


def stall_limit_s(watch: Watch, settings: SessionSettings) -> float:
    """How long nothing may come. A camera of a frame every two seconds is not dead after two seconds.

    Until there are two frames to tell, the second may take as long as the first.
    """
    if watch.interval_s is None:
        return max(settings.stall_after_s, settings.first_frame_timeout_s)
    return max(settings.stall_after_s, MISSED_FRAMES * watch.interval_s)


def stall_deadline(watch: Watch, settings: SessionSettings) -> float:
    """When the stream counts as stalled if nothing more comes."""
    limit_s = stall_limit_s(watch, settings)
    if watch.paused_at is None:
        return watch.alive_at + limit_s
    ran_before = max(0.0, watch.paused_at - watch.alive_at)
    runs_again = max(watch.alive_at, watch.paused_at + settings.buffering_grace_s)
    return runs_again + limit_s - ran_before


def take_frames(watch: Watch, frame_at: float, audio_at: float | None, interval_s: float | None) -> Watched:
    """Video came, and sound perhaps."""
    frame_at = max(watch.frame_at, frame_at)
    watch = replace(watch, frame_at=frame_at, alive_at=max(watch.alive_at, frame_at), interval_s=interval_s)
    if Notice.SLOW_LINK in watch.notices and frame_at - watch.slow_at >= CALM_S:
        return _close(watch, Notice.SLOW_LINK, frame_at)
    if Notice.FRAMES_DROPPED in watch.notices and frame_at - watch.overflowed_at >= DROP_WINDOW_S:
        return _close(watch, Notice.FRAMES_DROPPED, frame_at)
    return _take_audio(watch, audio_at)


def _take_audio(watch: Watch, audio_at: float | None) -> Watched:
    if audio_at is None:
        return watch, ()
    if watch.audio_at is None or audio_at > watch.audio_at:
        watch = replace(watch, audio_at=audio_at)
        return _close(watch, Notice.AUDIO_STALLED, audio_at)
    if watch.frame_at - watch.audio_at >= AUDIO_STALL_S:
        return _open(watch, Notice.AUDIO_STALLED, watch.audio_at, watch.frame_at)
    return watch, ()


def take_packets(watch: Watch, settings: SessionSettings, now: float) -> Watched:
    """Video comes in pieces, but no frame is whole: the link is slow and not dead."""
    alive_at = max(watch.alive_at, min(now, watch.frame_at + settings.buffering_grace_s))
    alive = replace(watch, alive_at=alive_at)
    if now - watch.frame_at < stall_limit_s(watch, settings) or now >= stall_deadline(alive, settings):
        return alive, ()
    return _open(replace(alive, slow_at=now), Notice.SLOW_LINK, watch.frame_at, now)


def take_buffering(watch: Watch, percent: int, now: float) -> Watched:
    """A buffer of the source said how full it is."""
    if percent >= FULL_PERCENT:
        if watch.paused_at is None:
            return watch, ()
        stood_s = max(0.0, now - max(watch.paused_at, watch.alive_at))
        return replace(watch, paused_at=None, alive_at=min(now, watch.alive_at + stood_s)), ()
    if watch.paused_at is None:
        watch = replace(watch, paused_at=now)
    if percent >= LOW_PERCENT:
        return watch, ()
    return _open(replace(watch, slow_at=now), Notice.SLOW_LINK, now, now)


def take_dropped(watch: Watch, now: float) -> Watched:
    """An element dropped a frame to keep up."""
    if now - watch.dropped_since > DROP_WINDOW_S:
        watch = replace(watch, dropped=0, dropped_since=now)
    if watch.dropped < MOST_DROPPED:
        return replace(watch, dropped=watch.dropped + 1), ()
    since = watch.dropped_since
    counted_anew = replace(watch, dropped=0, dropped_since=now, overflowed_at=now)
    return _open(counted_anew, Notice.FRAMES_DROPPED, since, now)


def fall_back(watch: Watch, now: float) -> Watched:
    """The stream comes by another than the best route."""
    return _open(watch, Notice.FALLEN_BACK, now, now)


def end(watch: Watch, now: float) -> tuple[Effect, ...]:
    """The session is over, and with it all that was wrong with it."""
    return tuple(NoticeClosed(notice, now) for notice in sorted(watch.notices))


def _open(watch: Watch, notice: Notice, started: float, now: float) -> Watched:
    if notice in watch.notices:
        return watch, ()
    opened = NoticeOpened(notice, report_of(notice), min(started, now), now)
    return replace(watch, notices=watch.notices | {notice}), (opened,)


def _close(watch: Watch, notice: Notice, at: float) -> Watched:
    if notice not in watch.notices:
        return watch, ()
    return replace(watch, notices=watch.notices - {notice}), (NoticeClosed(notice, at),)
