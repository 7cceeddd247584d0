"""Figures of the last minutes: one sample a second, bounded, unknown while a camera is not connected."""

from dataclasses import replace

from gstnvr.model.clock import NS_PER_MS, NS_PER_S, UtcNs, parse_utc
from gstnvr.model.status import LinkStatus, PacketCounts, SessionPhase, StreamStatistics, StreamStatus
from gstnvr.supervisor.api.recent_figures import KEPT, RecentFigures
from tests.api.rig import CONNECTED, GATE, WAITING, YARD

BEGIN = parse_utc("2026-11-21T12:00:00Z")


def after(seconds: float) -> UtcNs:
    return UtcNs(BEGIN + round(seconds * 1000) * NS_PER_MS)


def streaming(fps: float, link: LinkStatus | None = None) -> StreamStatus:
    return replace(CONNECTED, statistics=StreamStatistics(fps=fps, bitrate_bps=4e6, link=link))


def test_one_sample_a_second_and_only_the_latest() -> None:
    figures = RecentFigures()
    for second in range(3 * KEPT):
        figures.add(streaming(second), after(second))
        figures.add(streaming(-1), after(second + 0.3))
    found = figures.of(YARD)
    assert [one.fps for one in found] == list(range(2 * KEPT, 3 * KEPT))
    assert [one.at for one in found] == [after(second) for second in range(2 * KEPT, 3 * KEPT)]


def test_nothing_is_known_of_a_camera_that_is_not_connected() -> None:
    figures = RecentFigures()
    figures.add(streaming(25), after(0))
    figures.add(replace(streaming(25), session=SessionPhase.BACKING_OFF), after(1))
    assert [(one.fps, one.bitrate_bps) for one in figures.of(YARD)] == [(25, 4e6), (None, None)]
    assert figures.of(GATE) == []


def test_loss_is_told_where_packets_can_be_lost() -> None:
    packets = PacketCounts(received=75, lost=25)
    udp = LinkStatus(udp=True, jitter_ms=2.5, second=packets, minute=packets, session=packets)
    figures = RecentFigures()
    for second, link in enumerate((udp, replace(udp, udp=False, jitter_ms=None), None)):
        figures.add(streaming(25, link), after(second))
    assert [(one.loss, one.jitter_ms) for one in figures.of(YARD)] == [(0.25, 2.5), (None, None), (None, None)]


def test_a_clock_that_was_set_back_stops_nothing() -> None:
    figures = RecentFigures()
    figures.add(streaming(1), after(100))
    figures.add(streaming(2), after(10))
    figures.add(streaming(3), UtcNs(after(10) + NS_PER_S))
    assert [one.fps for one in figures.of(YARD)] == [1, 2, 3]


def test_streams_that_are_gone_are_forgotten() -> None:
    figures = RecentFigures()
    figures.add(streaming(25), after(0))
    figures.add(WAITING, after(0))
    figures.keep([GATE])
    assert figures.of(YARD) == []
    assert len(figures.of(GATE)) == 1
