"""The configuration file, read and checked as a whole."""

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from gstnvr.config.document import Document, key_text, parse
from gstnvr.config.explain import explain
from gstnvr.config.problems import ConfigurationError, Problem
from gstnvr.config.sealing import passwords_of
from gstnvr.config.secrets import SecretError
from gstnvr.config.settings import Settings


@dataclass(frozen=True, slots=True)
class Configuration:
    """Settings and where they came from."""

    settings: Settings
    path: Path
    digest: str
    """SHA-256 of the file's text, in hexadecimal."""


def load(path: Path, *, secrets: bool = True, environment: Mapping[str, str] | None = None) -> Configuration:
    """Read the file and check all of it.

    ``secrets=False`` does not look whether the passwords can be had; for commands that do not need them.

    Raises:
        ConfigurationError: it cannot be read, or anything in it is wrong.
    """
    return load_text(read(path), path, secrets=secrets, environment=environment)


def load_text(
    text: str, path: Path, *, secrets: bool = True, environment: Mapping[str, str] | None = None
) -> Configuration:
    """The same for text that is, or is to be, the content of ``path``.

    Raises:
        ConfigurationError: anything in it is wrong.
    """
    document = parse(text, path)
    try:
        settings = Settings.model_validate(document.plain)
    except ValidationError as error:
        raise ConfigurationError(explain(error, document)) from None
    if secrets:
        _check_passwords(settings, document, os.environ if environment is None else environment)
    return Configuration(settings, path, hashlib.sha256(text.encode()).hexdigest())


def read(path: Path) -> str:
    """The text of a configuration file.

    Raises:
        ConfigurationError: it is missing, unreadable or not text.
    """
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        message = "there is no such file"
    except IsADirectoryError:
        message = "is a folder, not a file"
    except PermissionError:
        message = "may not be read by this user; change its owner or its permissions"
    except UnicodeDecodeError:
        message = "is not text in UTF-8"
    except OSError as error:
        message = f"cannot be read: {error.strerror}"
    raise ConfigurationError([Problem(path, None, "", message)])


def _check_passwords(settings: Settings, document: Document, environment: Mapping[str, str]) -> None:
    problems, password_of = [], passwords_of(settings, environment)
    for index, camera in enumerate(settings.cameras):
        if not camera.enabled:
            continue
        for kind, stream in camera.streams.items():
            try:
                password_of(stream)
            except SecretError as error:
                location = ("cameras", index, kind.value, error.key)
                line = document.line(location)
                problems.append(Problem(document.path, line, key_text(location), str(error)))
    if problems:
        raise ConfigurationError(problems)
