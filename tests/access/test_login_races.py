"""What happens between a right password and the session that it begins: verifying takes long enough for a lot."""

from collections.abc import Callable
from typing import Any

import pyotp
import pytest
from argon2 import PasswordHasher

from gstnvr.access.accounts import UserChange
from gstnvr.access.errors import LockedOutError, WrongCredentialsError, WrongPasswordError
from gstnvr.access.passwords import Passwords
from gstnvr.model.access import Role
from gstnvr.model.clock import NS_PER_S
from tests.access.rig import ADDRESS, LOCAL, OTHER, PASSWORD, Rig

Change = Callable[[Rig], object]
CHANGES: list[Change] = [
    lambda rig: rig.accounts.change(LOCAL, "kim", UserChange(password=OTHER)),
    lambda rig: rig.accounts.change(LOCAL, "kim", UserChange(enabled=False)),
    lambda rig: rig.accounts.remove(LOCAL, "kim"),
]
NAMES = ["another password", "disabled", "removed"]


def after_the_first_check(rig: Rig, monkeypatch: pytest.MonkeyPatch, change: Change) -> None:
    """Somebody changes the user when his password has just been found to be right."""
    changed: list[Change] = []
    fits = rig.door.passwords.fits

    def fits_and_then(password: str, hashed: str | None) -> bool:
        found = fits(password, hashed)
        if not changed:
            changed.append(change)
            change(rig)
        return found

    monkeypatch.setattr(rig.door.passwords, "fits", fits_and_then)


@pytest.mark.parametrize("change", CHANGES, ids=NAMES)
def test_a_login_that_is_overtaken_begins_no_session(
    rig: Rig, monkeypatch: pytest.MonkeyPatch, change: Change
) -> None:
    rig.add("kim")
    after_the_first_check(rig, monkeypatch, change)
    with pytest.raises(WrongCredentialsError):
        rig.log_in("kim")
    assert rig.door.book.sessions() == []


@pytest.mark.parametrize("change", CHANGES, ids=NAMES)
def test_a_code_that_is_overtaken_brings_nobody_back(
    rig: Rig, monkeypatch: pytest.MonkeyPatch, change: Change
) -> None:
    rig.add("kim")
    session = rig.log_in("kim")
    secret = rig.accounts.begin_enrolment(session.caller, PASSWORD, ADDRESS).secret
    rig.accounts.confirm_enrolment(session.caller, code_of(rig, secret))
    rig.clock.advance(60)
    after_the_first_check(rig, monkeypatch, change)
    with pytest.raises(WrongCredentialsError):
        rig.log_in("kim", PASSWORD, code_of(rig, secret))
    user = rig.door.book.user("kim")
    assert user is None or not user.enabled or rig.door.passwords.fits(OTHER, user.password)


def test_a_hash_that_is_made_anew_brings_no_password_back(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    rig.add("kim")
    rig.door.passwords = Passwords(PasswordHasher(time_cost=2, memory_cost=8, parallelism=1))
    after_the_first_check(rig, monkeypatch, CHANGES[0])
    with pytest.raises(WrongCredentialsError):
        rig.log_in("kim")
    assert rig.log_in("kim", OTHER).caller.name == "kim"


def test_who_has_lost_his_password_to_an_administrator_sets_no_other(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig.add("kim")
    stolen = rig.log_in("kim")
    after_the_first_check(rig, monkeypatch, CHANGES[0])
    with pytest.raises(WrongPasswordError):
        rig.accounts.change_own_password(stolen.caller, PASSWORD, "a third password", ADDRESS)
    assert rig.log_in("kim", OTHER).caller.name == "kim"


# --- what can be found out ----------------------------------------------------------------------------


@pytest.mark.parametrize("written", [["kim", "KIM", " kim", "Kim ", "\uff4bim"]])
def test_no_way_to_write_a_name_tells_whether_somebody_has_it(rig: Rig, written: list[str]) -> None:
    """Otherwise attempts in capital letters would lock small ones for names only that there are."""

    def outcome(names: list[str]) -> list[type[Exception]]:
        kinds: list[type[Exception]] = []
        for name in [names[0]] * (rig.limits.attempts - 1) + names:
            with pytest.raises((WrongCredentialsError, LockedOutError)) as refused:
                rig.log_in(name, OTHER)
            kinds.append(type(refused.value))
        return kinds

    rig.add("kim")
    assert outcome(written) == outcome([name.replace("im", "ee").replace("IM", "EE") for name in written])


def test_an_unknown_name_takes_the_same_work(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    """One hash with the same parameters is verified, whoever it is."""
    rig.add("kim")
    rig.add("lee")
    rig.accounts.change(LOCAL, "lee", UserChange(enabled=False))
    verified: list[str] = []
    verify = PasswordHasher.verify

    def noted(hasher: PasswordHasher, hashed: str, password: Any) -> Any:
        verified.append(hashed.rpartition("$")[0].rpartition("$")[0])
        return verify(hasher, hashed, password)

    monkeypatch.setattr(PasswordHasher, "verify", noted)
    for name in ("kim", "lee", "nobody", "no name"):
        with pytest.raises(WrongCredentialsError):
            rig.log_in(name, OTHER)
    assert len(verified) == 4
    assert len(set(verified)) == 1


def code_of(rig: Rig, secret: str) -> str:
    return pyotp.TOTP(secret).at(rig.clock.utc_ns() // NS_PER_S)


def test_a_session_of_a_user_who_is_made_again_is_none(rig: Rig) -> None:
    rig.add("kim")
    session = rig.log_in("kim")
    rig.accounts.remove(LOCAL, "kim")
    rig.add("kim", Role.ADMINISTRATOR)
    assert rig.door.caller_of_session(session.secret) is None
