"""Secrets that must be had again, sealed with a key that lies in a file apart from them."""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken

from gstnvr.config.private_files import write_private
from gstnvr.config.secrets import SecretError, read_secret_file, resolve_password
from gstnvr.config.settings import Settings, StreamSettings


class SecretKeyError(SecretError):
    """The key that secrets are sealed with cannot be had, or is another one."""

    key = "password_sealed"


class Sealer:
    """Seals and opens with the key in a file (Fernet: AES-128-CBC with HMAC-SHA-256)."""

    def __init__(self, key_file: Path) -> None:
        """The key is read, or made, when it is needed."""
        self._path = key_file
        self._fernet: Fernet | None = None

    def seal(self, secret: str) -> str:
        """What may be stored.

        Raises:
            SecretKeyError: the key cannot be had.
        """
        if self._fernet is None and not self._path.exists():
            try:
                write_private(self._path, Fernet.generate_key() + b"\n")
            except OSError as error:
                raise SecretKeyError(f"{self._path} cannot be written: {error.strerror}") from None
        return self._key().encrypt(secret.encode()).decode()

    def open(self, sealed: str) -> str:
        """The secret.

        Raises:
            SecretKeyError: the key cannot be had, or is another one.
        """
        try:
            return self._key().decrypt(sealed).decode()
        except InvalidToken:
            raise SecretKeyError(f"{self._path} is not the key that this was sealed with; restore it") from None

    def _key(self) -> Fernet:
        if self._fernet is None:
            try:
                self._fernet = Fernet(read_secret_file(self._path))
            except (SecretError, ValueError) as error:
                raise SecretKeyError(f"no usable key: {error}; restore {self._path}") from None
        return self._fernet


def passwords_of(
    settings: Settings, environment: Mapping[str, str] | None = None
) -> Callable[[StreamSettings], str | None]:
    """Gives the password of any stream of these settings, as ``resolve_password`` does."""
    sealer = Sealer(settings.key_file)
    return partial(resolve_password, environment=environment, open_sealed=sealer.open)
