"""What commands print."""

import json
import sys
from typing import Annotated, Any

import typer

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]


def print_json(document: Any) -> None:
    """One JSON document on standard output."""
    typer.echo(json.dumps(document, indent=2, ensure_ascii=False))


def complain(message: str) -> None:
    """What went wrong, on standard error; each line says who is speaking."""
    for line in message.splitlines():
        print(f"gstnvr: {line}", file=sys.stderr)  # noqa: T201 - the one place that speaks to the user
