"""Digest authentication agrees with the published examples and with itself."""

import pytest

from gstnvr.rtsp.digest import (
    Algorithm,
    Challenge,
    Credentials,
    answer,
    answer_challenge,
    new_challenge,
    parse_challenges,
    verify,
)

ALICE = Credentials("alice", 'pa"ss word')


def test_response_without_qop_is_the_one_of_rfc_2069_as_corrected() -> None:
    credentials = Credentials("Mufasa", "CircleOfLife")
    challenge = Challenge("testrealm@host.com", "dcd98b7102dd2f0e8b11d0f600bfb0c093")
    header = answer_challenge(credentials, challenge, "GET", "/dir/index.html")
    assert 'response="1949323746fe6a43ef61f9606e7febea"' in header


@pytest.mark.parametrize("algorithm", Algorithm)
@pytest.mark.parametrize("qop_auth", [False, True])
def test_both_sides_agree(algorithm: Algorithm, qop_auth: bool) -> None:
    challenge = new_challenge("camera", algorithm, qop_auth=qop_auth)
    assert parse_challenges([challenge.encode()]) == [challenge]
    header = answer(ALICE, [challenge.encode()], "DESCRIBE", "rtsp://h/p")
    assert verify(ALICE, challenge, "DESCRIBE", header)
    assert not verify(ALICE, challenge, "PLAY", header)
    assert not verify(Credentials("alice", "other"), challenge, "DESCRIBE", header)
    assert not verify(ALICE, new_challenge("camera", algorithm), "DESCRIBE", header)


def test_the_strongest_offer_is_answered_and_basic_only_as_the_last() -> None:
    offers = ['Basic realm="c"', new_challenge("c").encode(), new_challenge("c", Algorithm.SHA_256).encode()]
    assert "algorithm=SHA-256" in (answer(ALICE, offers, "PLAY", "u") or "")
    assert (answer(ALICE, offers[:2], "PLAY", "u") or "").startswith("Digest ")
    assert answer(Credentials("a", "b"), offers[:1], "PLAY", "u") == "Basic YTpi"
    assert answer(ALICE, ["Negotiate"], "PLAY", "u") is None


def test_credentials_do_not_show_their_password() -> None:
    assert "word" not in repr(ALICE)
