"""A flood is noticed by what comes without any access unit, and by nothing else."""

from gstnvr.gst.flood import MOST_BYTES, FloodGuard


class Connection:
    received = 0

    def __call__(self) -> int:
        return self.received


def test_a_connection_that_brings_no_unit_is_flooded_when_too_much_has_come() -> None:
    connection = Connection()
    guard = FloodGuard(connection)
    connection.received = MOST_BYTES
    assert not guard.is_flooded(units_came=False)
    connection.received = MOST_BYTES + 1
    assert guard.is_flooded(units_came=False)


def test_what_comes_with_units_between_is_no_flood() -> None:
    connection = Connection()
    guard = FloodGuard(connection)
    for _ in range(20):
        assert not guard.is_flooded(units_came=True)
        assert not guard.is_flooded(units_came=False)
        connection.received += MOST_BYTES // 2
        assert not guard.is_flooded(units_came=False)


def test_a_new_connection_counts_from_its_beginning() -> None:
    connection = Connection()
    guard = FloodGuard(connection)
    connection.received = MOST_BYTES
    guard.is_flooded(units_came=False)
    for connection.received in (0, MOST_BYTES):
        assert not guard.is_flooded(units_came=False)
