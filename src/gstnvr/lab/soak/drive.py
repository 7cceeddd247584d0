"""Carries out a plan of faults on a living world, and draws up what came of it."""

import heapq
import itertools
import logging
import sqlite3
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from gstnvr.client.errors import ApiError, NotRunningError
from gstnvr.lab.audit import RecordedFile, audit
from gstnvr.lab.soak.calm import Calm
from gstnvr.lab.soak.kinds import RECIPES, Recipe
from gstnvr.lab.soak.plan import PlannedFault
from gstnvr.lab.soak.readings import Readings
from gstnvr.lab.soak.verdict import CameraVerdict, Verdict, judge_camera
from gstnvr.lab.soak.world import World
from gstnvr.model.ids import CameraId, StreamId, StreamKind
from gstnvr.model.records import SegmentState
from gstnvr.model.status import RecordingPhase
from gstnvr.simulator.control import ControlError
from gstnvr.supervisor.places import DATABASE

_log = logging.getLogger(__name__)

LOOK_EVERY_S = 5.0
"""Whether all is calm; then the figures are read."""
ALL_BACK_WITHIN_S = 150.0
"""After the last fault: a refused password alone is not tried again for a minute and a half."""
CALM_S = 50.0
"""At the end, in which everything is recorded; files that nobody writes any more are ended after half a minute."""
CHECKED_WITHIN_S = 3600.0
"""Gigabytes of sixteen cameras are read, on a disk that may have other work."""
_COUNTS = ("SELECT count(*) FROM segments", "SELECT count(*) FROM gaps", "SELECT count(*) FROM incidents")
_CANNOT = (OSError, RuntimeError, ControlError, sqlite3.Error)
"""A fault could not be made: the world was not as the plan thought."""


@dataclass(order=True)
class _Due:
    at_s: float
    number: int
    fault: PlannedFault = field(compare=False)
    begins: bool = field(compare=False)


class Drive:
    """One soak."""

    def __init__(self, world: World, faults: tuple[PlannedFault, ...]) -> None:
        self._world = world
        self._faults = faults
        self._recipes = {recipe.kind: recipe for recipe in RECIPES}
        self.readings = Readings()
        self._verdict = Verdict()
        self._made: Counter[str] = Counter()
        self._began = time.monotonic()
        self._calm = Calm()

    def run(self) -> Verdict:
        """All faults, one after the other and several at once; then calm, stop and judge."""
        self._protect_everything()
        numbers = itertools.count()
        due = [_Due(fault.at_s, next(numbers), fault, True) for fault in self._faults]
        heapq.heapify(due)
        while due:
            self._wait_until(due[0].at_s)
            act = heapq.heappop(due)
            self._act(act)
            if act.begins:
                heapq.heappush(due, _Due(act.fault.end_s, next(numbers), act.fault, False))
        self._wait_until_all_are_back()
        self._wait_until(self._now + CALM_S)
        self._end()
        return self._verdict

    def _protect_everything(self) -> None:
        """Where the disk is filled the oldest would go, and could not be compared with what was sent."""
        now = datetime.now(UTC)
        with self._world.product.client() as client:
            client.protect(sorted(self._world.places), now - timedelta(days=1), now + timedelta(days=30), "soak")

    @property
    def _now(self) -> float:
        return time.monotonic() - self._began

    def _wait_until(self, moment: float) -> None:
        while (left := moment - self._now) > 0:
            next_look = LOOK_EVERY_S - self._now % LOOK_EVERY_S
            time.sleep(min(left, next_look))
            if next_look <= left and self._calm.has_come(self._now) and not self._left_behind():
                self._read()

    def _act(self, act: _Due) -> None:
        recipe: Recipe = self._recipes[act.fault.kind]
        try:
            (recipe.begin if act.begins else recipe.end)(self._world, act.fault)
        except _CANNOT as error:
            _log.warning("%.0f s: %s cannot %s: %s", self._now, act.fault, "begin" if act.begins else "end", error)
            if not act.begins:
                self._verdict.complaints.append(f"{act.fault} could not be ended: {error}")
            return
        if act.begins:
            self._made[act.fault.kind.name] += 1
            self._calm.begin(act.fault)
        else:
            self._calm.end(act.fault, self._now)
        _log.info("%.0f s: %s %s", self._now, act.fault, "begins" if act.begins else "is over")

    # --- reading --------------------------------------------------------------------------------------

    def _read(self) -> None:
        product = self._world.product
        supervisor = product.supervisor
        if supervisor is not None:
            self.readings.take(self._now, "supervisor", supervisor)
        for process in product.recorders():
            self.readings.take(self._now, "recorder", process)
        database = product.data_dir / DATABASE
        files = [database, database.with_name(f"{database.name}-wal")]
        self.readings.take_database(self._now, files, self._entries())

    def _entries(self) -> int:
        """Rows of the index; 0 while they cannot be counted."""
        database = self._world.product.data_dir / DATABASE
        try:
            connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=1)
        except sqlite3.Error:
            return 0
        try:
            return sum(int(connection.execute(query).fetchone()[0]) for query in _COUNTS)
        except sqlite3.Error:
            return 0
        finally:
            connection.close()

    # --- the end --------------------------------------------------------------------------------------

    def _wait_until_all_are_back(self) -> None:
        deadline = self._now + ALL_BACK_WITHIN_S
        while behind := self._left_behind():
            if self._now > deadline:
                self._verdict.complaints.append(f"left behind: {', '.join(behind)}")
                return
            self._wait_until(self._now + 1)
        _log.info("%.0f s: all cameras are recorded again", self._now)

    def _left_behind(self) -> list[str]:
        """Cameras that are not recorded."""
        try:
            with self._world.product.client() as client:
                streams = client.streams().streams
        except (NotRunningError, ApiError):
            return sorted(self._world.places)
        recorded = {stream.camera for stream in streams if stream.recording is RecordingPhase.RECORDING}
        return sorted(self._world.places.keys() - recorded)

    def _end(self) -> None:
        product = self._world.product
        code = product.stop()
        if code:
            self._verdict.complaints.append(f"gstnvr ended with code {code}")
        checked = product.check(CHECKED_WITHIN_S)
        if checked.returncode:
            self._verdict.complaints.append(f"check: {checked.stdout.strip()} {checked.stderr.strip()}")
        if "Traceback" in product.log:
            self._verdict.complaints.append("there are tracebacks in the log")
        self._verdict.growths.extend(self.readings.growths())
        self._verdict.cameras.extend(self._judge())
        self._verdict.made.update(self._made)

    def _judge(self) -> Iterator[CameraVerdict]:
        with self._world.product.index() as index:
            for camera in self._world.places:
                stream = StreamId(CameraId(camera), StreamKind.MAIN)
                loop = self._world.simulator_of(camera).control.sequence(camera)
                segments = index.segments(stream, states=[SegmentState.CLOSED])
                files = [RecordedFile(self._world.volume.path / one.path, one.start) for one in segments]
                yield judge_camera(camera, audit(files, loop), index.gaps(stream))
