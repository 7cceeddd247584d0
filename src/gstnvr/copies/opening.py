"""From the settings of a place to something that can be worked with. Only here is a library of a kind imported."""

from gstnvr.config.copies import CopyPlaceSettings
from gstnvr.config.secrets import SecretError, secret_of
from gstnvr.copies.places import Place, PlaceError
from gstnvr.logs.redaction import register_secret
from gstnvr.model.copies import PlaceKind
from gstnvr.model.faults import Reason


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


_OPENERS = {PlaceKind.S3: _open_s3}
