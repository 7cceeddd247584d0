"""Known weaknesses of our dependencies, as ``scripts/audit-dependencies`` has found them out.

``python -m tests.repository.advisories PIP_AUDIT.json NPM_AUDIT.json`` says which are left when those with a
reason are taken away; exit code 0: none, 1: some, 3: it could not be found out.
"""

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.repository.lints import ROOT

EXCEPTIONS = ROOT / "requirements/audit-exceptions.txt"
CLEAN, WEAK, NOT_KNOWN = 0, 1, 3


class NotKnownError(Exception):
    """The advisories could not be asked; the text says for what."""


@dataclass(frozen=True, slots=True)
class Weakness:
    """One of one package."""

    package: str
    names: frozenset[str]
    """Under which it is known, such as CVE-2026-1234."""
    summary: str

    def __str__(self) -> str:
        return f"{self.package}: {', '.join(sorted(self.names))}: {self.summary}"


def exceptions(text: str) -> dict[str, str]:
    """Names of weaknesses that do not concern us, with reasons; lines with # are comments."""
    lines = [line.partition(" ") for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return {name: reason.strip() for name, _, reason in lines}


def of_pip(report: Mapping[str, Any]) -> Iterator[Weakness]:
    """As ``pip-audit --format json`` tells them.

    Raises:
        NotKnownError: a package could not be looked up.
    """
    if "dependencies" not in report:
        raise NotKnownError("pip-audit: no report")
    for package in report["dependencies"]:
        if "skip_reason" in package:
            raise NotKnownError(f"{package['name']}: {package['skip_reason']}")
        for found in package["vulns"]:
            names = frozenset({found["id"], *found.get("aliases", ())})
            fixed = ", ".join(found.get("fix_versions", ())) or "no version"
            yield Weakness(f"{package['name']} {package['version']}", names, f"mended in {fixed}")


def of_npm(report: Mapping[str, Any]) -> Iterator[Weakness]:
    """As ``npm audit --json`` tells them.

    Raises:
        NotKnownError: the registry has no advisories, or does not answer.
    """
    if "vulnerabilities" not in report:
        raise NotKnownError(f"npm: {report.get('message') or report.get('error') or 'no report'}")
    for name, package in report["vulnerabilities"].items():
        for cause in package["via"]:
            if isinstance(cause, dict):  # the others name a package that has its own entry
                yield Weakness(name, frozenset({cause["url"].rpartition("/")[2]}), cause["title"])


def left(found: Sequence[Weakness], known: Mapping[str, str]) -> tuple[list[Weakness], set[str]]:
    """Those without a reason, and names of exceptions that nothing is known of any more."""
    used = {name for weakness in found for name in weakness.names if name in known}
    return [weakness for weakness in found if not weakness.names & used], set(known) - used


def main(paths: Sequence[str]) -> int:
    """Exit code."""
    try:
        pip, npm = (json.loads(Path(path).read_text() or "{}") for path in paths)
        found = [*of_pip(pip), *of_npm(npm)]
    except NotKnownError as error:
        print(f"the advisories cannot be asked from here: {error}", file=sys.stderr)
        return NOT_KNOWN
    weak, unused = left(found, exceptions(EXCEPTIONS.read_text()))
    for weakness in weak:
        print(weakness)
    for name in sorted(unused):
        print(f"{name} is in {EXCEPTIONS.name} and not needed there any more", file=sys.stderr)
    return WEAK if weak else CLEAN


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
