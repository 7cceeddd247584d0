"""Passwords that a program sends in the clear, sealed before they can get into the configuration file."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, get_origin

from pydantic import BaseModel

from gstnvr.config.document import Location, key_text
from gstnvr.config.explain import section_in
from gstnvr.config.problems import ConfigurationError, Problem
from gstnvr.config.sealing import Sealer, SecretKeyError
from gstnvr.config.settings import Settings

PLAIN = "password"
SEALED = "password_sealed"
_OTHERS = ("password_env", "password_file")
LONGEST = 1000


def with_sealed_passwords(wanted: dict[str, Any], before: Mapping[str, Any], sealer: Sealer, path: Path) -> Any:
    """The same configuration with ``password_sealed`` where ``password`` is, in sections that take the former.

    Args:
        wanted: what the file is to say.
        before: what it says; only what is sealed there already is taken for sealed unseen.

    Raises:
        ConfigurationError: a password cannot be one, or what is given as sealed is not.
        SecretKeyError: the key cannot be had.
    """
    result = _Sealing(sealer, path).section(Settings, wanted, ())
    known = {text for _, text in _sealed(before, ())}
    problems = []
    for location, text in _sealed(result, ()):
        if text in known:
            continue
        try:
            sealer.open(text)
        except SecretKeyError as error:
            problems.append(Problem(path, None, key_text(location), str(error), f"send it as {PLAIN} instead"))
    if problems:
        raise ConfigurationError(problems)
    return result


class _Sealing:
    def __init__(self, sealer: Sealer, path: Path) -> None:
        self._sealer = sealer
        self._path = path

    def section(self, model: type[BaseModel], tree: Any, location: Location) -> Any:
        if not isinstance(tree, Mapping):
            return tree
        result = {}
        for key, value in tree.items():
            field = model.model_fields.get(key)
            inner = None if field is None else section_in(field.annotation)
            by_name = field is not None and get_origin(field.annotation) is dict
            result[key] = value if inner is None else self._within(inner, value, (*location, key), by_name=by_name)
        if PLAIN in result and SEALED in model.model_fields:
            sealed = self._seal(result.pop(PLAIN), (*location, PLAIN))
            result = {key: value for key, value in result.items() if key not in _OTHERS} | {SEALED: sealed}
        return result

    def _within(self, model: type[BaseModel], value: Any, location: Location, *, by_name: bool) -> Any:
        if isinstance(value, list):
            return [self.section(model, one, (*location, index)) for index, one in enumerate(value)]
        if by_name and isinstance(value, Mapping):
            return {name: self.section(model, one, (*location, name)) for name, one in value.items()}
        return self.section(model, value, location)

    def _seal(self, password: Any, location: Location) -> str:
        if not isinstance(password, str) or not 1 <= len(password) <= LONGEST:
            message = f"must be text of 1 to {LONGEST} characters"
            raise ConfigurationError([Problem(self._path, None, key_text(location), message)])
        return self._sealer.seal(password)


def _sealed(tree: Any, location: Location) -> Iterator[tuple[Location, str]]:
    if isinstance(tree, Mapping):
        for key, value in tree.items():
            if key == SEALED and isinstance(value, str):
                yield (*location, key), value
            else:
                yield from _sealed(value, (*location, key))
    elif isinstance(tree, list):
        for index, value in enumerate(tree):
            yield from _sealed(value, (*location, index))
