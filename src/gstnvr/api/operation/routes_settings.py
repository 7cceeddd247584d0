"""The configuration file, read and changed; and a camera tried before it is entered there."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse

from gstnvr.api.access.rights import User, needs
from gstnvr.api.common import schemas
from gstnvr.api.common.errors import RefusedError
from gstnvr.api.common.parameters import Services
from gstnvr.api.common.views import cause_view
from gstnvr.api.operation import schemas as maintenance_schemas
from gstnvr.api.operation.ports import (
    CameraOffer,
    CannotProbeError,
    ChangedMeanwhileError,
    ProbeWish,
    SettingsView,
)
from gstnvr.config.difference import RESTART_KEYS
from gstnvr.config.problems import ConfigurationError
from gstnvr.config.translation import Language, described_in
from gstnvr.db.audit import AuditLine, add_line
from gstnvr.model.access import Role
from gstnvr.model.faults import FaultReport

router = APIRouter(tags=["settings"])

_REFUSED: dict[int | str, dict[str, object]] = {
    422: {
        "model": maintenance_schemas.SettingsRefused,
        "description": "Nothing was changed; what is wrong, and where.",
    }
}


@router.get(
    "/settings",
    summary="The configuration file, without secrets",
    response_model=maintenance_schemas.SettingsRead,
    responses=_REFUSED,
)
@needs(Role.ADMINISTRATOR)
async def read_settings(services: Services) -> maintenance_schemas.SettingsRead | JSONResponse:
    try:
        return maintenance_schemas.SettingsRead(**_view(await services.maintenance.settings.read()))
    except ConfigurationError as error:
        return _refusal(error)


@router.get(
    "/settings/schema", summary="What may be in the configuration file: meaning, default and limits of each key"
)
@needs(Role.ADMINISTRATOR)
async def settings_schema(
    language: Annotated[Language, Query(description="Of the descriptions.")] = Language.EN,
) -> maintenance_schemas.SettingsSchema:
    schema = described_in(language)
    return maintenance_schemas.SettingsSchema.model_validate({"schema": schema, "restart": RESTART_KEYS})


@router.patch(
    "/settings",
    summary="Change the configuration file, all that is asked for or nothing, and put it into effect",
    response_model=maintenance_schemas.SettingsWritten,
    responses=_REFUSED
    | {
        409: {"model": schemas.ErrorAnswer, "description": "The file was changed meanwhile."},
        507: {"model": schemas.ErrorAnswer, "description": "The file cannot be written."},
    },
)
@needs(Role.ADMINISTRATOR)
async def change_settings(
    *, services: Services, user: User, wanted: maintenance_schemas.SettingsPatch
) -> maintenance_schemas.SettingsWritten | JSONResponse:
    try:
        done = await services.maintenance.settings.change(wanted.settings, wanted.digest)
    except ConfigurationError as error:
        return _refusal(error)
    except ChangedMeanwhileError as error:
        raise RefusedError(HTTPStatus.CONFLICT, "changed_meanwhile", str(error)) from None
    except OSError as error:
        message = f"the configuration file cannot be written: {error.strerror or error}"
        raise RefusedError(HTTPStatus.INSUFFICIENT_STORAGE, "not_written", message) from None
    if done.keys:
        line = AuditLine(services.clock.utc_ns(), user, "settings", done.view.path.name, {"keys": list(done.keys)})
        await run_in_threadpool(_note, services, line)
    return maintenance_schemas.SettingsWritten(
        **_view(done.view), applied=done.in_force, restart=list(done.restart), changed=list(done.keys)
    )


@router.post("/cameras/try", summary="Try to reach a camera, and tell what it offers or exactly why it does not")
@needs(Role.ADMINISTRATOR)
async def try_camera(
    services: Services, wanted: maintenance_schemas.CameraToTry
) -> maintenance_schemas.CameraTried:
    wish = ProbeWish(**wanted.model_dump())
    try:
        found = await services.maintenance.probe(wish)
    except CannotProbeError as error:
        raise RefusedError(HTTPStatus.UNPROCESSABLE_ENTITY, "bad_parameter", str(error)) from None
    if isinstance(found, FaultReport):
        return maintenance_schemas.CameraTried(ok=False, cause=cause_view(found), offer=None)
    return maintenance_schemas.CameraTried(ok=True, cause=None, offer=_offer(found))


def _note(services: Services, line: AuditLine) -> None:
    with services.index.writing() as writer:
        add_line(writer, line)


def _view(view: SettingsView) -> dict[str, object]:
    return {
        "path": str(view.path),
        "digest": view.digest,
        "in_file": dict(view.in_file),
        "in_force": dict(view.in_force),
    }


def _refusal(error: ConfigurationError) -> JSONResponse:
    body = maintenance_schemas.SettingsRefused(
        error=schemas.ErrorDetail(code="bad_settings", message="; ".join(map(str, error.problems))),
        problems=[
            maintenance_schemas.SettingsProblem(
                file=str(problem.file),
                line=problem.line,
                key=problem.key,
                message=problem.message,
                suggestion=problem.suggestion,
            )
            for problem in error.problems
        ],
    )
    return JSONResponse(body.model_dump(mode="json"), HTTPStatus.UNPROCESSABLE_ENTITY)


def _offer(found: CameraOffer) -> maintenance_schemas.CameraOffer:
    return maintenance_schemas.CameraOffer(
        address=found.address,
        server=found.server,
        tls_fingerprint=found.fingerprint,
        video=found.video,
        audio=found.audio,
        media=[
            maintenance_schemas.Medium(
                kind=one.kind, codec=one.codec, clock_rate=one.clock_rate, channels=one.channels
            )
            for one in found.media
        ],
    )
