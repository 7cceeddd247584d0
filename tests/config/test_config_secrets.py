"""Passwords are found where the configuration says, and nowhere else."""

import os
from pathlib import Path

import pytest

from gstnvr.config.secrets import (
    SecretFileError,
    SecretFileExposedError,
    VariableNotSetError,
    read_secret_file,
    resolve_password,
)
from gstnvr.config.settings import StreamSettings


def stream(**settings: str) -> StreamSettings:
    return StreamSettings.model_validate({"url": "rtsp://192.0.2.1/", "username": "admin", **settings})


def test_no_password() -> None:
    assert resolve_password(stream()) is None


def test_password_from_the_environment_as_of_now(monkeypatch: pytest.MonkeyPatch) -> None:
    for password in ("one", "two"):
        monkeypatch.setenv("DOOR", password)
        assert resolve_password(stream(password_env="DOOR")) == password


@pytest.mark.parametrize("environment", [{}, {"DOOR": ""}])
def test_variable_not_set(environment: dict[str, str]) -> None:
    with pytest.raises(VariableNotSetError, match="DOOR is not set"):
        resolve_password(stream(password_env="DOOR"), environment)


def test_a_password_written_as_a_variable_name_is_not_told() -> None:
    with pytest.raises(VariableNotSetError) as caught:
        resolve_password(stream(password_env="geheim1"), {})
    assert "geheim1" not in str(caught.value)


@pytest.mark.parametrize("content", ["geheim", "geheim\n", "geheim\r\n", "geheim\nsecond line"])
def test_password_is_the_first_line(tmp_path: Path, content: str) -> None:
    file = tmp_path / "password"
    file.write_bytes(content.encode())
    file.chmod(0o600)
    assert resolve_password(stream(password_file=str(file))) == "geheim"


def test_spaces_belong_to_the_password(tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text(" ge heim \n")
    file.chmod(0o400)
    assert read_secret_file(file) == " ge heim "


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o601])
def test_file_open_to_others(tmp_path: Path, mode: int) -> None:
    file = tmp_path / "password"
    file.write_text("geheim")
    file.chmod(mode)
    with pytest.raises(SecretFileExposedError, match=r"chmod 600") as caught:
        read_secret_file(file)
    assert "geheim" not in str(caught.value)


def test_unusable_files(tmp_path: Path) -> None:
    empty, binary, pipe = tmp_path / "empty", tmp_path / "binary", tmp_path / "pipe"
    empty.touch(0o600)
    binary.touch(0o600)
    binary.write_bytes(b"\xff\xff")
    os.mkfifo(pipe, 0o600)
    for file in (empty, binary, pipe, tmp_path, tmp_path / "none"):
        with pytest.raises(SecretFileError):
            read_secret_file(file)
