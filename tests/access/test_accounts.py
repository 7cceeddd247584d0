"""Users, tokens and passwords: what is changed counts at once and after a restart, and leaves its line."""

import pyotp
import pytest
from sqlalchemy import text

from gstnvr.access.accounts import MOST_TOKENS, TokenWish, UserChange
from gstnvr.access.book import MOST_SESSIONS
from gstnvr.access.errors import (
    BadNameError,
    CodeNeededError,
    LastAdministratorError,
    LockedOutError,
    NameTakenError,
    SetUpError,
    TooManyTokensError,
    UnknownTokenError,
    UnknownUserError,
    WeakPasswordError,
    WrongCodeError,
    WrongCredentialsError,
    WrongPasswordError,
)
from gstnvr.config.sealing import SecretKeyError
from gstnvr.model.access import ALL_CAMERAS, Cameras, Role, Via
from gstnvr.model.clock import NS_PER_S, UtcNs
from gstnvr.model.ids import CameraId
from tests.access.rig import ADDRESS, LOCAL, OTHER, PASSWORD, Rig

YARD, GATE = CameraId("yard"), CameraId("gate")


def test_all_of_it_is_there_after_a_restart(anywhere: Rig) -> None:
    rig = anywhere
    rig.add("admin", Role.ADMINISTRATOR)
    rig.add("kim", Role.OPERATOR, "yard", "gate")
    session = rig.log_in("kim")
    wish = TokenWish("kim", "dashboard", Role.VIEWER, Cameras.of(["yard"]), UtcNs(rig.accounts.now() + NS_PER_S))
    _, token = rig.accounts.add_token(LOCAL, wish)
    rig.open_again()
    assert [user.name for user in rig.accounts.users()] == ["admin", "kim"]
    caller = rig.door.caller_of_session(session.secret)
    assert caller is not None
    assert (caller.name, caller.role, caller.cameras.listed()) == ("kim", Role.OPERATOR, ["gate", "yard"])
    caller = rig.door.caller_of_token(token)
    assert caller is not None
    assert (caller.role, caller.cameras.listed(), caller.via) == (Role.VIEWER, ["yard"], Via.TOKEN)
    rig.accounts.remove(LOCAL, "kim")
    rig.open_again()
    assert rig.door.caller_of_session(session.secret) is rig.door.caller_of_token(token) is None
    assert rig.lines()[-3:] == [
        ("kim", "log_in", "kim"),
        ("local:root", "add_token", f"kim/{caller.key}"),
        ("local:root", "remove_user", "kim"),
    ]


def test_no_secret_is_stored_as_it_is(rig: Rig) -> None:
    rig.add("kim")
    session = rig.log_in("kim")
    wish = TokenWish("kim", "x", Role.VIEWER, ALL_CAMERAS, UtcNs(rig.accounts.now() + NS_PER_S))
    _, token = rig.accounts.add_token(LOCAL, wish)
    enrolment = rig.accounts.begin_enrolment(session.caller, PASSWORD, ADDRESS)
    rig.accounts.confirm_enrolment(session.caller, code_of(rig, enrolment.secret))
    setup = rig.door.offer_setup()
    with rig.index.reading() as connection:
        connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
    files = {path.name: path.read_bytes() for path in rig.folder.iterdir() if path.is_file()}
    assert any(b"kim" in content for content in files.values()), "what is searched is not empty"
    for secret in (PASSWORD, session.secret, token, enrolment.secret, setup):
        assert not any(secret.encode() in content for content in files.values()), secret


# --- logins -------------------------------------------------------------------------------------------


def test_nothing_tells_whether_name_or_password_is_wrong(rig: Rig) -> None:
    rig.add("admin", Role.ADMINISTRATOR)
    rig.add("kim")
    rig.accounts.change(LOCAL, "kim", UserChange(enabled=False))
    rig.add("lee")
    said = set()
    for name, password in (("kim", PASSWORD), ("lee", OTHER), ("nobody", PASSWORD), ("a b", PASSWORD)):
        with pytest.raises(WrongCredentialsError) as refused:
            rig.log_in(name, password)
        said.add(str(refused.value))
    assert len(said) == 1


