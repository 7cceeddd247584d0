"""Passwords that somebody chooses or hands over: typed unseen, or read from standard input."""

import sys

import typer


def new_password(prompt: str) -> str:
    """Typed twice on a terminal; else the first line."""
    if sys.stdin.isatty():
        return str(typer.prompt(prompt, hide_input=True, confirmation_prompt=True))
    return sys.stdin.readline().rstrip("\r\n")
