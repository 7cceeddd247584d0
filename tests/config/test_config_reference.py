"""The reference and the schema say what the program does."""

from pathlib import Path

from gstnvr.config.reference import reference
from gstnvr.config.schema import json_schema


def test_reference_in_the_documents_is_the_one_of_the_program() -> None:
    page = Path(__file__).parents[2] / "docs" / "ref" / "configuration.md"
    remedy = "run: python -m gstnvr.config.reference > docs/ref/configuration.md"
    assert page.read_text(encoding="utf-8") == reference(), remedy


def test_schema_describes_every_key() -> None:
    schema = json_schema()
    sections = [schema, *schema["$defs"].values()]
    without = [
        name
        for section in sections
        for name, value in section.get("properties", {}).items()
        if "description" not in value and "$ref" not in str(value)
    ]
    assert without == []
    assert all(section["additionalProperties"] is False for section in sections if "properties" in section)
