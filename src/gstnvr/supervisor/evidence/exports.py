"""Exports that users ask for: kept on the disk, made one after the other, each by a process of its own."""

import asyncio
import logging
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec
from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy.exc import SQLAlchemyError

from gstnvr.api.evidence.ports import ExportedFile, ExportView, ExportWish, TooManyJobsError
from gstnvr.blocking.calls import BlockingCalls, StillRunningError, TooManyHungError
from gstnvr.db.audit import AuditLine, add_line
from gstnvr.evidence.export import part_folder
from gstnvr.evidence.messages import Ended, Failed, Line, MadeFile, Progress
from gstnvr.evidence.order import Order
from gstnvr.logs.file import FOLDER
from gstnvr.model.clock import UtcNs, format_utc
from gstnvr.model.evidence import ExportState
from gstnvr.model.ids import CameraId, StreamId, StreamKind
from gstnvr.supervisor.copies.brought_back import bring_back
from gstnvr.supervisor.evidence.evidence_process import MAKER, PATIENCE_S, work
from gstnvr.supervisor.evidence.export_checks import ExportChecks
from gstnvr.supervisor.evidence.export_orders import EXPORTS, make_order
from gstnvr.supervisor.index.archive import Archive
from gstnvr.volume.files import sync_directory
from gstnvr.volume.small_files import write_small_file

_log = logging.getLogger(__name__)

_MOST_WAITING = 32
_WITHIN_S = 30.0


class _Job(Struct):
    """An export as it is kept on the disk, beside its folder."""

    order: Order
    state: ExportState
    ended: UtcNs | None = None
    message: str = ""
    missing_s: float = 0.0
    files: tuple[MadeFile, ...] = ()


