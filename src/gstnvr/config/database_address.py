"""Where the database is, with the password that the settings lead to."""

from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

from gstnvr.config.database import DatabaseSettings
from gstnvr.config.secrets import secret_of


def database_address(settings: DatabaseSettings, otherwise: str | Path) -> str | Path:
    """An address with the password in it, which belongs into no log and no message; without a url what is given.

    Raises:
        SecretError: the password cannot be had.
    """
    if settings.url is None:
        return otherwise
    password = secret_of(settings.password_env, settings.password_file)
    parts = urlsplit(settings.url)
    user, at, host = parts.netloc.rpartition("@")
    secret = f":{quote(password, safe='')}" if password else ""
    return urlunsplit(parts._replace(netloc=f"{user}{secret}{at}{host}"))
