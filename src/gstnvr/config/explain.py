"""Validation errors in words, with line, key and what would be right."""

from collections.abc import Iterator
from difflib import get_close_matches
from typing import Any, get_args, get_origin

from annotated_types import Ge, Le
from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from gstnvr.config.document import Document, Location, key_text
from gstnvr.config.problems import Problem
from gstnvr.config.settings import Settings

_PASSWORD_WORDS = ("password", "passwd", "passwort", "pwd", "pass", "secret", "token", "credential")
_UNQUOTED_KEYS = {("url",), ("username",), ("password_env",), ("password_file",), ("password_sealed",)}

_WANTED = {
    "int_type": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "finite_number": "must be a finite number",
    "bool_type": "must be true or false",
    "string_type": "must be text; put it in quotes",
    "path_type": "must be a path; put it in quotes",
    "not_absolute": "must be an absolute path, beginning with /",
    "list_type": "must be a list; each entry begins with '- '",
    "missing": "is missing",
    "string_too_short": "is empty",
    "model_type": "must be a section with keys of its own, not a single value",
}
_UNITS = {"_ms": " milliseconds", "_s": " seconds", "_mb": " megabytes"}


def explain(error: ValidationError, document: Document) -> list[Problem]:
    """All problems of a document, in the order of its lines."""
    details = error.errors(include_url=False)
    misspelt = {_intended(detail) for detail in details if detail["type"] == "extra_forbidden"}
    problems = [
        _problem(detail, document)
        for detail in details
        if not (detail["type"] == "missing" and detail["loc"] in misspelt)
    ]
    return sorted(problems, key=lambda problem: problem.line or 0)


def _problem(detail: ErrorDetails, document: Document) -> Problem:
    location: Location = detail.get("ctx", {}).get("at", detail["loc"])
    message, suggestion = _words(detail, location)
    return Problem(document.path, document.line(location), key_text(location), message, suggestion)


def _words(detail: ErrorDetails, location: Location) -> tuple[str, str | None]:
    kind, context, value = detail["type"], detail.get("ctx", {}), detail["input"]
    if kind == "extra_forbidden":
        return _unknown_key(location)
    suggestion = _closest(value, context["expected"]) if kind == "enum" else None
    message = _refusal(kind, context, location)
    if message is None:
        return str(context["error"]) if kind == "value_error" else detail["msg"], None
    if value is None and kind != "missing":
        return "has no value", suggestion
    if kind == "model_type":
        return message, None
    return message + _not(value, location), suggestion


def _refusal(kind: str, context: dict[str, Any], location: Location) -> str | None:
    """What would be right; None where the error says it by itself."""
    if kind == "enum":
        return f"must be {context['expected']}"
    if kind in ("greater_than_equal", "less_than_equal"):
        return f"must be {_range(location)}"
    if kind in ("too_long", "too_short"):
        return f"must have {_count(context)}, not {context['actual_length']}"
    if kind == "string_pattern_mismatch":
        return f"is not allowed here ({_description(location)})"
    return _WANTED.get(kind)


def _unknown_key(location: Location) -> tuple[str, str | None]:
    key, section = str(location[-1]), location[:-1]
    allowed = _keys(section)
    if any(word in key.lower() for word in _PASSWORD_WORDS) and "password_env" in allowed:
        return (
            "a password does not belong in this file",
            "name an environment variable with password_env, a file that only its owner may read with"
            " password_file, or put what gstnvr config seal prints into password_sealed",
        )
    near = get_close_matches(key, allowed, n=1)
    if near:
        return "unknown key", f"did you mean '{near[0]}'?"
    elsewhere = [key_text(place) for place in _places(Settings, key)]
    if elsewhere:
        return "unknown key", f"did you mean '{elsewhere[0]}'?"
    if allowed:
        return "unknown key", f"known here: {', '.join(allowed)}"
    return "unknown key", None


def _intended(detail: ErrorDetails) -> Location:
    *section, key = detail["loc"]
    near = get_close_matches(str(key), _keys(tuple(section)), n=1)
    return (*section, *near)


def _keys(section: Location) -> list[str]:
    model = _model_at(section)
    return list(model.model_fields) if model else []


def _model_at(location: Location) -> type[BaseModel] | None:
    model: type[BaseModel] | None = Settings
    own_name = False
    for step in location:
        if isinstance(step, int) or own_name:
            own_name = False
            continue
        if model is None or step not in model.model_fields:
            return None
        annotation = model.model_fields[step].annotation
        model, own_name = section_in(annotation), get_origin(annotation) is dict
    return model


def section_in(annotation: Any) -> type[BaseModel] | None:
    """The section that a field holds: itself, optional, a list of them, or several by name."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for argument in get_args(annotation) if (found := section_in(argument))), None)


def mark_of(field: FieldInfo) -> str:
    """What stands behind the key of a field that holds several sections."""
    origin = get_origin(field.annotation)
    return "[]" if origin is list else ".NAME" if origin is dict else ""


def _places(model: type[BaseModel], key: str, section: Location = ()) -> Iterator[Location]:
    for name, field in model.model_fields.items():
        if name == key:
            yield (*section, name)
        inner = section_in(field.annotation)
        if inner is not None:
            yield from _places(inner, key, (*section, f"{name}{mark_of(field)}"))


def _not(value: Any, location: Location) -> str:
    """The value, where it cannot be a secret."""
    if location[-1:] in _UNQUOTED_KEYS or not isinstance(value, str | int | float):
        return ""
    if isinstance(value, bool):
        return f", not {str(value).lower()}"
    if isinstance(value, str) and ("://" in value or len(value) > 60):
        return ""
    return f", not {value!r}"


def _closest(value: Any, expected: str) -> str | None:
    near = get_close_matches(str(value).lower(), expected.replace("'", "").replace(" or ", ", ").split(", "), n=1)
    return f"did you mean '{near[0]}'?" if near else None


def _range(location: Location) -> str:
    model = _model_at(location[:-1])
    name = str(location[-1])
    unit = next((text for ending, text in _UNITS.items() if name.endswith(ending)), "")
    return (describe_limits(model.model_fields[name]) + unit) if model else "within its limits"


def describe_limits(field: FieldInfo) -> str:
    """``from 1 to 65535``, ``at least 1``, or nothing."""
    low = next((limit.ge for limit in field.metadata if isinstance(limit, Ge)), None)
    high = next((limit.le for limit in field.metadata if isinstance(limit, Le)), None)
    if high is None:
        return f"at least {low}" if low is not None else ""
    return f"from {low} to {high}"


def _count(context: dict[str, Any]) -> str:
    count = context.get("min_length", context.get("max_length"))
    return f"{'at least' if 'min_length' in context else 'at most'} {count}"


def _description(location: Location) -> str:
    model = _model_at(location[:-1])
    return (model and model.model_fields[str(location[-1])].description) or "see the reference"