class ExportKeeper:
    """Implements ``api.evidence.ports.Exports``; for one event loop."""

    def __init__(self, archive: Archive, maker: Sequence[str] = MAKER, patience_s: float = PATIENCE_S) -> None:
        """Nothing is read or begun before ``run``.

        Args:
            patience_s: one of which nothing is heard for so long is given up.
        """
        self._patience_s = patience_s
        self._archive = archive
        self._folder = archive.data_dir / EXPORTS
        self._maker = tuple(maker)
        self._logs = archive.data_dir / FOLDER
        self._checks = ExportChecks(archive.clock, self._maker, self._logs, patience_s)
        self._calls = BlockingCalls("exports", max_hung=4)
        self._jobs: dict[str, _Job] = {}
        self._progress: dict[str, Progress] = {}
        self._making: tuple[str, asyncio.Task[Line]] | None = None
        self._wake = asyncio.Event()

    async def run(self) -> None:
        """Make what is waiting, also from before a restart; for ever."""
        try:
            for job in await self._calls.run(_read_jobs, self._folder, timeout_s=_WITHIN_S):
                self._jobs.setdefault(job.order.uid, job)
        except (OSError, StillRunningError, TooManyHungError) as error:
            _log.warning("exports of earlier runs cannot be read: %s", error)
        try:
            while True:
                self._wake.clear()
                waiting = [job for job in self._jobs.values() if job.state is ExportState.WAITING]
                if waiting:
                    await self._make(min(waiting, key=lambda job: job.order.asked))
                else:
                    await self._wake.wait()
        finally:
            await self._checks.close()

    async def begin(self, wish: ExportWish) -> ExportView:
        unfinished = (ExportState.WAITING, ExportState.RUNNING)
        if sum(job.state in unfinished for job in self._jobs.values()) >= _MOST_WAITING:
            raise TooManyJobsError(f"{_MOST_WAITING} exports wait already: let some end, or stop some")
        order = await self._calls.run(self._order, wish, timeout_s=_WITHIN_S)
        job = _Job(order, ExportState.WAITING)
        await self._calls.run(_write_job, self._folder, job, timeout_s=_WITHIN_S)
        self._jobs[order.uid] = job
        self._wake.set()
        return self._view(job)

    def _order(self, wish: ExportWish) -> Order:
        order = make_order(wish, self._archive)
        self._note(order, wish.user, wish.kind.value, {"reason": wish.reason})
        return order

    def _note(self, order: Order, user: str, action: str, more: Mapping[str, object]) -> None:
        """A line of the audit log for each stream; blocks."""
        detail = {"uid": order.uid, "from": format_utc(order.start), "to": format_utc(order.end), **more}
        now = self._archive.clock.utc_ns()
        with self._archive.index.writing() as writer:
            for camera in order.cameras:
                add_line(writer, AuditLine(now, user, action, f"{camera.camera}/{camera.stream}", detail))

    def all(self) -> Sequence[ExportView]:
        newest_first = sorted(self._jobs.values(), key=lambda job: (job.order.asked, job.order.uid), reverse=True)
        return [self._view(job) for job in newest_first]

    def one(self, uid: str) -> ExportView | None:
        job = self._jobs.get(uid)
        return None if job is None else self._view(job)

    async def verify(self, uid: str) -> ExportView | None:
        job = self._jobs.get(uid)
        if job is None or job.state is not ExportState.DONE:
            return None
        self._checks.begin(uid, Path(job.order.folder))
        return self._view(job)

    async def remove(self, uid: str, user: str) -> None:
        job = self._jobs.pop(uid, None)
        if job is None:
            return
        if self._making is not None and self._making[0] == uid:
            self._making[1].cancel()
            await asyncio.wait({self._making[1]})
        self._progress.pop(uid, None)
        await self._checks.forget(uid)
        try:
            await self._calls.run(_delete, self._folder, uid, timeout_s=_WITHIN_S)
        except (OSError, StillRunningError, TooManyHungError):
            self._jobs[uid] = job
            raise
        await self._audit(job, user, "delete_export", {"state": job.state.value})

    async def _make(self, job: _Job) -> None:
        job.state = ExportState.RUNNING
        uid = job.order.uid
        making = asyncio.create_task(self._ask_maker(job.order), name=f"export {uid}")
        self._making = (uid, making)
        try:
            await asyncio.wait({making})
        finally:
            self._making = None
            making.cancel()
            await asyncio.wait({making})
        if making.cancelled() or uid not in self._jobs:
            return
        await self._enter(job, making.result())

    async def _enter(self, job: _Job, told: Line) -> None:
        """Write down what became of it; it is told once that is on the disk."""
        uid = job.order.uid
        after = replace(job, ended=self._archive.clock.utc_ns())
        if isinstance(told, Ended):
            after.state, after.missing_s, after.files = ExportState.DONE, told.missing_s, told.files
            after.order = _without_sources(job.order)
            await self._audit(job, job.order.user, "exported", {"missing_s": round(told.missing_s, 3)})
        else:
            after.state = ExportState.FAILED
            after.message = told.message if isinstance(told, Failed) else "its process died"
            _log.warning("export %s failed: %s", uid, after.message)
            await self._audit(job, job.order.user, "export_failed", {"message": after.message})
        try:
            await self._calls.run(_write_job, self._folder, after, timeout_s=_WITHIN_S)
            if uid not in self._jobs:  # removed meanwhile
                await self._calls.run(_delete, self._folder, uid, timeout_s=_WITHIN_S)
        except (OSError, StillRunningError, TooManyHungError) as error:
            _log.warning("what became of export %s cannot be written down: %s", uid, error)
        self._progress.pop(uid, None)
        if uid in self._jobs:
            self._jobs[uid] = after

    async def _audit(self, job: _Job, user: str, action: str, more: Mapping[str, object]) -> None:
        try:
            await self._calls.run(self._note, job.order, user, action, more, timeout_s=_WITHIN_S)
        except (SQLAlchemyError, StillRunningError, TooManyHungError) as error:
            _log.error("not in the audit log: %s, %s of export %s: %s", user, action, job.order.uid, error)

    async def _ask_maker(self, order: Order) -> Line:
        """Have it made; the last thing that the process said, or that it could not be started."""
        try:
            await self._bring_back(order)
        except (SQLAlchemyError, StillRunningError, TooManyHungError) as error:
            return Failed(f"recordings cannot be brought back from another place: {error}")

        def tell(progress: Progress) -> None:
            self._progress[order.uid] = progress

        return await work(self._maker, msgspec.json.encode(order), tell, self._logs, self._patience_s)

    async def _bring_back(self, order: Order) -> None:
        remote = [segment for camera in order.cameras for segment in camera.segments if segment.remote]

        def tell(done: int) -> None:
            self._progress[order.uid] = Progress("fetching", done, len(remote))

        if remote:
            await bring_back(self._archive.index, remote, self._calls, tell)

    def _view(self, job: _Job) -> ExportView:
        order = job.order
        progress = self._progress.get(order.uid, Progress("", 0, 0))
        return ExportView(
            uid=order.uid,
            wish=ExportWish(
                kind=order.kind,
                streams=tuple(_stream(camera.camera, camera.stream) for camera in order.cameras),
                start=order.start,
                end=order.end,
                zone=order.zone,
                reason=order.reason,
                user=order.user,
                pictures=order.pictures,
                every_s=order.every_s,
                fps=order.fps,
            ),
            state=job.state,
            asked=order.asked,
            ended=job.ended,
            step=progress.step,
            done=progress.done,
            total=progress.total,
            message=job.message,
            missing_s=job.missing_s,
            folder=Path(order.folder),
            files=tuple(ExportedFile(made.name, made.size) for made in job.files),
            verification=self._checks.of(order.uid),
        )


def _stream(camera: str, kind: str) -> StreamId:
    return StreamId(CameraId(camera), StreamKind(kind))


def _without_sources(order: Order) -> Order:
    """What was needed to make it stands in the manifest."""
    cameras = (replace(camera, segments=(), gaps=(), protections=()) for camera in order.cameras)
    return replace(order, cameras=tuple(cameras))


def _job_file(folder: Path, uid: str) -> Path:
    return folder / f"{uid}.json"


def _write_job(folder: Path, job: _Job) -> None:
    folder.mkdir(mode=0o750, exist_ok=True)
    write_small_file(folder, _job_file(folder, job.order.uid).name, msgspec.json.encode(job))


def _read_jobs(folder: Path) -> list[_Job]:
    """Jobs of earlier runs; those that were interrupted are to be made again."""
    jobs = []
    for file in sorted(folder.glob("*.json")) if folder.exists() else []:
        try:
            job = msgspec.json.decode(file.read_bytes(), type=_Job)
        except msgspec.DecodeError as error:
            _log.warning("export %s cannot be read and is passed over: %s", file.name, error)
            continue
        if job.state is ExportState.RUNNING:
            job.state = ExportState.WAITING
        jobs.append(job)
    return jobs


def _delete(folder: Path, uid: str) -> None:
    made = folder / uid
    for place in (part_folder(made), made):
        if place.exists():
            shutil.rmtree(place)
    _job_file(folder, uid).unlink(missing_ok=True)
    sync_directory(folder)
