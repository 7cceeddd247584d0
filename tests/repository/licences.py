"""Licences of all locked packages; ``python -m tests.repository.licences > docs/ref/licences.md``."""

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from importlib.metadata import PackageMetadata, PackageNotFoundError, metadata

from tests.repository.lints import ROOT

DOCUMENT = ROOT / "docs/ref/licences.md"
FREE = frozenset(
    {
        "0BSD",
        "Apache-2.0",
        "BSD-2-Clause",
        "BSD-3-Clause",
        "BlueOak-1.0.0",
        "CC0-1.0",
        "ISC",
        "MIT",
        "MIT-0",
        "PSF-2.0",
        "Python-2.0",
        "Unlicense",
    }
)
"""May be used in whatever is under Apache-2.0."""
BY_FILE = frozenset({"MPL-2.0"})
"""Asks for its own files only, which are used as they are."""
REASONS = {
    "asyncssh": "EPL-2.0, used as it is; only with the extra `copies`, in the process of copies alone",
    "caniuse-lite": "a table of browsers that the build looks into; nothing of it is in the pages",
    "gstreamer-bundle": "LGPL, on macOS and Windows, as GStreamer is everywhere: a library that is loaded",
    "gstreamer-cli": "part of gstreamer-bundle",
    "gstreamer-ext-runtime": "part of gstreamer-bundle",
    "gstreamer-gtk": "part of gstreamer-bundle",
    "gstreamer-libs": "part of gstreamer-bundle",
    "gstreamer-plugins": "part of gstreamer-bundle",
    "gstreamer-plugins-gpl": "comes with gstreamer-bundle; simulated cameras encode with it as a last choice",
    "gstreamer-plugins-gpl-restricted": "as gstreamer-plugins-gpl",
    "gstreamer-plugins-libs": "part of gstreamer-bundle",
    "gstreamer-plugins-restricted": "part of gstreamer-bundle",
    "gstreamer-python": "part of gstreamer-bundle",
    "psycopg": "LGPL, used as it is; only with the extra `postgresql` (docs/guide/database.md)",
    "psycopg-binary": "as psycopg",
    "pygobject-stubs": "types for those who change gstnvr; not installed with it",
}
"""Why a package under another licence may be used all the same."""
NOT_HERE = {name: "LGPL-2.1-or-later" for name in REASONS if name.startswith("gstreamer-")} | {
    "colorama": "BSD-3-Clause",
    "gstreamer-plugins-gpl": "GPL-2.0-or-later",
    "gstreamer-plugins-gpl-restricted": "GPL-2.0-or-later",
}
"""Of packages for other systems, of which none is installed here."""
_SAID_ELSEWHERE = {
    "isodate": "BSD-3-Clause",
    "pytest-timeout": "MIT",
    "python-dateutil": "Apache-2.0 OR BSD-3-Clause",
    "trustme": "Apache-2.0 OR MIT",
}
"""Where the fields for it say less than the licence itself."""
_IDENTIFIERS = {
    "apache software license": "Apache-2.0",
    "apache 2.0": "Apache-2.0",
    "apache license 2.0": "Apache-2.0",
    "3-clause bsd license": "BSD-3-Clause",
    "bsd": "BSD-3-Clause",
    "bsd 2-clause license": "BSD-2-Clause",
    "bsd license": "BSD-3-Clause",
    "gnu lesser general public license v2 or later (lgplv2+)": "LGPL-2.1-or-later",
    "isc license": "ISC",
    "isc license (iscl)": "ISC",
    "mit license": "MIT",
    "mozilla public license 2.0 (mpl 2.0)": "MPL-2.0",
    "python software foundation license": "PSF-2.0",
}
_OTHERS = "## Others, and why they are used"
_HEAD = """\
# Licences

gstnvr is under [Apache-2.0](../../LICENSE). These are the licences of all packages that its lock files name, also
of those that only build or test it; GStreamer and its binding for Python come with the system. Written by
`python -m tests.repository.licences`; a test holds it against the packages themselves.
"""


def locked(name: str) -> set[str]:
    """Packages of ``requirements/<name>.txt``."""
    text = (ROOT / f"requirements/{name}.txt").read_text()
    found = re.findall(r"^([\w.-]+)==", text, re.MULTILINE)
    return {re.sub(r"[-_.]+", "-", package).lower() for package in found}


def licence_of(name: str) -> str | None:
    """As an expression of SPDX; None: it is not installed, and nothing is known."""
    try:
        return _SAID_ELSEWHERE.get(name) or _said(metadata(name))
    except PackageNotFoundError:
        return NOT_HERE.get(name)


def _said(found: PackageMetadata) -> str:
    fields = [*(found.get_all("License-Expression") or ()), *(found.get_all("License") or ())]
    kinds = [
        line.rpartition(" :: ")[2] for line in found.get_all("Classifier") or () if line.startswith("License")
    ]
    said = [line.strip().splitlines()[0].strip() for line in [*fields, *kinds] if line.strip()]
    known = [_IDENTIFIERS.get(one.lower(), one) for one in said]
    return next(iter(known), "not said")


def npm_licences(*, built_in: bool) -> dict[str, str]:
    """Of the web client: what its pages are built from, or only checked with."""
    lock = json.loads((ROOT / "web/package-lock.json").read_text())
    return {
        path.rpartition("node_modules/")[2]: str(package.get("license", "not said")).strip("()")
        for path, package in lock["packages"].items()
        if path and bool(package.get("dev")) is not built_in
    }


def is_free(licence: str) -> bool:
    """Whether it may be used without a reason: one of a choice, or all of what counts together."""
    choices = [[part.strip(" ()") for part in choice.split(" AND ")] for choice in licence.split(" OR ")]
    return any(set(choice) <= FREE | BY_FILE for choice in choices)


def python_licences(names: Iterable[str]) -> dict[str, str]:
    """Of these packages; what is not installed here is taken from the document."""
    written = documented()
    return {name: licence_of(name) or written.get(name, "not said") for name in names}


def documented() -> dict[str, str]:
    """Packages and licences of the document."""
    text = DOCUMENT.read_text().partition(_OTHERS)[0] if DOCUMENT.exists() else ""
    rows = re.findall(r"^\| ([^|`]+) \| (.+) \|$", text, re.MULTILINE)
    return {name: licence for licence, names in rows for name in re.findall(r"`([^`]+)`", names)}


def document() -> str:
    """All of it, by licence."""
    running = locked("run")
    parts = {
        "Python, in every installation": python_licences(running),
        "Python, optional, or for development": python_licences((locked("dev") | locked("stubs")) - running),
        "Web client, in its pages or to build them": npm_licences(built_in=True),
        "Web client, for development": npm_licences(built_in=False),
    }
    sections = [_HEAD, *(f"## {title}\n\n{_table(packages)}" for title, packages in parts.items())]
    reasons = "".join(f"| {name} | {reason} |\n" for name, reason in sorted(REASONS.items()))
    sections.append(f"{_OTHERS}\n\n| Package | Why |\n| --- | --- |\n{reasons}")
    return "\n".join(sections)


def _table(packages: Mapping[str, str]) -> str:
    by_licence: defaultdict[str, list[str]] = defaultdict(list)
    for name, licence in packages.items():
        by_licence[licence].append(f"`{name}`")
    rows = [f"| {licence} | {', '.join(sorted(names))} |\n" for licence, names in sorted(by_licence.items())]
    return "| Licence | Packages |\n| --- | --- |\n" + "".join(rows)


if __name__ == "__main__":
    print(document(), end="")
