"""Everything that the API offers to those who look after gstnvr itself."""

import asyncio
from collections.abc import Callable

from gstnvr.api.operation.ports import Maintenance
from gstnvr.config.load import Configuration
from gstnvr.doctor.examination import examine_configured, examine_machine
from gstnvr.logs.file import FOLDER
from gstnvr.logs.reading import LogLine, LogWish, Place, ProcessLog, processes, search
from gstnvr.model.findings import Finding
from gstnvr.supervisor.settings.camera_probe import CameraProbe
from gstnvr.supervisor.settings.settings_file import SettingsFile


def maintenance(configuration: Callable[[], Configuration], reload: Callable[[], None]) -> Maintenance:
    """Of this configuration.

    Args:
        configuration: the one in force.
        reload: has its file read again.
    """

    async def search_logs(wish: LogWish, limit: int, after: Place | None) -> list[tuple[Place, LogLine]]:
        return await asyncio.to_thread(search, configuration().settings.data_dir / FOLDER, wish, limit, after)

    async def logging_processes() -> list[ProcessLog]:
        return await asyncio.to_thread(processes, configuration().settings.data_dir / FOLDER)

    one_at_a_time = asyncio.Lock()

    async def examination() -> list[Finding]:
        async with one_at_a_time:
            return await asyncio.to_thread(_examine, configuration())

    return Maintenance(
        settings=SettingsFile(configuration, reload),
        probe=CameraProbe(lambda: configuration().settings),
        search_logs=search_logs,
        logging_processes=logging_processes,
        examine=examination,
    )


def _examine(configuration: Configuration) -> list[Finding]:
    return [*examine_machine(), *examine_configured(configuration)]
