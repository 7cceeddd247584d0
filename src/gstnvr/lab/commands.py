"""Commands of the operating system that the laboratory needs."""

import subprocess
from pathlib import Path


def run(*command: str | Path) -> str:
    """Run it and return what it printed.

    Raises:
        RuntimeError: it failed; the message is the command and its complaint.
    """
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(map(str, command))}: {done.stderr.strip()}")
    return done.stdout


def attempt(*command: str | Path) -> None:
    """Run it, whether or not there is anything for it to do."""
    subprocess.run([str(word) for word in command], capture_output=True, check=False)
