"""Changes to the index within one transaction; each may be repeated, as the events that it stems from may be."""

from typing import Any

from sqlalchemy import Connection, CursorResult, Executable, delete, insert, select, update

from gstnvr.db.rows import gap_values, incident_values, segment_values
from gstnvr.db.tables import CameraRow, GapRow, IncidentRow, SegmentRow, StreamRow, VolumeRow
from gstnvr.model.ids import CameraId, StreamId
from gstnvr.model.records import Gap, Incident, Segment, SegmentState, Volume


class UnknownVolumeError(LookupError):
    """A segment on a volume that the index was never told of."""


class IndexWriter:
    """Writes through one connection, within the transaction of ``Index.writing``."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._stream_keys: dict[StreamId, int] = {}
        self._cameras: set[CameraId] = set()

    def ensure_volume(self, volume: Volume) -> None:
        """Enter a volume, or where it is mounted now."""
        if not self._changed(update(VolumeRow).filter_by(uuid=volume.uuid).values(path=volume.path)):
            self._execute(insert(VolumeRow).values(uuid=volume.uuid, path=volume.path))

    def ensure_stream(self, stream: StreamId, name: str) -> None:
        """Enter a stream and its camera, or the camera's new name."""
        if not self._changed(update(CameraRow).filter_by(id=stream.camera).values(name=name)):
            self._execute(insert(CameraRow).values(id=stream.camera, name=name))
        self._stream_key(stream)

    def segment_opened(self, segment: Segment) -> None:
        """Enter a file that is being written; a row that was closed since stays closed.

        Raises:
            UnknownVolumeError: ``ensure_volume`` was not called for its volume.
        """
        self._grow(segment)

    def segment_grown(self, segment: Segment) -> None:
        """Enter how far a file is safe on the disk; a row that was closed since stays as it is.

        Raises:
            UnknownVolumeError: ``ensure_volume`` was not called for its volume.
        """
        self._grow(segment)

    def segment_closed(self, segment: Segment) -> None:
        """Enter the end of a file that is safe on the disk; one that is missing or being deleted stays that.

        Raises:
            UnknownVolumeError: ``ensure_volume`` was not called for its volume.
        """
        self._put(segment, SegmentState.CLOSED, (SegmentState.OPEN, SegmentState.CLOSED))

    def segment_discarded(self, volume: str, path: str) -> None:
        """Forget a file that held nothing and is gone."""
        self._execute(delete(SegmentRow).filter_by(volume_uuid=volume, path=path))

    def segment_missing(self, volume: str, path: str) -> None:
        """Keep the row of a file that is gone as evidence."""
        self._execute(
            update(SegmentRow).filter_by(volume_uuid=volume, path=path).values(state=SegmentState.MISSING.value)
        )

    def segment_found(self, segment: Segment) -> None:
        """Enter what a file was found to hold, whatever the index said before.

        Raises:
            UnknownVolumeError: ``ensure_volume`` was not called for its volume.
        """
        self._put(segment, SegmentState.CLOSED, tuple(SegmentState))

    def gap_changed(self, gap: Gap) -> None:
        """Enter a gap as it is now; one whose end is not after its start is removed."""
        if gap.end is not None and gap.end <= gap.start:
            self._execute(delete(GapRow).filter_by(uid=gap.uid))
            return
        values = gap_values(gap) | {"stream_id": self._stream_key(gap.stream)}
        if not self._changed(update(GapRow).filter_by(uid=gap.uid).values(values)):
            self._execute(insert(GapRow).values(values | {"uid": gap.uid}))

    def incident_changed(self, incident: Incident) -> None:
        """Enter an incident as it is now."""
        if incident.camera is not None:
            self._ensure_camera(incident.camera)
        values = incident_values(incident) | {
            "camera_id": incident.camera,
            "stream_id": None if incident.stream is None else self._stream_key(incident.stream),
        }
        if not self._changed(update(IncidentRow).filter_by(uid=incident.uid).values(values)):
            self._execute(insert(IncidentRow).values(values | {"uid": incident.uid}))

    def _grow(self, segment: Segment) -> None:
        self._put(segment, SegmentState.OPEN, (SegmentState.OPEN,))

    def _put(self, segment: Segment, state: SegmentState, replaceable: tuple[SegmentState, ...]) -> None:
        """Enter a segment in this state unless it is there in a state that is not to be replaced."""
        values = segment_values(segment) | {"state": state.value}
        at = {"volume_uuid": segment.volume, "path": segment.path}
        there = self._execute(select(SegmentRow.id, SegmentRow.state).filter_by(**at)).one_or_none()
        if there is None:
            self._need_volume(segment)
            stream_id = self._stream_key(segment.stream)
            self._execute(insert(SegmentRow).values(values | at | {"stream_id": stream_id}))
        elif there.state in replaceable:
            self._execute(update(SegmentRow).filter_by(id=there.id).values(values))

    def _need_volume(self, segment: Segment) -> None:
        if self._execute(select(VolumeRow.uuid).filter_by(uuid=segment.volume)).one_or_none() is None:
            raise UnknownVolumeError(f"{segment.path} is on volume {segment.volume}, unknown to the index")

    def _ensure_camera(self, camera: CameraId) -> None:
        if camera not in self._cameras:
            if self._execute(select(CameraRow.id).filter_by(id=camera)).one_or_none() is None:
                self._execute(insert(CameraRow).values(id=camera, name=""))
            self._cameras.add(camera)

    def _stream_key(self, stream: StreamId) -> int:
        """Key of the stream's row, which is made if need be: a file may outlive its camera's configuration."""
        if stream not in self._stream_keys:
            self._ensure_camera(stream.camera)
            at = {"camera_id": stream.camera, "kind": stream.kind.value}
            key = self._execute(select(StreamRow.id).filter_by(**at)).scalar_one_or_none()
            if key is None:
                key = self._execute(insert(StreamRow).values(at).returning(StreamRow.id)).scalar_one()
            self._stream_keys[stream] = key
        return self._stream_keys[stream]

    def _execute(self, statement: Executable) -> CursorResult[Any]:
        return self._connection.execute(statement)

    def _changed(self, statement: Executable) -> bool:
        return self._execute(statement).rowcount > 0
