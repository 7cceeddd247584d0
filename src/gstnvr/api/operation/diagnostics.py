"""Everything that helps to find out what is wrong, without a secret in it."""

import io
import json
import zipfile
from collections.abc import Awaitable, Mapping
from typing import Any

from fastapi.concurrency import run_in_threadpool
from pydantic_core import to_jsonable_python
from sqlalchemy.exc import SQLAlchemyError

from gstnvr import __version__
from gstnvr.api.common.ports import ApiServices
from gstnvr.api.common.views import component_view, incident_view, stream_view, volume_view
from gstnvr.api.operation.about import about
from gstnvr.config.problems import ConfigurationError
from gstnvr.logs.reading import LogLine, LogWish
from gstnvr.logs.redaction import redact
from gstnvr.model.clock import format_utc

MOST_INCIDENTS = 1000
MOST_LINES = 50_000
_README = """\
What a gstnvr knew of itself at one moment. Passwords are masked as ***; addresses of cameras and names are not.

about.json        version of gstnvr, and of the packages it uses
settings.json     the configuration file, and what is in force
state.json        streams, recorders, volumes, disks, copies, parts and their health
incidents.json    the newest incidents
log.txt           the newest lines that were logged
"""


async def gather(services: ApiServices) -> dict[str, Any]:
    """What is known now, by name of the file; where something cannot be had, why. What is no text becomes JSON."""
    return {
        "README.txt": _README,
        "about.json": {"version": __version__, **about().model_dump()},
        "settings.json": await _or_why(_settings(services)),
        "state.json": _state(services),
        "incidents.json": await _or_why(run_in_threadpool(_incidents, services)),
        "log.txt": await _or_why(_log(services)),
    }


def texts(found: Mapping[str, Any]) -> dict[str, str]:
    """What was gathered as text, every line of it redacted once more."""
    return {name: "\n".join(map(redact, _as_text(content).splitlines())) + "\n" for name, content in found.items()}


def bundle(files: Mapping[str, str]) -> bytes:
    """A ZIP file of these texts."""
    output = io.BytesIO()
    with zipfile.ZipFile(output, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return output.getvalue()


def _as_text(content: Any) -> str:
    return content if isinstance(content, str) else json.dumps(content, indent=2, ensure_ascii=False)


async def _or_why(wanted: Awaitable[Any]) -> Any:
    try:
        return await wanted
    except (OSError, SQLAlchemyError, ConfigurationError) as error:
        return f"cannot be had: {error}"


async def _settings(services: ApiServices) -> dict[str, Any]:
    view = await services.maintenance.settings.read()
    return {"path": str(view.path), "in_file": dict(view.in_file), "in_force": dict(view.in_force)}


def _state(services: ApiServices) -> dict[str, Any]:
    now = services.clock.utc_ns()
    return {
        "time": format_utc(now),
        "streams": [stream_view(live, now).model_dump(mode="json") for live in services.streams()],
        "volumes": [volume_view(volume).model_dump(mode="json") for volume in services.volumes()],
        "components": [component_view(one).model_dump(mode="json") for one in services.components()],
        "recorders": to_jsonable_python(list(services.recorders())),
        "disks": to_jsonable_python(services.disks()),
        "copies": to_jsonable_python(list(services.copies())),
    }


def _incidents(services: ApiServices) -> list[dict[str, Any]]:
    now = services.clock.utc_ns()
    found = services.index.incidents(limit=MOST_INCIDENTS)
    return [incident_view(incident, now).model_dump(mode="json") for incident in found]


async def _log(services: ApiServices) -> str:
    found = await services.maintenance.search_logs(LogWish(), MOST_LINES, None)
    return "\n".join(_text(line) for _, line in found)


def _text(line: LogLine) -> str:
    about = f" {line.camera}" if line.camera else ""
    return f"{format_utc(line.at)} {line.level} {line.process} {line.source}{about}: {line.message}"
