"""Exports for users: made by real processes, kept on the disk, stopped, carried on after a restart."""

import asyncio
import contextlib
import json
import sys
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from gstnvr.api.evidence.ports import ExportView, ExportWish, TooManyJobsError
from gstnvr.db.audit import audit_lines
from gstnvr.evidence.manifest import MANIFEST
from gstnvr.evidence.verify import verify
from gstnvr.logs.file import FOLDER
from gstnvr.logs.reading import LogWish, search
from gstnvr.model.evidence import ExportKind, ExportState
from gstnvr.model.records import SegmentState
from gstnvr.supervisor.evidence.evidence_process import MAKER
from gstnvr.supervisor.evidence.exports import ExportKeeper
from tests.rig.evidence_orders import picture, utc
from tests.rig.made_archive import YARD, MadeArchive, made_archive
from tests.rig.mp4_reader import read_mp4
from tests.rig.waiting import until

WITHIN_S = 60.0
FOR_EVER = (sys.executable, "-c", "import sys, time; sys.stdin.read(); time.sleep(600)")


@pytest.fixture
def made(tmp_path: Path) -> Iterator[MadeArchive]:
    with made_archive(tmp_path) as archive:
        for number in range(3):
            archive.add(number)
        yield archive


def wish(start_ms: int = 1000, end_ms: int = 5000) -> ExportWish:
    return ExportWish(
        kind=ExportKind.EXPORT,
        streams=(YARD,),
        start=utc(start_ms),
        end=utc(end_ms),
        zone="UTC",
        reason="theft",
        user="kim",
        pictures=False,
        every_s=60.0,
        fps=25,
    )


@asynccontextmanager
async def running(made: MadeArchive, maker: Sequence[str] = MAKER) -> AsyncIterator[ExportKeeper]:
    keeper = ExportKeeper(made.archive, maker)
    task = asyncio.create_task(keeper.run())
    try:
        yield keeper
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def ended(keeper: ExportKeeper, uid: str) -> ExportView:
    def is_over() -> bool:
        found = keeper.one(uid)
        return found is not None and found.ended is not None

    await until(is_over, WITHIN_S, "the export ends")
    found = keeper.one(uid)
    assert found is not None
    return found


def actions(made: MadeArchive) -> list[tuple[str, str]]:
    with made.index.reading() as connection:
        return [(line.user, line.action) for _, line in reversed(audit_lines(connection))]


def exports_folder(made: MadeArchive) -> Path:
    return made.archive.data_dir / "exports"


def test_an_export_is_made_and_stays_until_somebody_removes_it(made: MadeArchive) -> None:
    async def scenario() -> None:
        async with running(made) as keeper:
            begun = await keeper.begin(wish())
            done = await ended(keeper, begun.uid)
            assert (done.state, done.message, done.missing_s) == (ExportState.DONE, "", 0.0)
            assert verify(done.folder).good
            assert {file.name: file.size for file in done.files} == {
                path.name: path.stat().st_size for path in done.folder.iterdir()
            }
            video = next(file.name for file in done.files if file.name.endswith(".mp4"))
            shown = read_mp4(done.folder / video)["vide"].presented
            assert [one.data for one in shown] == [picture(number) for number in range(25, 125)]
        async with running(made) as keeper:
            await until(keeper.all, WITHIN_S)
            assert [(one.uid, one.state, one.files) for one in keeper.all()] == [
                (done.uid, done.state, done.files)
            ]
            await keeper.remove(done.uid, "lee")
            assert keeper.all() == []
            assert list(exports_folder(made).iterdir()) == []
            await keeper.remove(done.uid, "lee")

    asyncio.run(scenario())
    assert actions(made) == [("kim", "export"), ("kim", "exported"), ("lee", "delete_export")]


def test_the_process_that_makes_it_logs_into_a_file_of_its_own(made: MadeArchive) -> None:
    async def scenario() -> ExportView:
        async with running(made) as keeper:
            return await ended(keeper, (await keeper.begin(wish())).uid)

    uid = asyncio.run(scenario()).uid
    lines = search(made.archive.data_dir / FOLDER, LogWish(process="export"), limit=10)
    told = [line.message for _, line in lines]
    assert any(text.startswith(f"export {uid} begins: yard, ") for text in told), told
    assert any(text.startswith(f"{uid} is made: ") for text in told), told


def test_what_grows_is_in_it(made: MadeArchive) -> None:
    made.add(3, SegmentState.OPEN)

    async def scenario() -> ExportView:
        async with running(made) as keeper:
            return await ended(keeper, (await keeper.begin(wish(0, 60_000))).uid)

    done = asyncio.run(scenario())
    manifest = json.loads((done.folder / MANIFEST).read_text())
    (camera,) = manifest["cameras"]
    (video,) = camera["videos"]
    assert video["seconds"] == 8.0
    assert [one["growing"] for one in camera["sources"]] == [False, False, False, True]
    assert [(one["cause"], one["seconds"]) for one in camera["missing"]] == [("not_written", 52.0)]
    assert done.missing_s == 52.0


