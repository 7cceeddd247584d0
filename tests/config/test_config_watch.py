"""Changes of the file are noticed, whichever way it is written."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from gstnvr.config.watch import FileWatcher

INTERVAL_S = 0.02
DEADLINE_S = 10


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "gstnvr.yaml"
    path.write_text("one")
    return path


def replace(file: Path) -> None:
    fresh = file.with_suffix(".new")
    fresh.write_text("two")
    fresh.replace(file)


def delete(file: Path) -> None:
    file.unlink()


def delete_and_write(file: Path) -> None:
    file.unlink()
    file.write_text("two!")


@pytest.mark.parametrize("write", [lambda file: file.write_text("two!"), replace, delete_and_write])
def test_a_change_is_reported_once(file: Path, write: Callable[[Path], None]) -> None:
    async def scenario() -> None:
        changes = FileWatcher(file, INTERVAL_S).changes()
        write(file)
        await next_change(changes)
        await no_change(changes)

    asyncio.run(scenario())


def test_a_change_before_the_first_look_is_not_missed(file: Path) -> None:
    async def scenario() -> None:
        watcher = FileWatcher(file, INTERVAL_S)
        replace(file)
        await next_change(watcher.changes())

    asyncio.run(scenario())


def test_a_missing_file_is_no_change(file: Path) -> None:
    async def scenario() -> None:
        changes = FileWatcher(file, INTERVAL_S).changes()
        delete(file)
        await no_change(changes)

    asyncio.run(scenario())


def test_a_trigger_reports_without_a_change(file: Path) -> None:
    async def scenario() -> None:
        watcher = FileWatcher(file, interval_s=3600)
        changes = watcher.changes()
        watcher.trigger()
        await next_change(changes)
        await no_change(changes)

    asyncio.run(scenario())


async def next_change(changes: AsyncIterator[None]) -> None:
    async with asyncio.timeout(DEADLINE_S):
        await anext(changes)


async def no_change(changes: AsyncIterator[None]) -> None:
    """Nothing within many looks; a look that comes late only makes this weaker, never wrong."""
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(10 * INTERVAL_S):
            await anext(changes)
