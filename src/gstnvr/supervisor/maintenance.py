"""Everything that the API offers to those who look after gstnvr itself."""

import asyncio
from collections.abc import Callable, Sequence

from gstnvr.api.maintenance_ports import LogLine, LogWish, Maintenance
from gstnvr.config.load import Configuration
from gstnvr.logs import reading
from gstnvr.logs.file import FOLDER
from gstnvr.logs.redaction import redact
from gstnvr.supervisor.camera_probe import CameraProbe
from gstnvr.supervisor.settings_file import SettingsFile


def maintenance(configuration: Callable[[], Configuration], reload: Callable[[], None]) -> Maintenance:
    """Of this configuration.

    Args:
        configuration: the one in force.
        reload: has its file read again.
    """

    async def search(
        wish: LogWish, limit: int, after: tuple[int, int] | None
    ) -> Sequence[tuple[tuple[int, int], LogLine]]:
        folder = configuration().settings.data_dir / FOLDER
        asked = reading.LogWish(wish.text, wish.least_level, wish.process, wish.camera, wish.start, wish.end)
        found = await asyncio.to_thread(reading.search, folder, asked, limit, after)
        return [
            (place, LogLine(line.at, line.level, line.process, line.source, line.camera, line.message))
            for place, line in found
        ]

    return Maintenance(
        settings=SettingsFile(configuration, reload),
        probe=CameraProbe(lambda: configuration().settings),
        search_logs=search,
        redact=redact,
    )
