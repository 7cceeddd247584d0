"""Settings of logins: how long they last, and how many may fail."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from gstnvr.access.errors import LockedOutError, WrongCredentialsError
from gstnvr.config.load import load_text
from gstnvr.db.index import Index
from gstnvr.model.access import Caller
from gstnvr.supervisor.api.entrance import Entrance
from gstnvr.testing.clock import SimulatedClock

PASSWORD = "correct horse battery"


class House:
    """An entrance with one user, whose settings change."""

    def __init__(self, index: Index, folder: Path) -> None:
        self.folder = folder
        self.clock = SimulatedClock()
        self.set("")
        self.door = Entrance(index, lambda: self.settings, self.clock, lambda _: None).door
        self.door.book.load()
        self.door.set_up(self.door.offer_setup(), "kim", PASSWORD, "192.0.2.1")

    def set(self, access: str) -> None:
        text = f"data_dir: {self.folder}\nstorage: {{volumes: [{{path: /srv}}]}}\naccess: {{{access}}}\n"
        self.settings = load_text(text, self.folder / "gstnvr.yaml").settings

    def log_in(self, password: str = PASSWORD) -> str:
        return self.door.log_in("kim", password, None, "192.0.2.1", None).secret

    def caller(self, secret: str) -> Caller | None:
        return self.door.caller_of_session(secret)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with Index.open(tmp_path / "index.db") as index:
        yield House(index, tmp_path)


def test_a_login_that_is_not_used_is_over_after_session_idle_h(house: House) -> None:
    secret = house.log_in()
    house.clock.advance(71 * 3600)
    house.set("session_idle_h: 70")
    assert house.caller(secret) is None
    house.set("session_idle_h: 72")
    assert house.caller(secret) is not None


def test_a_login_is_over_after_session_days(house: House) -> None:
    secret = house.log_in()
    for _ in range(29):
        house.clock.advance(86_400)
        assert house.caller(secret) is not None
    house.set("session_days: 28")
    assert house.caller(secret) is None
    house.set("session_days: 29")
    assert house.caller(secret) is not None


def test_login_attempts_and_lockout_minutes_are_those_of_the_settings(house: House) -> None:
    house.set("login_attempts: 2, lockout_minutes: 3")
    for _ in range(2):
        with pytest.raises(WrongCredentialsError):
            house.log_in("wrong")
    with pytest.raises(LockedOutError) as locked:
        house.log_in()
    assert locked.value.retry_after_s == 180
    house.clock.advance(180)
    assert house.caller(house.log_in()) is not None
