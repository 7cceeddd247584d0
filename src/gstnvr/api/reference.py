"""The OpenAPI description of the API: ``python -m gstnvr.api.reference``."""

import json
import sys

from gstnvr.api.app import bare_app


def reference() -> str:
    """The description as JSON text."""
    return json.dumps(bare_app().openapi(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    sys.stdout.write(reference())
