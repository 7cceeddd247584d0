"""Names of users: written in any case, the same name."""

import re
import unicodedata

from gstnvr.access.errors import BadNameError

PATTERN = r"^[\w.@+-]{1,64}$"
_VALID = re.compile(PATTERN)


def user_name(written: str) -> str:
    """The name as it is stored and compared.

    Raises:
        BadNameError: it is none.
    """
    name = unicodedata.normalize("NFKC", written.strip()).casefold()
    if _VALID.match(name) is None:
        raise BadNameError("a name has 1 to 64 letters, digits and . @ + - _")
    return name
