"""Settings of the database."""

from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, model_validator

from gstnvr.config.basics import AbsolutePath, Integer, Number, Section

_LIKE = "it must look like postgresql://user@host:port/name"


def _postgresql_url(url: str) -> str:
    # No message may quote the URL: it may hold a password.
    try:
        parts = urlsplit(url)
        password = parts.password
        port = parts.port
    except ValueError:
        raise ValueError(f"has an unreadable host or port; {_LIKE}") from None
    if password is not None or "password=" in parts.query:
        raise ValueError("has a password in it; put it into password_env or password_file")
    if any(character.isspace() or not character.isprintable() for character in url):
        raise ValueError("has a space or an unprintable character in it")
    if parts.scheme != "postgresql":
        raise ValueError("must begin with postgresql://; without a url, a SQLite file in data_dir is used")
    if not parts.path.strip("/"):
        raise ValueError(f"has no name of a database; {_LIKE}")
    if port == 0:
        raise ValueError("has port 0; it must be from 1 to 65535")
    return url


class DatabaseBackupSettings(Section):
    """Copies of the database, made while it is in use."""

    every_h: Number = Field(24, ge=0, le=8760, description="How often one is made; 0: never.")
    keep: Integer = Field(7, ge=1, le=1000, description="So many of them are kept, the newest.")
    folder: AbsolutePath | None = Field(
        None, description="Where to; backups in data_dir if left out. Another disk is the better place."
    )


class DatabaseSettings(Section):
    """Where the index of what was recorded is kept."""

    url: Annotated[str, AfterValidator(_postgresql_url)] | None = Field(
        None,
        description="postgresql://user@host:port/name of an empty database, without password; a SQLite file in"
        " data_dir if left out.",
    )
    password_env: str | None = Field(
        None, min_length=1, description="Environment variable that holds the password."
    )
    password_file: AbsolutePath | None = Field(
        None, description="File that holds the password; readable by its owner only."
    )
    backup: DatabaseBackupSettings = DatabaseBackupSettings()

    @model_validator(mode="after")
    def _one_password_with_a_url(self) -> Self:
        if self.password_env and self.password_file:
            raise ValueError("has both password_env and password_file; keep one of them")
        if (self.password_env or self.password_file) and not self.url:
            raise ValueError("has a password but no url; add one")
        return self
