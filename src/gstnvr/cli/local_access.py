"""How commands show who they are: by a token that was given, or by that of the gstnvr on this machine."""

import os
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from gstnvr.access.certificate import CERTIFICATE, FOLDER
from gstnvr.access.local_token import FILE, read_local_token
from gstnvr.cli.configuration import USUAL_PLACES
from gstnvr.cli.errors import CommandError
from gstnvr.cli.exit_codes import ExitCode
from gstnvr.cli.given_token import token_file
from gstnvr.client.client import DEFAULT_URL
from gstnvr.config.problems import ConfigurationError
from gstnvr.config.secrets import SecretError, read_secret_file
from gstnvr.config.whereabouts import Whereabouts, whereabouts

DEMONSTRATION = Path("var/gstnvr.yaml")
TOKEN_VARIABLE = "GSTNVR_TOKEN"  # noqa: S105 - the name of the variable, not what is in it


@dataclass(frozen=True, slots=True)
class Access:
    """What a client needs."""

    url: str
    token: str | None
    certificate: Path | None = None
    """The one that the server must show; None: one that this machine trusts."""
    problem: str = ""
    """Why there is no token."""


def access_to(url: str) -> Access:
    """The means to ask the gstnvr at this address.

    Raises:
        CommandError: the token file that was named cannot be used.
    """
    found = _on_this_machine()
    if url == DEFAULT_URL and found is not None:
        url = found.api.address
    # Nobody else may get the token of this machine, whatever address a command is given.
    ours = found if found is not None and _is_loopback(url) else None
    certificate = None if ours is None else _certificate(ours)
    if (given := _given_token()) is not None:
        return Access(url, given, certificate)
    if ours is None:
        return Access(url, None, certificate, "no configuration file tells where its token is")
    problem = f"{ours.data_dir / FILE} cannot be read"
    return Access(url, read_local_token(ours.data_dir), certificate, problem)


def _given_token() -> str | None:
    path = token_file.get()
    if path is None:
        return os.environ.get(TOKEN_VARIABLE) or None
    try:
        return read_secret_file(path)
    except SecretError as error:
        raise CommandError(str(error), ExitCode.USAGE) from None


def _on_this_machine() -> Whereabouts | None:
    """By the first configuration that ``gstnvr run`` would take, or that of the demonstration."""
    named = os.environ.get("GSTNVR_CONFIG")
    for path in [Path(named)] if named else [*USUAL_PLACES, DEMONSTRATION]:
        if named or path.exists():
            try:
                return whereabouts(path)
            except ConfigurationError:
                return None
    return None


def _certificate(found: Whereabouts) -> Path | None:
    if not found.api.tls.enabled:
        return None
    path = found.api.tls.certificate_file or found.data_dir / FOLDER / CERTIFICATE
    return path if os.access(path, os.R_OK) else None


def _is_loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
