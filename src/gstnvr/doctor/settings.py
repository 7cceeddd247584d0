"""The configuration file and the passwords it leads to."""

from collections.abc import Iterator

from gstnvr.config.load import Configuration
from gstnvr.config.problems import ConfigurationError
from gstnvr.config.sealing import passwords_of
from gstnvr.config.secrets import SecretError, VariableNotSetError
from gstnvr.config.settings import Settings
from gstnvr.model.findings import Finding, Remedy, failed, ok, warning


def check_configuration(configuration: Configuration) -> Iterator[Finding]:
    """What is configured, and whether the passwords can be had."""
    count = len(configuration.settings.cameras)
    yield ok("configuration", f"{configuration.path}: nothing wrong, {count} camera{'' if count == 1 else 's'}")
    yield from _check_passwords(configuration.settings)


def refused(error: ConfigurationError) -> Iterator[Finding]:
    """A file with problems, each of which is a finding."""
    for problem in error.problems:
        yield failed(
            "configuration",
            str(problem),
            "put that right; gstnvr config check tells whether it is",
            Remedy.CORRECT_SETTINGS,
        )


def _check_passwords(settings: Settings) -> Iterator[Finding]:
    found, password_of = 0, passwords_of(settings)
    streams = [
        (f"{camera.id}/{kind}", stream)
        for camera in settings.cameras
        if camera.enabled
        for kind, stream in camera.streams.items()
    ]
    for name, stream in streams:
        try:
            found += password_of(stream) is not None
        except VariableNotSetError as error:
            advice = "set it where gstnvr runs; a service has variables of its own"
            yield warning("passwords", f"{name}: {error}", advice, Remedy.SET_VARIABLE)
        except SecretError as error:
            yield failed(
                "passwords",
                f"{name}: {error}",
                "put that right; then start doctor again",
                Remedy.CORRECT_PASSWORD,
            )
    if found:
        yield ok("passwords", f"{found} found, where only their owner can read them")
