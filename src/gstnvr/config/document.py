"""YAML text as plain data that still knows its lines."""

import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq, TaggedScalar
from ruamel.yaml.constructor import DuplicateKeyError
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.reader import ReaderError
from ruamel.yaml.scalarbool import ScalarBoolean

from gstnvr.config.problems import ConfigurationError, Problem

Location = tuple[str | int, ...]
"""Keys and indices that lead to a value."""

_DEEPEST = 20
_NO_TEXT = frozenset({"Cc", "Cs"})
"""Control characters, and halves of characters, which no file and no answer can hold."""


@dataclass(frozen=True, slots=True)
class Document:
    """One parsed configuration file."""

    path: Path
    tree: CommentedMap
    plain: dict[str, Any]

    def line(self, location: Location) -> int | None:
        """Line of the key at the location, or of the nearest section around it that is in the file."""
        node: Any = self.tree
        line: int | None = None
        for step in location:
            if not _has(node, step):
                break
            position = node.lc.data.get(step) if node.lc.data else None
            line = position[0] + 1 if position else line
            node = node[step]
        return line


def _has(node: Any, step: str | int) -> bool:
    if isinstance(node, CommentedSeq):
        return isinstance(step, int) and step < len(node)
    return isinstance(node, CommentedMap) and step in node


class _UnusableError(Exception):
    """YAML that is well-formed and still of no use here."""

    def __init__(self, location: Location, message: str) -> None:
        super().__init__(message)
        self.location = location


def yaml() -> YAML:
    """Reader and writer that keep comments, order and quotes."""
    handler = YAML(typ="rt")
    handler.preserve_quotes = True
    handler.width = 4096
    return handler


def parse(text: str, path: Path) -> Document:
    """Read YAML.

    Raises:
        ConfigurationError: syntax error, key given twice, or something else than a mapping.
    """
    try:
        tree = yaml().load(text)
    except (YAMLError, ValueError, RecursionError, NotImplementedError) as error:
        raise ConfigurationError([_syntax_problem(error, text, path)]) from None
    if tree is None:
        raise ConfigurationError([Problem(path, None, "", "is empty", "storage and cameras belong in it")])
    if not isinstance(tree, CommentedMap):
        raise ConfigurationError([Problem(path, 1, "", "must consist of lines like 'key: value'")])
    document = Document(path, tree, {})
    try:
        document.plain.update(_plain_map(tree, ()))
    except _UnusableError as error:
        line = document.line(error.location)
        key = key_text(error.location)
        raise ConfigurationError([Problem(path, line, key, str(error))]) from None
    return document


def key_text(location: Location) -> str:
    """A location as a person writes it: ``cameras[0].main.url``."""
    text = ""
    for step in location:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text


def _check_text(text: str, location: Location) -> None:
    """Names and their like end up in logs, pages, pictures and file names."""
    if any(unicodedata.category(character) in _NO_TEXT for character in text):
        raise _UnusableError(location, "has a control character or half a character in it; leave it out")


def _plain_map(tree: CommentedMap, location: Location) -> dict[str, Any]:
    plain = {}
    for key, value in tree.items():
        if not isinstance(key, str):
            raise _UnusableError(location, "has a key that is not text; put it in quotes")
        _check_text(key, location)
        plain[str(key)] = _plain(value, (*location, str(key)))
    return plain


def _plain(value: Any, location: Location) -> Any:
    if len(location) > _DEEPEST:
        raise _UnusableError(location[:2], "is nested too deeply")
    if isinstance(value, TaggedScalar):
        raise _UnusableError(location, "has a tag (!), which means nothing here; put the value in quotes")
    if isinstance(value, CommentedMap):
        return _plain_map(value, location)
    if isinstance(value, CommentedSeq):
        return [_plain(item, (*location, index)) for index, item in enumerate(value)]
    if isinstance(value, bool | ScalarBoolean):
        return bool(value)
    if isinstance(value, str):
        _check_text(value, location)
    for kind in (int, float, str):
        if isinstance(value, kind):
            return kind(value)
    return value


def _syntax_problem(error: Exception, text: str, path: Path) -> Problem:
    """Never quotes values, which may be passwords; ``text`` is searched only for the line."""
    mark = getattr(error, "problem_mark", None)
    line = mark.line + 1 if mark is not None else None
    if isinstance(error, DuplicateKeyError):
        key = re.match(r'found duplicate key "([^"]*)" with', str(error.problem))
        return Problem(path, line, key[1] if key else "", "is given twice in the same section; keep one of them")
    if isinstance(error, ReaderError):
        line = text.count("\n", 0, error.position) + 1 if isinstance(error.position, int) else None
        return Problem(path, line, "", "has a character that YAML does not allow")
    if isinstance(error, RecursionError):
        return Problem(path, None, "", "is nested too deeply")
    if isinstance(error, NotImplementedError):
        # ruamel.yaml says this of text where it expected a key, if the section above it has a comment.
        comment = re.search(r"line: (\d+)", str(error))
        line = int(comment[1]) + 1 if comment else None
        return Problem(path, line, "", "what follows here is not a line like 'key: value'", "is a colon missing?")
    if isinstance(error, MarkedYAMLError):
        return Problem(path, line, "", *_explained(str(error.problem)))
    return Problem(path, line, "", "is not YAML that can be read")


_SYNTAX = (
    (r"found character '\\t'", "a tab where YAML wants spaces", "indent with spaces"),
    (
        r"found character|found undefined alias|failed to construct|found unknown escape",
        "this value has a character that means something else to YAML",
        "put the value in single quotes",
    ),
    (
        "mapping values are not allowed",
        "a second ': ' in one line, or a line that is indented wrongly",
        "values with ': ' in them need quotes; the keys of a section begin in the same column",
    ),
    ("unexpected end of stream", "a quote is opened here and never closed", None),
    ("found another document", "a second document begins here", "remove the line ---"),
    (r"expected ',' or '[\]}]'", "a bracket is opened and not closed, or a comma is missing", None),
    (
        "expected <block end>",
        "this does not belong to the section above it",
        "look at the indentation and the quotes",
    ),
)


def _explained(problem: str) -> tuple[str, str | None]:
    for pattern, message, suggestion in _SYNTAX:
        if re.search(pattern, problem):
            return message, suggestion
    return "is not YAML that can be read from here on", None
