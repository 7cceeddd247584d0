"""Every setting is explained in Korean, too."""

import re
from typing import Any

from gstnvr.config.schema import json_schema
from gstnvr.config.translation import ABOUT, Language, described_in, texts_of

HANGUL = re.compile("[가-힣]")


def sections() -> dict[str, dict[str, Any]]:
    schema = json_schema()
    return {"Settings": schema} | {name: one for name, one in schema["$defs"].items() if "properties" in one}


def explained(section: dict[str, Any]) -> set[str]:
    """Keys with a meaning of their own; that of a section within is told there."""
    defs = {f"#/$defs/{name}" for name in sections()}
    return {
        key
        for key, value in section["properties"].items()
        if "description" in value or value.get("$ref") not in defs
    }


def test_korean_has_every_setting_and_nothing_else() -> None:
    wanted = {(name, key) for name, section in sections().items() for key in explained(section)}
    wanted |= {(name, ABOUT) for name in sections()}
    given = {(name, key) for name, texts in texts_of(Language.KO).items() for key in texts}
    assert wanted - given == set(), "settings without a Korean text in src/gstnvr/config/ko.yaml"
    assert given - wanted == set(), "texts of src/gstnvr/config/ko.yaml of which there is no setting"


def test_korean_is_korean() -> None:
    wrong = [
        (name, key)
        for name, texts in texts_of(Language.KO).items()
        for key, text in texts.items()
        if not HANGUL.search(text)
    ]
    assert wrong == []


def test_the_schema_is_the_same_but_for_its_descriptions() -> None:
    korean, english = described_in(Language.KO), described_in(Language.EN)
    assert korean["$defs"]["SessionSettings"]["properties"]["latency_ms"]["description"].startswith("수신 측")
    assert _undescribed(korean) == _undescribed(english)


def _undescribed(node: Any) -> Any:
    if isinstance(node, dict):
        return {
            key: _undescribed(value)
            for key, value in node.items()
            if not (key == "description" and isinstance(value, str))
        }
    return [_undescribed(one) for one in node] if isinstance(node, list) else node
