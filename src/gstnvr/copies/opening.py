"""From the settings of a place to something that can be worked with. Only here is a library of a kind imported."""

from collections.abc import Callable, Mapping
from pathlib import Path
from urllib.parse import urlsplit

from gstnvr.config.copies import CopyPlaceSettings
from gstnvr.config.secrets import SecretError, read_secret_text, secret_of
from gstnvr.copies.places import Place, PlaceError
from gstnvr.logs.redaction import register_secret
from gstnvr.model.copies import PlaceKind
from gstnvr.model.faults import Reason

_SSH_PORT = 22


def open_place(settings: CopyPlaceSettings) -> Place:
    """A place that can be worked with; nothing is connected yet.

    Raises:
        PlaceError: a password or key cannot be had, or the library for this kind is not installed.
    """
    try:
        secret = secret_of(settings.password_env, settings.password_file)
        register_secret(secret)
        return _OPENERS[settings.kind](settings, secret or "")
    except SecretError as error:
        raise PlaceError(Reason.UNAUTHORIZED, str(error)) from error
    except ImportError as error:
        message = f"copies to {settings.kind} need more packages: pip install 'gstnvr[copies]' ({error})"
        raise PlaceError(Reason.MISSING_ELEMENT, message) from error


def _open_s3(settings: CopyPlaceSettings, secret: str) -> Place:
    from gstnvr.copies.s3 import S3Place  # noqa: PLC0415 - tens of megabytes, for those who use it

    assert settings.bucket is not None and settings.username is not None
    return S3Place(
        bucket=settings.bucket,
        prefix=settings.prefix,
        key=settings.username,
        secret=secret,
        endpoint=settings.endpoint,
        region=settings.region,
    )


def _open_gcs(settings: CopyPlaceSettings, _secret: str) -> Place:
    from gstnvr.copies.gcs import GcsPlace  # noqa: PLC0415

    assert settings.bucket is not None
    return GcsPlace(
        bucket=settings.bucket,
        prefix=settings.prefix,
        key_file=settings.key_file,
        endpoint=settings.endpoint,
    )


def _open_azure(settings: CopyPlaceSettings, secret: str) -> Place:
    from gstnvr.copies.azure import AzurePlace  # noqa: PLC0415

    assert settings.bucket is not None and settings.username is not None
    return AzurePlace(
        container=settings.bucket,
        prefix=settings.prefix,
        account=settings.username,
        secret=secret,
        endpoint=settings.endpoint,
    )


def _open_sftp(settings: CopyPlaceSettings, secret: str) -> Place:
    from gstnvr.copies.sftp import SftpPlace  # noqa: PLC0415

    assert settings.endpoint is not None and settings.username is not None
    address = urlsplit(f"sftp://{settings.endpoint}")
    if settings.key_file is not None:
        read_secret_text(settings.key_file)  # nobody else may be able to
    return SftpPlace(
        host=address.hostname or "",
        port=address.port or _SSH_PORT,
        folder=settings.prefix,
        username=settings.username,
        password=secret or None,
        key_file=settings.key_file,
        known_hosts=settings.known_hosts_file or Path.home() / ".ssh" / "known_hosts",
    )


_OPENERS: Mapping[PlaceKind, Callable[[CopyPlaceSettings, str], Place]] = {
    PlaceKind.S3: _open_s3,
    PlaceKind.GCS: _open_gcs,
    PlaceKind.AZURE: _open_azure,
    PlaceKind.SFTP: _open_sftp,
}
