"""Rows by the folder that their files are in, for every table of files on volumes."""

from sqlalchemy import ColumnElement, Connection, func, select

from gstnvr.db.tables import MirrorRow, SegmentRow
from gstnvr.model.ids import CameraId

FileTable = type[SegmentRow] | type[MirrorRow]


def in_folder(table: FileTable, volume: str, folder: str) -> ColumnElement[bool]:
    """Whether a row is of a file in a folder of a volume.

    Args:
        folder: relative to the volume, without a slash at the end.
    """
    path = table.path
    return (table.volume_uuid == volume) & (path > f"{folder}/") & (path < f"{folder}0")  # "0" comes after "/"


def folders_with_rows(
    connection: Connection, table: FileTable, volume: str, camera: CameraId | None = None, first_day: str = ""
) -> list[str]:
    """Folders of a volume in which there should be files, in order.

    Args:
        camera: only its folders.
        first_day: name of the first day's folder of that camera.
    """
    paths = select(func.min(table.path)).where(table.volume_uuid == volume)
    if camera is not None:
        paths = paths.where(table.path < f"{camera}0")
    after = paths if camera is None else paths.where(table.path > f"{camera}/{first_day}")
    found: list[str] = []
    while (path := connection.execute(after).scalar_one_or_none()) is not None:
        found.append(path.rpartition("/")[0])
        after = paths.where(table.path > f"{found[-1]}0")
    return found
