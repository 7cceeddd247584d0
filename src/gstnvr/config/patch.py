"""A wish for other settings, as the single places of the file that it changes."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pydantic_core import to_jsonable_python

from gstnvr.config.document import Location
from gstnvr.config.edit import REMOVED, Change

_NAMES = ("id", "path", "name")
"""Keys that name the sections of a list, the first that all of them have."""


def merged(before: Any, patch: Any) -> Any:
    """A JSON Merge Patch (RFC 7396) applied: null removes a key, sections are merged, all else is replaced.

    Beyond that, a list of sections with an ``id``, as that of cameras, takes sections by id: ``{"yard": {...}}``.
    """
    if not isinstance(patch, Mapping):
        return patch
    if isinstance(before, Sequence) and not isinstance(before, str) and _name_of(before) == "id":
        return _merged_list(before, patch)
    result = dict(before) if isinstance(before, Mapping) else {}
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
        else:
            result[key] = merged(result.get(key), value)
    return result


def _merged_list(before: Sequence[Any], patch: Mapping[str, Any]) -> list[Any]:
    kept = [
        merged(section, patch[section["id"]]) if section["id"] in patch else section
        for section in before
        if patch.get(section["id"], section) is not None
    ]
    known = {section["id"] for section in before}
    return kept + [
        {"id": name, **section}
        for name, section in patch.items()
        if name not in known and isinstance(section, Mapping)
    ]


def differences(before: Any, after: Any, location: Location = ()) -> Iterator[tuple[Location, Change]]:
    """Places at which one document must be changed to become the other, in an order in which that can be done."""
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for key in before:
            if key not in after:
                yield (*location, key), REMOVED
        for key, value in after.items():
            if key in before:
                yield from differences(before[key], value, (*location, key))
            else:
                yield (*location, key), value
    elif isinstance(before, list) and isinstance(after, list) and (name := _name_of([*before, *after])):
        yield from _list_differences(before, after, name, location)
    elif to_jsonable_python(before) != to_jsonable_python(after):
        yield location, after


def _list_differences(
    before: list[Any], after: list[Any], name: str, location: Location
) -> Iterator[tuple[Location, Change]]:
    old, new = [one[name] for one in before], [one[name] for one in after]
    kept = [one for one in old if one in new]
    if len({*old}) < len(old) or len({*new}) < len(new) or new[: len(kept)] != kept:
        yield location, after
        return
    for index in range(len(before) - 1, -1, -1):
        if old[index] not in new:
            yield (*location, index), REMOVED
    remaining = [one for one in before if one[name] in new]
    for index, section in enumerate(after):
        if index < len(remaining):
            yield from differences(remaining[index], section, (*location, index))
        else:
            yield (*location, index), section


def _name_of(sections: Sequence[Any]) -> str | None:
    for name in _NAMES:
        if all(isinstance(section, Mapping) and isinstance(section.get(name), str) for section in sections):
            return name
    return None
