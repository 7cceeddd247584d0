"""What is copied while gstnvr runs: the database, and protections onto the volumes."""

import asyncio
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from gstnvr.db.index import Index
from gstnvr.db.protections import Protection, protect, protections
from gstnvr.model.clock import UtcNs
from gstnvr.model.ids import CameraId, StreamId, StreamKind
from gstnvr.storage.kept_protections import PROTECTIONS_FILE
from gstnvr.supervisor.index import safekeeping
from gstnvr.supervisor.index.safekeeping import BACKUPS, back_up_if_due
from gstnvr.supervisor.places import DATABASE
from tests.supervisor.rig import Rig, until

FRONT = StreamId(CameraId("front"), StreamKind.MAIN)
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(safekeeping, "INTERVAL_S", 0.1)


def run(scenario: Callable[[], Coroutine[Any, Any, None]]) -> None:
    asyncio.run(asyncio.wait_for(scenario(), 90))


def names(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.iterdir())


def test_a_copy_is_made_when_the_newest_is_too_old_and_the_oldest_go(tmp_path: Path) -> None:
    database, folder = tmp_path / "index.sqlite3", tmp_path / "copies"
    Index.open(database).close()
    made = [back_up_if_due(database, folder, NOW + number * DAY / 2, DAY, 2) for number in range(7)]
    assert [copy is not None for copy in made] == [True, False, True, False, True, False, True]
    assert names(folder) == ["gstnvr-20261123T120000Z.sqlite3", "gstnvr-20261124T120000Z.sqlite3"]
    with Index.open(folder / names(folder)[0]) as copy:
        assert copy.segments() == []


def test_a_copy_from_the_future_keeps_none_from_being_made(tmp_path: Path) -> None:
    database, folder = tmp_path / "index.sqlite3", tmp_path / "copies"
    Index.open(database).close()
    back_up_if_due(database, folder, NOW + 300 * DAY, DAY, 5)
    assert back_up_if_due(database, folder, NOW, DAY, 5) is not None


def test_other_files_are_left_alone_and_what_was_interrupted_goes(tmp_path: Path) -> None:
    database, folder = tmp_path / "index.sqlite3", tmp_path / "copies"
    Index.open(database).close()
    folder.mkdir()
    (folder / "mine.sqlite3").touch()
    (folder / "gstnvr-99999999T999999Z.sqlite3").touch()
    (folder / ".gstnvr-20261120T120000Z.sqlite3.3f").touch()
    back_up_if_due(database, folder, NOW, DAY, 1)
    assert names(folder) == [
        "gstnvr-20261121T120000Z.sqlite3",
        "gstnvr-99999999T999999Z.sqlite3",
        "mine.sqlite3",
    ]


def test_by_setting_copies_go_to_a_folder_and_so_many_are_kept(rig: Rig) -> None:
    folder = rig.folder / "elsewhere"
    backup = f"{{every_h: 0.00005, keep: 2, folder: {folder}}}"  # every fifth of a second
    rig.configure("front", extra=f"database: {{backup: {backup}}}")
    seen: set[str] = set()

    def fourth() -> bool:
        there = names(folder) if folder.exists() else []
        seen.update(name for name in there if name.startswith("gstnvr-"))
        return len(seen) >= 4

    async def scenario() -> None:
        async with rig.running():
            await until(fourth, "it was backed up four times")

    run(scenario)
    assert len([name for name in names(folder) if name.startswith("gstnvr-")]) <= 3
    assert not (rig.data_dir / BACKUPS).exists()


def test_by_setting_no_copies_are_made(rig: Rig) -> None:
    rig.configure("front", extra="database: {backup: {every_h: 0}}")

    async def scenario() -> None:
        async with rig.running() as supervisor:
            protect_now(supervisor.index)
            await until(
                (rig.volume / PROTECTIONS_FILE).exists, "something was kept, so a copy would have been made"
            )

    run(scenario)
    assert not (rig.data_dir / BACKUPS).exists()


def test_a_folder_that_cannot_be_used_is_told_and_disturbs_nothing(rig: Rig) -> None:
    (rig.folder / "file").touch()
    rig.configure("front", extra=f"database: {{backup: {{folder: {rig.folder / 'file'}}}}}")

    async def scenario() -> None:
        async with rig.running() as supervisor:

            def told() -> list[tuple[bool, str]]:
                notes = supervisor.picture.components()
                return [(note.healthy, note.detail) for note in notes if note.name == "backup"]

            await until(told, "it is told")
            assert str(rig.folder / "file") in told()[0][1]
            assert told()[0][0]
            await until(supervisor.index.open_segments, "it is recorded")

    run(scenario)


def protect_now(index: Index) -> None:
    with index.writing() as writer:
        protect(writer, Protection("p1", FRONT, UtcNs(0), UtcNs(1 << 62), "theft", "anna", UtcNs(5)))


def protection_ids(index: Index) -> list[str]:
    with index.reading() as connection:
        return [one.uid for one in protections(connection)]


def test_protections_survive_the_loss_of_the_database(rig: Rig) -> None:
    rig.configure("front")

    async def scenario() -> None:
        async with rig.running() as supervisor:
            await until(supervisor.index.open_segments, "it is recorded")
            protect_now(supervisor.index)
            await until((rig.volume / PROTECTIONS_FILE).exists, "it is noted on the volume")
        for file in rig.data_dir.glob(f"{DATABASE}*"):
            file.unlink()
        async with rig.running() as supervisor:
            await until(partial(protection_ids, supervisor.index), "they are read from the volume")
            assert protection_ids(supervisor.index) == ["p1"]

    run(scenario)
