"""The token of programs on this machine: whoever can read the data directory may do everything.

He could read and change recordings and database anyway.
"""

import re
from pathlib import Path

from gstnvr.access.random_secrets import new_token
from gstnvr.config.private_files import write_private
from gstnvr.config.secrets import SecretError, read_secret_file

FILE = "local-token"
_LOOKS_LIKE = re.compile(r"gstnvr_[A-Za-z0-9_-]{43}")


def local_token(data_dir: Path) -> str:
    """The token, which is made if there is none, or none that only its owner may read.

    It stays the same from start to start, so that a full disk cannot lock programs out; delete the file to have a
    new one at the next start.

    Raises:
        OSError: it cannot be written.
    """
    path = data_dir / FILE
    try:
        token = read_secret_file(path)
    except SecretError:
        token = ""
    if _LOOKS_LIKE.fullmatch(token) is None:
        token = new_token()
        write_private(path, f"{token}\n".encode())
    return token


def read_local_token(data_dir: Path) -> str | None:
    """The token of the gstnvr that works in this directory; None: there is none, or it may not be read."""
    try:
        return read_secret_file(data_dir / FILE)
    except SecretError:
        return None
