"""JSON Schema of the configuration file, for editors that check and complete as one types."""

from typing import Any

from gstnvr.config.settings import Settings


def json_schema() -> dict[str, Any]:
    """JSON Schema, draft 2020-12."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **Settings.model_json_schema()}
