"""Addresses of databases: what is refused, and where the password goes."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from gstnvr.config.database import DatabaseSettings
from gstnvr.config.database_address import database_address
from gstnvr.config.secrets import VariableNotSetError

URL = "postgresql://nvr@db.example:5433/video?sslmode=require"


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("postgresql://nvr:geheim@db/video", "has a password in it"),
        ("postgresql://nvr@db/video?password=geheim", "has a password in it"),
        ("mysql://nvr@db/video", "must begin with postgresql://"),
        ("postgresql://nvr@db", "has no name of a database"),
        ("postgresql://nvr@db:geheim/video", "unreadable host or port"),
        ("postgresql://nvr@db:0/video", "has port 0"),
        ("postgresql://nvr@db/vi deo", "has a space"),
    ],
)
def test_an_address_that_cannot_be_right_is_refused(url: str, said: str) -> None:
    with pytest.raises(ValidationError, match=said) as refused:
        DatabaseSettings(url=url)
    assert all("geheim" not in problem["msg"] for problem in refused.value.errors())


def test_a_password_needs_an_address_and_one_place() -> None:
    with pytest.raises(ValidationError, match="no url"):
        DatabaseSettings(password_env="X")
    with pytest.raises(ValidationError, match="keep one of them"):
        DatabaseSettings(url=URL, password_env="X", password_file=Path("/x"))


def test_without_an_address_a_file_is_used() -> None:
    assert database_address(DatabaseSettings(), Path("/data/index")) == Path("/data/index")


def test_the_password_is_put_into_the_address_as_of_now(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = DatabaseSettings(url=URL, password_env="GSTNVR_TEST_DATABASE")
    with pytest.raises(VariableNotSetError):
        database_address(settings, "")
    monkeypatch.setenv("GSTNVR_TEST_DATABASE", "a/b@c:d")
    assert database_address(settings, "") == (
        "postgresql://nvr:a%2Fb%40c%3Ad@db.example:5433/video?sslmode=require"
    )
    assert database_address(DatabaseSettings(url=URL), "") == URL
