"""What settings mean in other languages than English; the texts lie beside, one file for each language."""

from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from gstnvr.config.schema import json_schema

ABOUT = "about"
"""Beside the keys of a section: what is said of the section itself."""


class Language(StrEnum):
    """Languages in which descriptions of settings can be had."""

    EN = "en"
    KO = "ko"


def described_in(language: Language) -> dict[str, Any]:
    """JSON Schema of the configuration file, with descriptions in this language as far as there are any."""
    schema = json_schema()
    if language is Language.EN:
        return schema
    texts = texts_of(language)
    for name, section in (("Settings", schema), *schema["$defs"].items()):
        own = texts.get(name, {})
        if ABOUT in own:
            section["description"] = own[ABOUT]
        for key, value in section.get("properties", {}).items():
            if key in own:
                value["description"] = own[key]
    return schema


@cache
def texts_of(language: Language) -> Mapping[str, Mapping[str, str]]:
    """All texts of a language, by section and key."""
    file = Path(__file__).with_name(f"{language}.yaml")
    loaded: dict[str, dict[str, str]] = YAML(typ="safe").load(file.read_text(encoding="utf-8"))
    return loaded
