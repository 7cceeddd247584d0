"""What the API answers about disks; every class here is part of the published interface."""

from pydantic import BaseModel, ConfigDict, Field

from gstnvr.api.common.schemas import Moment
from gstnvr.disks.mdstat import SyncAction
from gstnvr.disks.smart import DiskState
from gstnvr.model.faults import Reason, Severity


class _Answer(BaseModel):
    model_config = ConfigDict(frozen=True)


class DiskProblem(_Answer):
    reason: Reason
    severity: Severity
    message: str


class Disk(_Answer):
    """A disk beneath a volume or the data folder; figures are null if it does not tell them."""

    name: str
    folders: list[str] = Field(description="Volumes and data folder that lie on it.")
    state: DiskState | None = Field(description="What became of asking it last; null: not asked yet.")
    detail: str = Field(description="Why it could not be read.")
    read_at: Moment | None = Field(description="When the figures were read.")
    model: str | None
    serial: str | None
    passed: bool | None = Field(description="What the disk concludes itself.")
    temperature_c: int | None
    power_on_hours: int | None
    reallocated: int | None = Field(description="Sectors that were replaced.")
    pending: int | None = Field(description="Sectors that could not be read and wait to be written anew.")
    uncorrectable: int | None = Field(description="Sectors and reads that were lost.")
    media_errors: int | None = Field(description="The same of NVMe and SCSI.")
    wear_percent: int | None = Field(description="Of the writes that it is made for.")
    problems: list[DiskProblem]


class Array(_Answer):
    """Software RAID."""

    name: str
    level: str | None
    folders: list[str] = Field(description="Volumes and data folder that lie on it.")
    members: list[str]
    failed: list[str]
    wanted: int | None = Field(description="Disks that it should have; null where it bears the loss of none.")
    working: int | None
    action: SyncAction | None = Field(description="What it does besides serving its users.")
    percent: float | None = Field(description="How far it is with that; null: it waits.")
    finish_s: float | None
    problem: DiskProblem | None


class Disks(_Answer):
    unwatched: str | None = Field(description="Why disks are not asked.")
    disks: list[Disk]
    arrays: list[Array]


class FileSystem(_Answer):
    """A file system that keeps what is written to it, and can be written to."""

    path: str = Field(description="Where it is mounted.")
    device: str
    kind: str = Field(description="Such as ext4.")
    total_bytes: int | None = Field(description="Null: it does not answer.")
    free_bytes: int | None
    writable: bool = Field(
        description="False: gstnvr may not write there as it is: for lack of rights, or by its service."
    )
    volumes: list[str] = Field(description="Paths of volumes of the settings that lie on it.")


class FileSystems(_Answer):
    file_systems: list[FileSystem]
