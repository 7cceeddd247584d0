"""Recovery codes: each opens once, guessing is as slow as with passwords, and only hashes are stored."""

import re

import pyotp
import pytest
from sqlalchemy import text

from gstnvr.access.errors import (
    LockedOutError,
    NoOneTimeCodesError,
    WrongCredentialsError,
    WrongPasswordError,
)
from gstnvr.access.recovery_codes import COUNT, is_recovery_code, left, new_recovery_codes, spent
from gstnvr.model.access import Caller
from gstnvr.model.clock import NS_PER_S
from tests.access.rig import ADDRESS, LOCAL, OTHER, PASSWORD, Rig


def enrolled(rig: Rig) -> Caller:
    """Kim, who has an authenticator app."""
    rig.add("kim")
    caller = rig.log_in("kim").caller
    secret = rig.accounts.begin_enrolment(caller, PASSWORD, ADDRESS).secret
    rig.accounts.confirm_enrolment(caller, pyotp.TOTP(secret).at(rig.clock.utc_ns() // NS_PER_S))
    return caller


def codes_of(rig: Rig, caller: Caller) -> list[str]:
    return rig.accounts.make_recovery_codes(caller, PASSWORD, ADDRESS)


def test_ten_different_codes_are_made_and_only_hashes_kept() -> None:
    codes, hashes = new_recovery_codes()
    assert len(codes) == len(set(codes)) == len(hashes) == COUNT == 10
    assert all(is_recovery_code(code) for code in codes)
    assert all(hashed is not None and hashed.startswith("$argon2id$") for hashed in hashes)
    assert not any(code.replace("-", "") in str(hashes) for code in codes)


def test_a_code_is_spent_once_however_it_is_written() -> None:
    codes, hashes = new_recovery_codes()
    after = spent(f" {codes[3].upper().replace('-', ' ')} ", hashes)
    assert after is not None
    assert left(after) == COUNT - 1
    assert spent(codes[3], after) is None
    assert spent(codes[4], after) is not None
    assert spent(f"5{codes[4][1:]}", after) is None
    assert spent(codes[0], ()) is None


@pytest.mark.parametrize("other", ["123456", "", "0-abcd-efgh", "x-abcd-efgh-jkmn", "0-abcd-efgh-jkm1"])
def test_what_is_no_recovery_code(other: str) -> None:
    assert not is_recovery_code(other)


def test_a_code_opens_once_instead_of_the_app_and_leaves_a_line(anywhere: Rig) -> None:
    rig = anywhere
    codes = codes_of(rig, enrolled(rig))
    rig.open_again()
    rig.log_in("kim", code=codes[7])
    rig.open_again()
    with pytest.raises(WrongCredentialsError):
        rig.log_in("kim", code=codes[7])
    rig.log_in("kim", code=codes[0])
    assert left(rig.accounts.user("kim").recovery) == COUNT - 2
    actions = [action for _, action, _ in rig.lines()]
    assert actions[-6:] == [
        "make_recovery_codes",
        "use_recovery_code",
        "log_in",
        "log_in_failed",
        "use_recovery_code",
        "log_in",
    ]


def test_a_code_is_nothing_without_the_password(rig: Rig) -> None:
    codes = codes_of(rig, enrolled(rig))
    with pytest.raises(WrongCredentialsError):
        rig.log_in("kim", password=OTHER, code=codes[0])
    assert left(rig.accounts.user("kim").recovery) == COUNT


def test_codes_cannot_be_guessed(rig: Rig) -> None:
    codes = codes_of(rig, enrolled(rig))
    tried = 0
    with pytest.raises(LockedOutError):
        for _ in range(100):
            with pytest.raises(WrongCredentialsError):
                rig.log_in("kim", code="0-aaaa-bbbb-cccc")
            tried += 1
    assert tried <= rig.limits.attempts
    with pytest.raises(LockedOutError):
        rig.log_in("kim", code=codes[0])
    rig.clock.advance(rig.limits.lockout_s)
    rig.log_in("kim", code=codes[0])


def test_new_codes_void_the_former(rig: Rig) -> None:
    caller = enrolled(rig)
    before = codes_of(rig, caller)
    after = codes_of(rig, caller)
    with pytest.raises(WrongCredentialsError):
        rig.log_in("kim", code=before[0])
    rig.log_in("kim", code=after[0])


def test_they_take_the_password_and_an_app(rig: Rig) -> None:
    rig.add("kim")
    caller = rig.log_in("kim").caller
    with pytest.raises(NoOneTimeCodesError):
        codes_of(rig, caller)
    with pytest.raises(WrongPasswordError):
        rig.accounts.make_recovery_codes(caller, OTHER, ADDRESS)
    assert rig.accounts.user("kim").recovery == ()


def test_they_go_with_the_app(rig: Rig) -> None:
    codes_of(rig, enrolled(rig))
    rig.accounts.remove_codes(LOCAL, "kim")
    assert rig.accounts.user("kim").recovery == ()


def test_no_code_is_in_the_database(rig: Rig) -> None:
    codes = codes_of(rig, enrolled(rig))
    with rig.index.reading() as connection:
        connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
    content = b"".join(path.read_bytes() for path in rig.folder.iterdir() if path.is_file())
    assert b"$argon2id$" in content, "what is searched is not empty"
    for code in codes:
        assert not re.search(rb"-?".join(code[at : at + 4].encode() for at in (2, 7, 12)), content)
