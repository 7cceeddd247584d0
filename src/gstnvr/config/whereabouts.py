"""Where a running gstnvr is found, as far as its configuration file says so, right or wrong in all else."""

from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from gstnvr.config.api import ApiSettings
from gstnvr.config.document import parse
from gstnvr.config.load import read

DEFAULT_DATA_DIR = Path("/var/lib/gstnvr")


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """Enough to talk to it."""

    data_dir: Path
    api: ApiSettings


def whereabouts(path: Path) -> Whereabouts:
    """What this file says; a mistake somewhere else in it does not matter.

    Raises:
        ConfigurationError: it cannot be read at all.
    """
    plain = parse(read(path), path).plain
    data_dir = plain.get("data_dir")
    try:
        api = ApiSettings.model_validate(plain.get("api") or {})
    except ValidationError:
        api = ApiSettings()
    return Whereabouts(Path(data_dir) if isinstance(data_dir, str) else DEFAULT_DATA_DIR, api)
