"""Tokens that RTSP clients show without sending them."""

import pytest

from gstnvr.access.accounts import TokenWish, UserChange
from gstnvr.access.door import Door
from gstnvr.access.errors import LockedOutError, WrongCredentialsError
from gstnvr.model.access import ALL_CAMERAS, RTSP_REALM, ApiToken, Caller, Cameras, Role, Via
from gstnvr.model.clock import NS_PER_S, UtcNs
from gstnvr.rtsp.digest import Credentials, Proof, answer_challenge, new_challenge, read_proof
from tests.access.rig import LOCAL, PASSWORD, Rig

HERE, THERE = "192.0.2.1", "192.0.2.2"


class House:
    """An administrator ``kim``, and a viewer ``lee`` who sees ``yard``."""

    def __init__(self, rig: Rig) -> None:
        self.rig = rig
        rig.limit(attempts=3)
        rig.add("kim", Role.ADMINISTRATOR)
        rig.add("lee", Role.VIEWER, "yard")

    @property
    def door(self) -> Door:
        return self.rig.door

    def token(self, user: str, cameras: Cameras = ALL_CAMERAS, days: int = 1) -> tuple[ApiToken, str]:
        expires = UtcNs(self.rig.clock.utc_ns() + days * 86_400 * NS_PER_S)
        return self.rig.accounts.add_token(LOCAL, TokenWish(user, "player", Role.OPERATOR, cameras, expires))

    def prove(self, user: str, secret: str, address: str = HERE) -> Caller:
        return self.door.prove_token(proof(user, secret), address)

    def audited(self) -> list[tuple[str, str]]:
        lines = self.rig.lines()
        return [(action, who) for who, action, _ in lines if action in ("log_in_failed", "locked_out")]


def proof(user: str, secret: str) -> Proof:
    challenge = new_challenge(RTSP_REALM, qop_auth=False)
    url = "rtsp://127.0.0.1:8554/yard/main"
    found = read_proof("DESCRIBE", answer_challenge(Credentials(user, secret), challenge, "DESCRIBE", url))
    assert found is not None
    return found


@pytest.fixture
def house(rig: Rig) -> House:
    return House(rig)


def test_a_token_acts_for_its_user_with_no_more_than_its_rights(house: House) -> None:
    token, secret = house.token("lee")
    caller = house.prove("lee", secret)
    assert caller == Caller("lee", Role.VIEWER, Cameras.of(["yard"]), Via.TOKEN, token.uid)
    assert house.door.caller_of_key(token.uid) == caller
    assert caller == house.door.caller_of_token(secret)


def test_it_does_after_a_restart_too_and_the_database_alone_is_worth_nothing(house: House) -> None:
    token, secret = house.token("kim")
    house.rig.open_again()
    assert house.prove("kim", secret).name == "kim"
    assert token.rtsp_identity is not None
    assert secret not in token.rtsp_identity
    (house.rig.folder / "secrets.key").unlink()
    house.rig.open_again()
    with pytest.raises(WrongCredentialsError):
        house.prove("kim", secret)


@pytest.mark.parametrize(
    ("user", "change"),
    [
        ("lee", "another user's"),
        ("nobody", "nobody's"),
        ("", "no name"),
        ("kim", "a guess"),
        ("kim", "a password"),
    ],
)
def test_nothing_else_is_a_proof(house: House, user: str, change: str) -> None:
    _, secret = house.token("kim")
    with pytest.raises(WrongCredentialsError):
        house.prove(user, {"a guess": f"{secret}x", "a password": PASSWORD}.get(change, secret))
    assert house.audited() == [("log_in_failed", user if user in ("kim", "lee") else "unknown")]


def test_tokens_that_are_over_are_worth_nothing(house: House) -> None:
    kept, secret = house.token("lee")
    removed, removed_secret = house.token("lee")
    expired, expired_secret = house.token("lee", days=0)
    house.rig.accounts.remove_token(LOCAL, removed.uid)
    for uid, shown in ((removed.uid, removed_secret), (expired.uid, expired_secret)):
        assert house.door.caller_of_key(uid) is None
        with pytest.raises(WrongCredentialsError):
            house.prove("lee", shown, THERE)
    assert house.prove("lee", secret).key == kept.uid
    house.rig.accounts.change(LOCAL, "lee", UserChange(enabled=False))
    assert house.door.caller_of_key(kept.uid) is None
    with pytest.raises(WrongCredentialsError):
        house.prove("lee", secret)
    house.rig.accounts.remove(LOCAL, "lee")
    assert house.door.caller_of_key(kept.uid) is None


def test_rights_of_now_count(house: House) -> None:
    token, _ = house.token("lee", Cameras.of(["yard", "gate"]))
    house.rig.accounts.change(LOCAL, "lee", UserChange(cameras=Cameras.of(["gate", "front"])))
    caller = house.door.caller_of_key(token.uid)
    assert caller is not None
    assert caller.cameras == Cameras.of(["gate"])


def test_who_fails_too_often_waits_and_is_in_the_audit_log(house: House) -> None:
    _, secret = house.token("lee")
    for _ in range(3):
        with pytest.raises(WrongCredentialsError):
            house.prove("lee", "guess")
    for _ in range(2):
        with pytest.raises(LockedOutError) as locked:
            house.prove("lee", "guess")
    assert locked.value.retry_after_s == 900
    assert house.audited() == [("log_in_failed", "lee")] * 3 + [("locked_out", "lee")]
    assert house.prove("lee", secret).name == "lee", "another program of his does nothing wrong"
    with pytest.raises(WrongCredentialsError):
        house.prove("lee", "guess", THERE)
    house.rig.clock.advance(900)
    with pytest.raises(WrongCredentialsError):
        house.prove("lee", "guess")


def test_a_program_that_fails_locks_nobody_out_of_the_pages_nor_helps_to_guess(house: House) -> None:
    _, secret = house.token("lee")
    for _ in range(3):
        with pytest.raises(WrongCredentialsError):
            house.prove("lee", "guess")
    assert house.door.log_in("lee", PASSWORD, None, HERE, None).caller.name == "lee"
    for _ in range(3):
        with pytest.raises(WrongCredentialsError):
            house.door.log_in("lee", "guess", None, THERE, None)
        assert house.prove("lee", secret, THERE).name == "lee"
    with pytest.raises(LockedOutError):
        house.door.log_in("lee", PASSWORD, None, THERE, None)


def test_a_token_of_an_older_version_is_none_for_rtsp(house: House) -> None:
    token, secret = house.token("kim")
    with house.rig.index.writing() as writer:
        writer.connection.exec_driver_sql("update api_tokens set rtsp_identity = null")
    house.rig.open_again()
    assert house.door.caller_of_token(secret) == house.door.caller_of_key(token.uid)
    with pytest.raises(WrongCredentialsError):
        house.prove("kim", secret)
