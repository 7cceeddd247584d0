"""The published description of the API is the one that the server gives, and the client fits it."""

import json
import types
from dataclasses import fields, is_dataclass
from typing import Any, get_args, get_origin

import msgspec
import pytest
from pydantic import BaseModel

from gstnvr.api.common import schemas
from gstnvr.api.evidence import schemas as evidence_schemas
from gstnvr.api.operation import schemas as maintenance_schemas
from gstnvr.api.reference import reference
from gstnvr.client import evidence_models, maintenance_models, models
from tests.api.rig import RunningServer
from tests.repository.lints import ROOT

PUBLISHED = ROOT / "docs/ref/openapi.json"


def test_the_published_description_is_up_to_date() -> None:
    assert PUBLISHED.read_text() == reference(), "run: python -m gstnvr.api.reference > docs/ref/openapi.json"


def test_the_server_gives_the_same_description(server: RunningServer) -> None:
    assert server.json("openapi.json") == json.loads(reference())


def test_every_address_documents_its_errors_in_the_one_shape(server: RunningServer) -> None:
    for path, methods in server.json("openapi.json")["paths"].items():
        answers = [answer for method in methods.values() for answer in method["responses"].items()]
        for status, answer in answers:
            if int(status) >= 400 and "content" in answer:
                shape = answer["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
                assert shape in {"ErrorAnswer", "Unhealthy", "SettingsRefused"}, (path, status)


def field_names(kind: Any) -> set[str]:
    if issubclass(kind, BaseModel):
        return {field.alias or name for name, field in kind.model_fields.items()}
    if is_dataclass(kind):
        return {field.name for field in fields(kind)}
    return {field.encode_name for field in msgspec.structs.fields(kind)}


def inner_pairs(ours: type[BaseModel], theirs: Any) -> list[tuple[Any, Any]]:
    """Classes of the same field on both sides, however deep."""
    annotations = (
        {field.encode_name: field.type for field in msgspec.structs.fields(theirs)}
        if issubclass(theirs, msgspec.Struct)
        else {field.name: field.type for field in fields(theirs)}
    )
    pairs = []
    for name, field in ours.model_fields.items():
        mine, other = model_in(field.annotation), model_in(annotations[field.alias or name])
        if mine is not None and issubclass(mine, BaseModel):
            pairs += [(mine, other), *inner_pairs(mine, other)]
    return pairs


def model_in(annotation: Any) -> Any:
    """The class with fields inside ``list[X]`` or ``X | None``."""
    if get_origin(annotation) in (list, tuple, types.UnionType):
        return next((found for inner in get_args(annotation) if (found := model_in(inner))), None)
    is_model = isinstance(annotation, type) and (
        issubclass(annotation, BaseModel | msgspec.Struct) or is_dataclass(annotation)
    )
    return annotation if is_model else None


STATE = [
    "Streams",
    "Recordings",
    "Segments",
    "Incidents",
    "Recorders",
    "AllGaps",
    "CameraGaps",
    "IncidentStatistics",
]
MAINTENANCE = ["SettingsSchema", "Log", "About"]
EVIDENCE = ["Protections", "Exports", "Deletions", "AuditLog"]


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [(getattr(schemas, name), getattr(models, name)) for name in STATE]
    + [(getattr(maintenance_schemas, name), getattr(maintenance_models, name)) for name in MAINTENANCE]
    + [(maintenance_schemas.SettingsRead, maintenance_models.Settings)]
    + [(maintenance_schemas.SettingsWritten, maintenance_models.ChangedSettings)]
    + [(maintenance_schemas.CameraTried, maintenance_models.TriedCamera)]
    + [(getattr(evidence_schemas, name), getattr(evidence_models, name)) for name in EVIDENCE],
)
def test_the_client_knows_every_field(ours: type[BaseModel], theirs: Any) -> None:
    pairs = [(ours, theirs), *inner_pairs(ours, theirs)]
    for mine, other in pairs:
        assert field_names(mine) == field_names(other), (mine, other)
