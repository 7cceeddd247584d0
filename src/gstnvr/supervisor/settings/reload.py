"""The configuration in force, and what becomes of the file's changes."""

import asyncio
import logging
from pathlib import Path

from gstnvr.config.difference import changes
from gstnvr.config.load import Configuration, load
from gstnvr.config.problems import ConfigurationError
from gstnvr.config.settings import Settings
from gstnvr.logs.setup import protect, set_level
from gstnvr.supervisor.api.picture import Picture

_log = logging.getLogger(__name__)

NOTE = "configuration"


async def read_again(path: Path, picture: Picture) -> Configuration | None:
    """The file as it is now; None if anything in it is wrong: then everything stays as it is."""
    try:
        configuration = await asyncio.to_thread(load, path)
    except ConfigurationError as error:
        for problem in error.problems:
            _log.error("%s", problem)
        _log.error("%s is refused, the former configuration stays in force", path)
        reasons = "; ".join(map(str, error.problems))
        picture.note(NOTE, f"{path} is refused, the former configuration stays in force: {reasons}", healthy=True)
        return None
    picture.note(NOTE, None)
    return configuration


def prepare(old: Settings, new: Settings) -> None:
    """Say what changes, and protect passwords before anybody can log them."""
    protect(new)
    set_level(new.log.level)
    what = changes(old, new)
    parts = {
        "new cameras": what.cameras_added,
        "cameras that go": what.cameras_removed,
        "connected anew": what.reconnect,
        "from the next segment on": what.next_segment,
        "changed at once": (*what.at_once, *what.cameras_at_once),
    }
    told = "; ".join(f"{title}: {', '.join(map(str, names))}" for title, names in parts.items() if names)
    _log.info("configuration read again; %s", told or "passwords aside, nothing changes now")
    if what.restart:
        _log.warning("%s changed: that counts only after a restart of gstnvr", " and ".join(what.restart))
