"""Changes to the configuration file that leave its comments and order alone."""

import io
import os
import tempfile
from collections.abc import Mapping
from enum import Enum
from itertools import pairwise
from pathlib import Path
from typing import Any

from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.util import load_yaml_guess_indent

from gstnvr.config.document import Location, key_text, parse, yaml
from gstnvr.config.load import Configuration, load_text, read
from gstnvr.config.problems import ConfigurationError, Problem

Plain = str | int | float | bool | None | list[Any] | dict[str, Any]


class _Removed(Enum):
    REMOVED = "removed"


REMOVED = _Removed.REMOVED
"""In place of a value: the key is to go from the file."""
Change = Plain | _Removed


def change_values(path: Path, values: Mapping[Location, Change], *, secrets: bool = True) -> Configuration:
    """Set values in the file, e.g. ``{("cameras", 0, "name"): "Back door"}``; all of them or none, in their order.

    Sections that are missing on the way are made; the index one past the end of a list appends to it.

    Raises:
        ConfigurationError: the file, or what it would become, is wrong; it is left as it was.
        OSError: the file cannot be written; it is left as it was.
    """
    text = read(path)
    document = parse(text, path)
    for location, value in values.items():
        _set(document.tree, location, value, path)
    _, sequence, offset = load_yaml_guess_indent(text)
    writer = yaml()
    writer.indent(mapping=2, sequence=sequence or 4, offset=offset if offset is not None else 2)
    output = io.StringIO()
    writer.dump(document.tree, output)
    configuration = load_text(output.getvalue(), path, secrets=secrets)
    _replace(path.resolve(), output.getvalue())
    return configuration


def _set(tree: CommentedMap, location: Location, value: Change, path: Path) -> None:
    node: Any = tree
    for step, following in pairwise(location):
        if isinstance(node, CommentedMap) and node.get(step) is None:
            node[step] = CommentedSeq() if isinstance(following, int) else CommentedMap()
        try:
            node = node[step]
        except (KeyError, IndexError, TypeError):
            raise _no_place(location, path) from None
    last = location[-1]
    if value is REMOVED:
        del node[last]
    elif isinstance(node, CommentedSeq) and last == len(node):
        node.append(value)
    elif isinstance(node, CommentedMap) or (isinstance(node, CommentedSeq) and isinstance(last, int)):
        try:
            node[last] = value
        except IndexError:
            raise _no_place(location, path) from None
    else:
        raise _no_place(location, path)


def _no_place(location: Location, path: Path) -> ConfigurationError:
    return ConfigurationError([Problem(path, None, key_text(location), "there is no such place in the file")])


def _replace(path: Path, text: str) -> None:
    """Whoever reads the file, also after a power cut, sees the old text or the new one."""
    former = path.stat()
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fchmod(file.fileno(), former.st_mode & 0o7777)
            if os.geteuid() == 0:
                os.fchown(file.fileno(), former.st_uid, former.st_gid)
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