def test_an_export_that_was_interrupted_is_made_after_the_restart(made: MadeArchive) -> None:
    async def scenario() -> ExportView:
        async with running(made, FOR_EVER) as keeper:
            begun = await keeper.begin(wish())
            await until(lambda: keeper.all()[0].state is ExportState.RUNNING, WITHIN_S)
        part = exports_folder(made) / f"{begun.uid}.part"
        part.mkdir()
        (part / "half.mp4").write_bytes(b"x")
        async with running(made) as keeper:
            return await ended(keeper, begun.uid)

    done = asyncio.run(scenario())
    assert done.state is ExportState.DONE
    assert verify(done.folder).good


def test_one_that_is_under_way_can_be_stopped(made: MadeArchive, tmp_path: Path) -> None:
    told = tmp_path / "pid"
    slow = (
        sys.executable,
        "-c",
        f"import os, time; open({str(told)!r}, 'w').write(str(os.getpid())); time.sleep(600)",
    )

    async def scenario() -> None:
        async with running(made, slow) as keeper:
            first, second = await keeper.begin(wish()), await keeper.begin(wish(0, 1000))
            await until(lambda: told.exists() and told.read_text(), WITHIN_S)
            pid = int(told.read_text())
            await keeper.remove(first.uid, "kim")
            await until(lambda: not Path(f"/proc/{pid}").exists(), WITHIN_S, "the process is gone")
            await until(lambda: keeper.all()[0].state is ExportState.RUNNING, WITHIN_S, "the next one begins")
            assert [one.uid for one in keeper.all()] == [second.uid]

    asyncio.run(scenario())
    assert actions(made).count(("kim", "delete_export")) == 1


@pytest.mark.parametrize(
    ("maker", "message"),
    [
        (("/nowhere/python",), "cannot be started: No such file or directory"),
        (("false",), "its process died"),
        (("sh", "-c", "kill -9 $$"), "its process died"),
        (("echo", '{"type": "failed", "message": "no room"}'), "no room"),
        (("echo", "rubbish"), "nobody understands"),
    ],
)
def test_one_that_fails_says_why_and_the_next_is_made(
    made: MadeArchive, maker: Sequence[str], message: str
) -> None:
    async def scenario() -> tuple[ExportView, ExportView]:
        async with running(made, maker) as keeper:
            failed = await ended(keeper, (await keeper.begin(wish())).uid)
            keeper._maker = MAKER
            return failed, await ended(keeper, (await keeper.begin(wish())).uid)

    failed, done = asyncio.run(scenario())
    assert (failed.state, done.state) == (ExportState.FAILED, ExportState.DONE)
    assert message in failed.message
    assert actions(made)[:2] == [("kim", "export"), ("kim", "export_failed")]


def test_one_that_hangs_does_not_hold_up_the_next(made: MadeArchive) -> None:
    async def scenario() -> tuple[ExportView, ExportView]:
        async with running(made, FOR_EVER) as keeper:
            keeper._patience_s = 0.2
            hung = await ended(keeper, (await keeper.begin(wish())).uid)
            keeper._maker, keeper._patience_s = MAKER, WITHIN_S
            return hung, await ended(keeper, (await keeper.begin(wish())).uid)

    hung, done = asyncio.run(scenario())
    assert (hung.state, done.state) == (ExportState.FAILED, ExportState.DONE)
    assert "a disk does not respond" in hung.message


def test_nothing_recorded_is_said(made: MadeArchive) -> None:
    async def scenario() -> ExportView:
        async with running(made) as keeper:
            return await ended(keeper, (await keeper.begin(wish(100_000, 110_000))).uid)

    failed = asyncio.run(scenario())
    assert failed.state is ExportState.FAILED
    assert "nothing was recorded" in failed.message


def test_not_more_than_so_many_wait(made: MadeArchive) -> None:
    async def scenario() -> None:
        keeper = ExportKeeper(made.archive)
        for _ in range(32):
            await keeper.begin(wish())
        with pytest.raises(TooManyJobsError):
            await keeper.begin(wish())

    asyncio.run(scenario())


def test_a_job_that_cannot_be_read_holds_up_nobody(made: MadeArchive) -> None:
    exports_folder(made).mkdir()
    (exports_folder(made) / "broken.json").write_text("{")

    async def scenario() -> ExportView:
        async with running(made) as keeper:
            return await ended(keeper, (await keeper.begin(wish())).uid)

    assert asyncio.run(scenario()).state is ExportState.DONE
    assert (exports_folder(made) / "broken.json").exists()