def test_names_that_nobody_has_are_locked_like_others(rig: Rig) -> None:
    rig.add("kim")
    for name in ("kim", "nobody"):
        for _ in range(rig.limits.attempts):
            with pytest.raises(WrongCredentialsError):
                rig.log_in(name, OTHER)
        with pytest.raises(LockedOutError):
            rig.log_in(name, PASSWORD)
    assert rig.lines()[-7:] == [
        ("kim", "locked_out", "kim"),
        *[("unknown", "log_in_failed", "unknown")] * 5,
        ("unknown", "locked_out", "unknown"),
    ]


def test_a_name_is_the_same_in_any_case(rig: Rig) -> None:
    rig.add("Kim")
    assert rig.log_in(" KIM").caller.name == "kim"
    with pytest.raises(NameTakenError):
        rig.add("kIM")
    with pytest.raises(BadNameError):
        rig.add("local:root")


@pytest.mark.parametrize("password", ["", "short", "kim", "aaaaaaaaaaaa", "x" * 257, "long-name-of-kim"])
def test_passwords_that_are_guessed_at_once_are_refused(rig: Rig, password: str) -> None:
    with pytest.raises(WeakPasswordError):
        rig.accounts.add(LOCAL, "long-name-of-kim", Role.VIEWER, ALL_CAMERAS, password)
    with pytest.raises(WeakPasswordError):
        rig.door.set_up(rig.door.offer_setup(), "long-name-of-kim", password, ADDRESS)
    assert rig.accounts.users() == []


def test_the_first_user_must_be_an_administrator(rig: Rig) -> None:
    with pytest.raises(LastAdministratorError):
        rig.accounts.add(LOCAL, "kim", Role.OPERATOR, ALL_CAMERAS, PASSWORD)
    assert rig.door.setup_needed


def test_a_session_is_over_when_it_is_idle_or_old(rig: Rig) -> None:
    rig.add("kim")
    idle, busy = rig.log_in("kim").secret, rig.log_in("kim").secret
    for _ in range(24):
        rig.clock.advance(3599)
        assert rig.door.caller_of_session(busy) is not None
        rig.door.tidy()
        rig.open_again()
    assert rig.door.caller_of_session(idle) is None
    rig.clock.advance(86_400 - 24 * 3599)
    assert rig.door.caller_of_session(busy) is not None
    rig.clock.advance(1)
    assert rig.door.caller_of_session(busy) is None
    rig.door.tidy()
    assert rig.door.book.sessions() == []


def test_each_login_has_a_session_of_its_own_and_ends_the_one_before(rig: Rig) -> None:
    rig.add("kim")
    planted = rig.log_in("kim").secret
    after = rig.door.log_in("kim", PASSWORD, None, ADDRESS, planted).secret
    assert after != planted
    assert rig.door.caller_of_session(planted) is None
    assert rig.door.caller_of_session(after) is not None
    rig.door.log_in("kim", PASSWORD, None, ADDRESS, "made up by somebody else")
    assert rig.door.caller_of_session("made up by somebody else") is None


def test_a_new_password_ends_all_other_sessions(rig: Rig) -> None:
    rig.add("kim")
    stolen, own = rig.log_in("kim"), rig.log_in("kim")
    with pytest.raises(WrongPasswordError):
        rig.accounts.change_own_password(own.caller, OTHER, OTHER, ADDRESS)
    rig.accounts.change_own_password(own.caller, PASSWORD, OTHER, ADDRESS)
    assert rig.door.caller_of_session(stolen.secret) is None
    assert rig.door.caller_of_session(own.secret) is not None
    with pytest.raises(WrongCredentialsError):
        rig.log_in("kim")
    rig.log_in("kim", OTHER)


def test_who_has_a_session_cannot_guess_the_password(rig: Rig) -> None:
    rig.add("kim")
    caller = rig.log_in("kim").caller
    for _ in range(rig.limits.attempts):
        with pytest.raises(WrongPasswordError):
            rig.accounts.change_own_password(caller, OTHER, OTHER, ADDRESS)
    with pytest.raises(LockedOutError):
        rig.accounts.change_own_password(caller, PASSWORD, OTHER, ADDRESS)


# --- rights -------------------------------------------------------------------------------------------


