"""Of what gstnvr is made here, and under which licences."""

import platform
import re
from collections.abc import Iterator
from functools import cache
from importlib.metadata import PackageMetadata, PackageNotFoundError, metadata

from gstnvr.api.operation.schemas import About, License

_NAME = re.compile(r"[A-Za-z0-9._-]+")
_LONGEST = 100


@cache
def about() -> About:
    """Found out once: it stays as it is while the process runs."""
    return About(
        license="Apache-2.0",
        python=platform.python_version(),
        platform=platform.platform(),
        packages=sorted(_licenses(), key=lambda one: one.name.lower()),
    )


def _licenses() -> Iterator[License]:
    """Of what is installed of the packages that gstnvr needs, and these need."""
    seen: set[str] = set()
    names = ["gstnvr"]
    while names:
        name = re.sub(r"[-_.]+", "-", names.pop()).lower()
        if name in seen:
            continue
        seen.add(name)
        try:
            found = metadata(name)
        except PackageNotFoundError:
            continue
        needed = found.get_all("Requires-Dist") or []
        if name != "gstnvr":
            needed = [line for line in needed if "extra ==" not in line]
        names += [match[0] for line in needed if (match := _NAME.match(line))]
        if name != "gstnvr":
            yield License(name=found["Name"], version=found["Version"], license=_license(found), home=_home(found))


def _license(found: PackageMetadata) -> str:
    expression = _said(found, "License-Expression")
    if expression:
        return str(expression)
    classified = [line for line in found.get_all("Classifier") or [] if line.startswith("License ::")]
    if classified:
        return ", ".join(line.rpartition(" :: ")[2] for line in classified)
    lines = (_said(found, "License") or "not said").strip().splitlines()
    return lines[0][:_LONGEST] if lines else "not said"


def _said(found: PackageMetadata, field: str) -> str | None:
    return next(iter(found.get_all(field) or ()), None)


def _home(found: PackageMetadata) -> str | None:
    addresses = dict(line.split(", ", 1) for line in found.get_all("Project-URL") or [] if ", " in line)
    by_name = {name.lower(): address for name, address in addresses.items()}
    wanted = ("homepage", "source", "source code", "repository", "github")
    home = next((by_name[name] for name in wanted if name in by_name), _said(found, "Home-page"))
    return home if home and home.startswith(("https://", "http://")) else None
