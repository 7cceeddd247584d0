"""What supervisor and recorders together know of the volumes of the settings."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from gstnvr.api.common.ports import VolumeView
from gstnvr.model.faults import Fault, FaultReport, Reason, Severity
from gstnvr.model.status import VolumeState, VolumeStatus
from gstnvr.storage.overview import StorageOverview, VolumeUse
from gstnvr.supervisor.volumes.volume import Identification


def volume_views(
    found: Mapping[Path, Identification],
    reported: Collection[Sequence[VolumeStatus]],
    overview: StorageOverview | None = None,
) -> list[VolumeView]:
    """Volumes in the order of the settings.

    Args:
        found: what is at each path of the settings.
        reported: what each recorder said last.
        overview: how full volumes are of which no recorder tells, as nothing is recorded there.
    """
    views = [_view(path, one, _of(path, one, reported)) for path, one in found.items()]
    used = {} if overview is None else {use.volume.uuid: use for use in overview.volumes if use.room is not None}
    return [_with_use(view, used.get(view.uuid or "")) for view in views]


def _with_use(view: VolumeView, use: VolumeUse | None) -> VolumeView:
    if view.state is not VolumeState.UNKNOWN or use is None or use.room is None:
        return view
    return replace(view, state=VolumeState.GOOD, free_bytes=use.room.free, total_bytes=use.total)


def _of(path: Path, one: Identification, reported: Collection[Sequence[VolumeStatus]]) -> Sequence[VolumeStatus]:
    return [
        status
        for statuses in reported
        for status in statuses
        if status.path == str(path) and one.uuid in (None, status.uuid)
    ]


def _view(path: Path, one: Identification, statuses: Sequence[VolumeStatus]) -> VolumeView:
    fault = next((status.fault for status in statuses if status.fault is not None), None)
    if one.problem is not None:
        fault = FaultReport(Fault.STORAGE_DISCONNECTED, Reason.VOLUME_MISSING, Severity.HIGH, one.problem)
    notice = next((status.notice for status in statuses if status.notice is not None), None)
    measured = next((status for status in statuses if status.free_bytes is not None), None)
    return VolumeView(
        path=str(path),
        uuid=one.uuid,
        state=_state(fault, notice, known=measured is not None),
        cause=fault or notice,
        free_bytes=None if measured is None or fault is not None else measured.free_bytes,
        total_bytes=None if measured is None else measured.total_bytes,
        streams=tuple(sorted(stream for status in statuses for stream in status.streams)),
    )


def _state(fault: FaultReport | None, notice: FaultReport | None, *, known: bool) -> VolumeState:
    if fault is not None:
        return VolumeState.FAILING
    if notice is not None:
        return VolumeState.SLOW
    return VolumeState.GOOD if known else VolumeState.UNKNOWN
