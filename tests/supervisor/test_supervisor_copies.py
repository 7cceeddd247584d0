"""From closed segments to copies at another place and back, by the supervisor and the process it starts."""

import asyncio
from collections.abc import Iterator

import psutil
import pytest

from gstnvr.api.common.ports import CopyPlaceView
from gstnvr.cli.main import main
from gstnvr.copies.places import PART_BYTES
from gstnvr.db import copies
from gstnvr.model.copies import CopyState
from gstnvr.model.faults import Fault, Reason
from gstnvr.model.records import Incident, Segment, SegmentState
from gstnvr.supervisor.places import DATABASE
from gstnvr.supervisor.supervisor import Supervisor
from tests.copies.archive import Archive, sha256
from tests.copies.running import copy_of
from tests.rig.cutting_proxy import cutting_proxy
from tests.rig.object_stores import S3Store, s3_store
from tests.supervisor.rig import Rig, until

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def store() -> Iterator[S3Store]:
    with s3_store() as running:
        yield running


@pytest.fixture
def archive(rig: Rig) -> Iterator[Archive]:
    """What was recorded before, where the supervisor keeps it."""
    rig.data_dir.mkdir()
    made = Archive(rig.folder, rig.data_dir / DATABASE, rig.volume)
    yield made
    made.index.close()


def configure(rig: Rig, store: S3Store, port: int, **others: object) -> None:
    place = store.settings(port, rig.folder / "secret", **others)
    text = place.model_dump_json(exclude_defaults=True)
    rig.configure("front")
    interval = "retry_interval_s: 0.1"
    written = rig.config.read_text()
    rig.config.write_text(written.replace(interval, f"{interval}, copies: {{places: [{text}]}}"))


def process_of(supervisor: Supervisor) -> list[psutil.Process]:
    children = [child for child in psutil.Process().children() if child.status() != psutil.STATUS_ZOMBIE]
    return [child for child in children if child.cmdline()[1:3] == ["-m", "gstnvr.copies"]]


def view(supervisor: Supervisor) -> CopyPlaceView:
    assert supervisor._works is not None
    (found,) = supervisor._works.copies.views()
    return found


def test_closed_segments_are_copied_and_come_back(
    rig: Rig,
    archive: Archive,
    store: S3Store,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("GSTNVR_CONFIG", str(rig.config))

    async def scenario() -> None:
        segments = [archive.add(100_000 + number) for number in range(3)]
        contents = [archive.file(segment).read_bytes() for segment in segments]
        configure(rig, store, store.port)
        async with rig.running() as supervisor:
            await until(lambda: all(is_there(archive, segment) for segment in segments), "all are copied")
            assert [store.content(segment.path) for segment in segments] == contents
            (process,) = process_of(supervisor)
            assert process.nice() == 19
            assert process.ionice().ioclass == psutil.IOPRIO_CLASS_IDLE

            archive.delete(segments[0])
            command = ["copies", "restore", "--camera", "yard", "--url", f"http://127.0.0.1:{rig.port}"]
            assert await asyncio.to_thread(main, command) == 0
            assert archive.row(segments[0]).state is SegmentState.CLOSED
            assert archive.file(segments[0]).read_bytes() == contents[0]

            assert await asyncio.to_thread(main, ["copies", *command[-2:]]) == 0
            assert "offsite" in capsys.readouterr().out
        assert {found.invariant for found in rig.findings()} <= {3}  # there is no video in them
        assert not process.is_running()

    asyncio.run(scenario())


def is_there(archive: Archive, segment: Segment) -> bool:
    with archive.index.reading() as connection:
        found = copies.copies_of(connection, segment.id or 0)
    return [copy.state for copy in found] == [CopyState.DONE]


def test_an_upload_goes_on_when_its_process_is_killed(rig: Rig, archive: Archive, store: S3Store) -> None:
    async def scenario() -> None:
        segment = archive.add(4 * PART_BYTES)
        content = archive.file(segment).read_bytes()
        with cutting_proxy(store.port) as proxy:
            configure(rig, store, proxy.port, rate_limit_mbps=400)
            async with rig.running() as supervisor:
                await until(lambda: proxy.total > 2.2 * PART_BYTES, "half of it is there")
                (process,) = process_of(supervisor)
                process.kill()
                await until(lambda: is_there(archive, segment), "it is copied")
                assert copy_of(archive, segment).sha256 == sha256(content)
            assert proxy.total < len(content) + 1.5 * PART_BYTES
        assert store.content(segment.path) == content

    asyncio.run(scenario())


def test_a_place_that_cannot_be_used_is_an_incident_until_it_can(
    rig: Rig, archive: Archive, store: S3Store
) -> None:
    async def scenario() -> None:
        segment = archive.add(1000)
        configure(rig, store, store.port, bucket="nowhere")
        async with rig.running() as supervisor:
            await until(lambda: incidents(supervisor), "an incident")
            (found,) = incidents(supervisor)
            assert (found.fault, found.reason) == (Fault.STORAGE_DISCONNECTED, Reason.NOT_FOUND)
            assert "offsite" in found.message
            assert view(supervisor).problem is not None
            configure(rig, store, store.port)
            await until(lambda: is_there(archive, segment), "it is copied")
            await until(lambda: not [one for one in incidents(supervisor) if one.recovered is None], "it is over")

    asyncio.run(scenario())


def incidents(supervisor: Supervisor) -> list[Incident]:
    return [one for one in supervisor.index.incidents() if one.code == "copies offsite"]
