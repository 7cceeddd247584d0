"""The reference page of the configuration file: ``python -m gstnvr.config.reference``."""

import inspect
import sys
from collections.abc import Iterator
from enum import Enum
from typing import Any, get_args

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from gstnvr.config.explain import describe_limits, mark_of, section_in
from gstnvr.config.settings import Settings
from gstnvr.model.amounts import Amount

_HEAD = """\
# Configuration file

One YAML file. `gstnvr config check` tells everything that is wrong with it, with line and suggestion; a file with
anything wrong in it is refused as a whole, and what was running before goes on. The file is read again when it
changes and on SIGHUP; streams whose settings did not change are not touched. A commented example is
[gstnvr.yaml](../guide/gstnvr.yaml). `gstnvr config schema` prints the JSON Schema, which editors use to check and
complete.

Made from the program by `python -m gstnvr.config.reference`; a test keeps both the same.
"""


def reference() -> str:
    """The page in Markdown: every key with its meaning, default and limits."""
    return "\n".join([_HEAD, *_section("The file", Settings)])


def _section(title: str, model: type[BaseModel]) -> Iterator[str]:
    yield f"## {title}\n"
    yield f"{inspect.getdoc(model)}\n"
    yield "| key | value | default | meaning |"
    yield "|---|---|---|---|"
    for name, field in model.model_fields.items():
        yield f"| `{name}` | {_value(field)} | {_default(field)} | {_meaning(field)} |"
    yield ""
    for name, field in model.model_fields.items():
        inner = section_in(field.annotation)
        if inner is not None and not (model is not Settings and inner.__name__ in _top_level()):
            yield from _section(_title(title, name, field), inner)


def _title(above: str, name: str, field: FieldInfo) -> str:
    own = f"{name}{mark_of(field)}"
    return f"`{own}`" if above == "The file" else f"`{above.strip('`')}.{own}`"


def _top_level() -> set[str]:
    inner = (section_in(field.annotation) for field in Settings.model_fields.values())
    return {model.__name__ for model in inner if model is not None}


def _value(field: FieldInfo) -> str:
    inner = section_in(field.annotation)
    if inner is not None:
        return {"[]": "list of sections", ".NAME": "sections by name"}.get(mark_of(field), "section")
    kinds = _kinds(field.annotation)
    enum = next((kind for kind in kinds if issubclass(kind, Enum)), None)
    if enum is not None:
        return ", ".join(f"`{member.value}`" for member in enum)
    words = {
        bool: "`true` or `false`",
        int: "whole number",
        float: "number",
        str: "text",
        Amount: "amount, such as `5 GB` or `5 %`",
    }
    word = next((words[kind] for kind in kinds if kind in words), "absolute path")
    word = f"list of {word}" if mark_of(field) == "[]" else word
    limits = describe_limits(field)
    return f"{word}, {limits}" if limits else word


def _kinds(annotation: Any) -> list[type]:
    if isinstance(annotation, type):
        return [annotation] if annotation is not type(None) else []
    return [kind for argument in get_args(annotation) for kind in _kinds(argument)]


def _default(field: FieldInfo) -> str:
    if field.default is PydanticUndefined:
        return "required"
    if field.default is None or isinstance(field.default, BaseModel):
        return ""
    if isinstance(field.default, bool):
        return f"`{str(field.default).lower()}`"
    if field.default in ([], {}, ""):
        return "empty"
    return f"`{field.default}`"


def _meaning(field: FieldInfo) -> str:
    if field.description:
        return field.description
    inner = section_in(field.annotation)
    return (inspect.getdoc(inner) or "") if inner else ""


if __name__ == "__main__":
    sys.stdout.write(reference())
