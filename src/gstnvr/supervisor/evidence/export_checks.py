"""Whether finished exports are still as they were signed: looked at when somebody asks, one after the other."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import msgspec

from gstnvr.api.evidence.ports import VerificationView
from gstnvr.evidence.messages import CHECK, CheckOrder, Failed, Progress, Verified
from gstnvr.model.clock import Clock
from gstnvr.model.evidence import VerificationState
from gstnvr.supervisor.evidence.evidence_process import work


class ExportChecks:
    """What came of looking is known until the next start; for one event loop."""

    def __init__(self, clock: Clock, process: Sequence[str], logs: Path, patience_s: float) -> None:
        self._clock = clock
        self._logs = logs
        self._command = (*process, CHECK)
        self._patience_s = patience_s
        self._views: dict[str, VerificationView] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._one_at_a_time = asyncio.Lock()

    def of(self, uid: str) -> VerificationView | None:
        """Of this export; None: nobody asked for it."""
        return self._views.get(uid)

    def begin(self, uid: str, folder: Path) -> None:
        """Look at it, unless somebody does already."""
        if uid not in self._tasks:
            self._views[uid] = VerificationView(VerificationState.RUNNING)
            task = asyncio.create_task(self._check(uid, folder), name=f"verify export {uid}")
            self._tasks[uid] = task
            task.add_done_callback(lambda _: self._tasks.pop(uid, None))

    async def forget(self, uid: str) -> None:
        """Stop looking at it."""
        task = self._tasks.get(uid)
        if task is not None:
            task.cancel()
            await asyncio.wait({task})
        self._views.pop(uid, None)

    async def close(self) -> None:
        """Stop looking at any."""
        for uid in list(self._tasks):
            await self.forget(uid)

    async def _check(self, uid: str, folder: Path) -> None:
        def tell(progress: Progress) -> None:
            self._views[uid] = replace(self._views[uid], done=progress.done, total=progress.total)

        order = msgspec.json.encode(CheckOrder(str(folder)))
        async with self._one_at_a_time:
            told = await work(self._command, order, tell, self._logs, self._patience_s)
        view = replace(self._views[uid], ended=self._clock.utc_ns())
        if isinstance(told, Verified):
            state = VerificationState.CHANGED if told.problems else VerificationState.UNCHANGED
            view = replace(view, state=state, problems=told.problems, fingerprint=told.fingerprint)
        else:
            message = told.message if isinstance(told, Failed) else "its process died"
            view = replace(view, state=VerificationState.FAILED, message=message)
        self._views[uid] = view
