"""Faults of gstnvr's own processes and of its database."""

import signal

from gstnvr.lab.catalogue.callings import DIED, HUNG
from gstnvr.lab.entries import Calling, Expected, FaultEntry, Group, Injection, Loss, Need, Reach, Setting
from gstnvr.lab.injections.database import DamageDatabase, DeleteDatabase, LockDatabase, StopPostgresql
from gstnvr.lab.injections.processes import (
    KillSupervisor,
    Leak,
    Restart,
    RestartRecorders,
    SignalRecorder,
    StopSupervisor,
)
from gstnvr.lab.injections.resources import FillDataDir
from gstnvr.model.faults import Fault, Reason

_NOTHING: frozenset[Calling] = frozenset()
_BACK_S = 2.0
"""Streams of a recorder that died are recorded by another so soon."""
_OUT_OF_MEMORY = frozenset({(Fault.UNKNOWN, Reason.OUT_OF_MEMORY)})
_LEAKY = Setting(leaky=True, sections={"recorder": {"memory_limit_mb": 160}})
_HUNG_S = 8.0
"""Without a report for so long, a recorder counts as hung."""


def _entry(
    name: str,
    how: str,
    injection: Injection,
    expected: Expected,
    *,
    lasts_s: float = 0.0,
    needs: frozenset[Need] = frozenset(),
    setting: Setting | None = None,
) -> FaultEntry:
    return FaultEntry(
        name=name,
        group=Group.PROCESS,
        how=how,
        injection=injection,
        expected=expected,
        lasts_s=lasts_s,
        needs=needs,
        reach=Reach.PROGRAM,
        setting=setting or Setting(),
    )


ENTRIES = (
    _entry(
        "recorder-killed",
        "recorder killed (SIGKILL)",
        SignalRecorder(signal.SIGKILL),
        Expected(DIED, noticed_s=1.0, back_s=_BACK_S, loss=Loss.OUTAGE),
    ),
    _entry(
        "recorder-crashed",
        "recorder crashes (SIGSEGV)",
        SignalRecorder(signal.SIGSEGV),
        Expected(DIED, noticed_s=1.0, back_s=_BACK_S, loss=Loss.OUTAGE),
    ),
    _entry(
        "recorder-stopped",
        "recorder hangs (SIGSTOP)",
        SignalRecorder(signal.SIGSTOP),
        Expected(HUNG, noticed_s=_HUNG_S, back_s=_HUNG_S + _BACK_S, loss=Loss.OUTAGE),
    ),
    _entry(
        "recorder-ended",
        "recorder told to end by somebody else (SIGTERM)",
        SignalRecorder(signal.SIGTERM),
        Expected(DIED, noticed_s=2.0, back_s=2.0 + _BACK_S, loss=Loss.OUTAGE),
    ),
    _entry(
        "recorder-leaks",
        "recorder leaks 200 MB where 160 MB are allowed: another takes over",
        Leak(200),
        Expected(_OUT_OF_MEMORY, noticed_s=10.0, back_s=10.0),
        lasts_s=20.0,
        setting=_LEAKY,
    ),
    _entry(
        "recorder-leaks-fast",
        "recorder leaks 500 MB where 160 MB are allowed: another is to take over, then it is killed",
        Leak(500),
        Expected(_OUT_OF_MEMORY, noticed_s=10.0, back_s=_BACK_S, loss=Loss.OUTAGE, times=2),
        lasts_s=15.0,
        setting=_LEAKY,
    ),
    _entry("recorders-restarted", "gstnvr restart-recorders, as after an upgrade", RestartRecorders(), Expected()),
    _entry(
        "supervisor-killed",
        "supervisor killed (SIGKILL), started again after 3 s",
        KillSupervisor(),
        Expected(),
        lasts_s=3.0,
    ),
    _entry(
        "supervisor-stopped", "supervisor stopped (SIGSTOP) for 12 s", StopSupervisor(), Expected(), lasts_s=12.0
    ),
    _entry(
        "all-killed",
        "supervisor and recorder killed, started again after 3 s",
        KillSupervisor(with_recorders=True),
        Expected(DIED, noticed_s=12.0, back_s=8.0, loss=Loss.OUTAGE),
        lasts_s=3.0,
    ),
    _entry(
        "restart",
        "gstnvr ended (SIGTERM) and started again at once",
        Restart(),
        Expected(_NOTHING, back_s=8.0, loss=Loss.OUTAGE),
        lasts_s=0.1,
    ),
    _entry(
        "database-locked", "another program locks the database for 12 s", LockDatabase(), Expected(), lasts_s=12.0
    ),
    _entry(
        "postgresql-stopped",
        "PostgreSQL server gone for 12 s",
        StopPostgresql(),
        Expected(),
        lasts_s=12.0,
        needs=frozenset({Need.POSTGRESQL}),
    ),
    _entry(
        "database-full",
        "file system of the database full for 12 s",
        FillDataDir(),
        Expected(),
        lasts_s=12.0,
        needs=frozenset({Need.ROOT}),
        setting=Setting(small_data_dir=True),
    ),
    _entry(
        "database-deleted",
        "supervisor killed, database deleted, started again",
        DeleteDatabase(),
        Expected(),
        lasts_s=1.0,
    ),
    _entry(
        "database-damaged",
        "supervisor killed, database overwritten with noise; put right after 5 s",
        DamageDatabase(),
        Expected(),
        lasts_s=5.0,
    ),
)
