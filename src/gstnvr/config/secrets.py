"""Passwords, looked up where the configuration says at the moment they are used."""

import os
import stat
from collections.abc import Callable, Mapping
from pathlib import Path

from gstnvr.config.settings import StreamSettings

_LONGEST = 4096
_LONGEST_TEXT = 65_536


class SecretError(Exception):
    """A password cannot be had; the message never holds one."""

    key = ""
    """The setting that names the place."""


class VariableNotSetError(SecretError):
    """``password_env`` names a variable that is not set or empty."""

    key = "password_env"


class SecretFileError(SecretError):
    """``password_file`` names a file that cannot be used."""

    key = "password_file"


class SecretFileExposedError(SecretFileError):
    """Others than its owner may read the file."""


def resolve_password(
    stream: StreamSettings,
    environment: Mapping[str, str] | None = None,
    *,
    open_sealed: Callable[[str], str] | None = None,
) -> str | None:
    """The password of a stream as of now; None if it needs none.

    Args:
        open_sealed: gives what is in a ``password_sealed``; needed where there is one.

    Raises:
        SecretError: ``open_sealed`` cannot open it.
        VariableNotSetError: the environment variable is not set or empty.
        SecretFileExposedError: others than the owner may read the file.
        SecretFileError: the file is missing, unreadable or empty.
    """
    if stream.password_sealed is not None:
        assert open_sealed is not None, "whoever takes settings as they come can open what is sealed"
        return open_sealed(stream.password_sealed)
    return secret_of(stream.password_env, stream.password_file, environment)


def secret_of(variable: str | None, file: Path | None, environment: Mapping[str, str] | None = None) -> str | None:
    """What a ``password_env`` or a ``password_file`` leads to as of now; None without either.

    Raises:
        VariableNotSetError: the environment variable is not set or empty.
        SecretFileExposedError: others than the owner may read the file.
        SecretFileError: the file is missing, unreadable or empty.
    """
    if variable is not None:
        return _from_environment(variable, os.environ if environment is None else environment)
    return None if file is None else read_secret_file(file)


def read_secret_file(path: Path) -> str:
    """First line of a file that only its owner may read.

    Raises:
        SecretFileExposedError: others than the owner may read it.
        SecretFileError: it is missing, unreadable or empty.
    """
    password = _read(path, _LONGEST).partition("\n")[0].rstrip("\r")
    if not password:
        raise SecretFileError(f"the first line of {path}, which should be the password, is empty")
    return password


def read_secret_text(path: Path) -> str:
    """All of a file that only its owner may read, such as a key.

    Raises:
        SecretFileExposedError: others than the owner may read it.
        SecretFileError: it is missing, unreadable or empty.
    """
    text = _read(path, _LONGEST_TEXT)
    if not text:
        raise SecretFileError(f"{path} is empty")
    return text


def _read(path: Path, most: int) -> str:
    try:
        # Without O_NONBLOCK a named pipe in its place would hang us.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        raise SecretFileError(f"there is no file {path}") from None
    except OSError as error:
        raise SecretFileError(f"{path} cannot be read: {error.strerror}") from None
    try:
        return _read_checked(descriptor, path, most)
    finally:
        os.close(descriptor)


def _read_checked(descriptor: int, path: Path, most: int) -> str:
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode):
        raise SecretFileError(f"{path} is not a file")
    if status.st_mode & 0o077:
        raise SecretFileExposedError(
            f"{path} is open to others than its owner (mode {stat.S_IMODE(status.st_mode):04o});"
            f" run: chmod 600 {path}"
        )
    try:
        return os.read(descriptor, most).decode()
    except UnicodeDecodeError:
        raise SecretFileError(f"{path} is not text in UTF-8") from None
    except OSError as error:
        raise SecretFileError(f"{path} cannot be read: {error.strerror}") from None


def _from_environment(name: str, environment: Mapping[str, str]) -> str:
    password = environment.get(name)
    if not password:
        # A name in lower case may be a password that somebody wrote here by mistake.
        shown = name if name.isupper() else "named here"
        raise VariableNotSetError(f"the environment variable {shown} is not set")
    return password
