"""Who may call what, as a table for people: ``python -m gstnvr.api.rights_reference``."""

import sys
from collections.abc import Iterator
from typing import Any

from gstnvr.api.access.rights import CAMERA_PARAMETERS
from gstnvr.api.app import bare_app

_HEAD = """\
# Rights

Written by `python -m gstnvr.api.rights_reference`; do not edit. [How it works](../design/access.md).

Each role may also do what those before it may: viewer, operator, administrator. Users and tokens that do not
see all cameras are answered as if the others did not exist; lists leave these out.

- *camera*: the address or the query names a camera, which is checked before anything else happens.
- *person*: takes a login with a password; no token is enough.
- *nothing*: everybody may call it.

| | address | needs | |
|---|---|---|---|
"""


def reference() -> str:
    """The table as Markdown."""
    rows = [
        f"| `{method.upper()}` | `{path}` | {operation['x-needs']} | {', '.join(_notes(operation))} |"
        for path, methods in bare_app().openapi()["paths"].items()
        for method, operation in methods.items()
    ]
    return _HEAD + "\n".join(rows) + "\n"


def _notes(operation: dict[str, Any]) -> Iterator[str]:
    if any(parameter["name"] in CAMERA_PARAMETERS for parameter in operation.get("parameters", [])):
        yield "camera"
    if operation.get("security") == [{"session": []}]:
        yield "person"


if __name__ == "__main__":
    sys.stdout.write(reference())