def test_a_change_of_rights_counts_for_sessions_that_are_there(rig: Rig) -> None:
    rig.add("admin", Role.ADMINISTRATOR)
    rig.add("kim", Role.OPERATOR, "yard")
    secret = rig.log_in("kim").secret
    rig.accounts.change(LOCAL, "kim", UserChange(role=Role.VIEWER, cameras=Cameras.of(["gate"])))
    caller = rig.door.caller_of_session(secret)
    assert caller is not None
    assert (caller.role, YARD in caller.cameras, GATE in caller.cameras) == (Role.VIEWER, False, True)
    rig.accounts.change(LOCAL, "kim", UserChange(enabled=False))
    assert rig.door.caller_of_session(secret) is None
    rig.accounts.change(LOCAL, "kim", UserChange(enabled=True))
    assert rig.door.caller_of_session(secret) is None


def test_a_token_may_never_do_more_than_its_user(rig: Rig) -> None:
    rig.add("admin", Role.ADMINISTRATOR)
    rig.add("kim", Role.OPERATOR, "yard")
    expires = UtcNs(rig.accounts.now() + 10 * NS_PER_S)
    wish = TokenWish("kim", "x", Role.ADMINISTRATOR, Cameras.of(["yard", "gate"]), expires)
    made, token = rig.accounts.add_token(LOCAL, wish)
    caller = rig.door.caller_of_token(token)
    assert caller is not None
    assert (caller.role, caller.cameras.listed()) == (Role.OPERATOR, ["yard"])
    assert rig.door.caller_of_token(made.digest) is None
    rig.clock.advance(10)
    assert rig.door.caller_of_token(token) is None
    rig.door.tidy()
    assert rig.accounts.tokens(LOCAL) == []


def test_tokens_of_others_are_nobodys_business(rig: Rig) -> None:
    rig.add("kim")
    rig.add("lee")
    expires = UtcNs(rig.accounts.now() + NS_PER_S)
    made, token = rig.accounts.add_token(LOCAL, TokenWish("kim", "x", Role.VIEWER, ALL_CAMERAS, expires))
    lee, kim = rig.log_in("lee").caller, rig.log_in("kim").caller
    assert rig.accounts.tokens(lee) == []
    with pytest.raises(UnknownTokenError):
        rig.accounts.remove_token(lee, made.uid)
    rig.accounts.remove_token(kim, made.uid)
    assert rig.door.caller_of_token(token) is None
    with pytest.raises(UnknownUserError):
        rig.accounts.add_token(LOCAL, TokenWish("eve", "x", Role.VIEWER, ALL_CAMERAS, expires))


@pytest.mark.parametrize("change", [UserChange(role=Role.OPERATOR), UserChange(enabled=False), None])
def test_the_last_administrator_stays(rig: Rig, change: UserChange | None) -> None:
    def try_it() -> None:
        if change is None:
            rig.accounts.remove(LOCAL, "admin")
        else:
            rig.accounts.change(LOCAL, "admin", change)

    rig.add("admin", Role.ADMINISTRATOR)
    rig.add("kim", Role.OPERATOR)
    with pytest.raises(LastAdministratorError):
        try_it()
    rig.add("second", Role.ADMINISTRATOR)
    try_it()


# --- one-time codes -----------------------------------------------------------------------------------


