"""Packets by second, minute and session."""

from gstnvr.media.link import LinkStatistics
from gstnvr.model.status import PacketCounts
from gstnvr.recorder.sessions.link_counter import MINUTE_S, LinkCounter


def seen(received: int, lost: int = 0, *, udp: bool = True) -> LinkStatistics:
    return LinkStatistics(udp, jitter_s=0.0012345, packets=PacketCounts(received, lost))


def test_nothing_is_told_before_a_packet_and_after_the_end_of_a_session() -> None:
    counter = LinkCounter()
    counter.note(None)
    assert counter.status(in_batches=False) is None
    counter.note(seen(10))
    assert counter.status(in_batches=False) is not None
    counter.end_session()
    assert counter.status(in_batches=False) is None


def test_a_second_is_what_has_come_since_the_last() -> None:
    counter = LinkCounter()
    counter.note(seen(90, 10))
    counter.note(seen(185, 15))
    status = counter.status(in_batches=False)
    assert status is not None
    assert (status.second.received, status.second.lost) == (95, 5)
    assert (status.session.received, status.session.lost) == (185, 15)
    assert status.second.loss == 0.05


def test_a_minute_forgets_what_is_older_and_goes_on_over_the_end_of_a_session() -> None:
    counter = LinkCounter()
    counter.note(seen(1000, 100))
    counter.end_session()
    for second in range(1, MINUTE_S):
        counter.note(seen(second * 10))
    status = counter.status(in_batches=False)
    assert status is not None
    assert (status.minute.received, status.minute.lost) == (1000 + (MINUTE_S - 1) * 10, 100)
    counter.note(seen(MINUTE_S * 10))
    status = counter.status(in_batches=False)
    assert status is not None
    assert (status.minute.received, status.minute.lost) == (MINUTE_S * 10, 0)
    assert status.session.received == MINUTE_S * 10


def test_what_waits_to_be_read_in_batches_has_no_jitter_but_over_udp() -> None:
    counter = LinkCounter()
    counter.note(seen(1, udp=False))
    jitters = [counter.status(in_batches=batches) for batches in (False, True)]
    counter.note(seen(1))
    jitters.append(counter.status(in_batches=True))
    assert [status.jitter_ms for status in jitters if status is not None] == [1.234, None, 1.234]


def test_without_packets_there_is_no_loss() -> None:
    assert PacketCounts().loss == 0