def code_of(rig: Rig, secret: str) -> str:
    return pyotp.TOTP(secret).at(rig.clock.utc_ns() // NS_PER_S)


def enrolled(rig: Rig) -> str:
    """The secret of kim's app."""
    rig.add("kim")
    caller = rig.log_in("kim").caller
    secret = rig.accounts.begin_enrolment(caller, PASSWORD, ADDRESS).secret
    rig.log_in("kim")
    with pytest.raises(WrongCodeError):
        rig.accounts.confirm_enrolment(caller, "000000" if code_of(rig, secret) != "000000" else "000001")
    rig.accounts.confirm_enrolment(caller, code_of(rig, secret))
    return secret


def test_a_code_is_needed_and_good_for_one_time(anywhere: Rig) -> None:
    rig = anywhere
    secret = enrolled(rig)
    with pytest.raises(CodeNeededError):
        rig.log_in("kim")
    with pytest.raises(WrongCredentialsError):
        rig.log_in("kim", code=code_of(rig, secret))
    rig.clock.advance(30)
    rig.open_again()
    code = code_of(rig, secret)
    rig.log_in("kim", code=f"{code[:3]} {code[3:]}")
    with pytest.raises(WrongCredentialsError):
        rig.log_in("kim", code=code)
    rig.clock.advance(600)
    with pytest.raises(WrongCredentialsError):
        rig.log_in("kim", code=code)


def test_codes_cannot_be_guessed(rig: Rig) -> None:
    secret = enrolled(rig)
    rig.clock.advance(30)
    wrong = "000000" if code_of(rig, secret) != "000000" else "000001"
    tried = 0
    with pytest.raises(LockedOutError):
        for _ in range(100):
            with pytest.raises(CodeNeededError):
                rig.log_in("kim")
            with pytest.raises(WrongCredentialsError):
                rig.log_in("kim", code=wrong)
            tried += 1
    assert tried <= rig.limits.attempts


def test_codes_are_given_up_with_the_password_or_by_an_administrator(rig: Rig) -> None:
    enrolled(rig)
    caller = rig.door.caller_of_local("x", None) or LOCAL
    rig.accounts.remove_codes(caller, "kim")
    own = rig.log_in("kim").caller
    enrolment = rig.accounts.begin_enrolment(own, PASSWORD, ADDRESS)
    rig.accounts.confirm_enrolment(own, code_of(rig, enrolment.secret))
    with pytest.raises(WrongPasswordError):
        rig.accounts.remove_own_codes(own, OTHER, ADDRESS)
    rig.accounts.remove_own_codes(own, PASSWORD, ADDRESS)
    rig.log_in("kim")


def test_without_the_key_no_code_is_right_and_it_is_said(rig: Rig) -> None:
    secret = enrolled(rig)
    rig.clock.advance(30)
    (rig.folder / "secrets.key").unlink()
    rig.open_again()
    with pytest.raises(SecretKeyError, match="restore"):
        rig.log_in("kim", code=code_of(rig, secret))


# --- first start --------------------------------------------------------------------------------------


def test_the_first_administrator_needs_the_secret_of_the_last_start(anywhere: Rig) -> None:
    rig = anywhere
    assert rig.door.setup_needed
    void = rig.door.offer_setup()
    secret = rig.door.offer_setup()
    for wrong in ("", void, secret[:-1]):
        with pytest.raises(SetUpError):
            rig.door.set_up(wrong, "admin", PASSWORD, ADDRESS)
    with pytest.raises(WeakPasswordError):
        rig.door.set_up(secret, "admin", "admin", ADDRESS)
    logged_in = rig.door.set_up(secret, "admin", PASSWORD, ADDRESS)
    assert logged_in.caller.role is Role.ADMINISTRATOR
    assert not rig.door.setup_needed
    with pytest.raises(SetUpError):
        rig.door.set_up(secret, "eve", PASSWORD, ADDRESS)
    assert [line[1] for line in rig.lines()] == ["set_up", "log_in"]


def test_without_an_offer_no_secret_is_right(rig: Rig) -> None:
    for guess in ("", " ", "0" * 64):
        with pytest.raises(SetUpError):
            rig.door.set_up(guess, "admin", PASSWORD, ADDRESS)


def test_no_user_has_sessions_or_tokens_without_end(rig: Rig) -> None:
    rig.add("kim")
    sessions = []
    for _ in range(MOST_SESSIONS + 3):
        sessions.append(rig.log_in("kim").secret)
        rig.clock.advance(11)
        rig.door.caller_of_session(sessions[0])
    kept = [secret for secret in sessions if rig.door.caller_of_session(secret) is not None]
    assert len(kept) == MOST_SESSIONS
    assert kept[0] == sessions[0], "it was used all the time"
    wish = TokenWish("kim", "x", Role.VIEWER, ALL_CAMERAS, UtcNs(rig.clock.utc_ns() + NS_PER_S))
    made = [rig.accounts.add_token(LOCAL, wish)[0] for _ in range(MOST_TOKENS)]
    with pytest.raises(TooManyTokensError, match="100"):
        rig.accounts.add_token(LOCAL, wish)
    rig.accounts.remove_token(LOCAL, made[0].uid)
    rig.accounts.add_token(LOCAL, wish)
