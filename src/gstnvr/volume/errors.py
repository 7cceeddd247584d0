"""What went wrong with a volume, in the words of the fault model."""

import errno

from gstnvr.model.faults import Fault, FaultReport, Reason, Severity

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_DENIED = frozenset({errno.EACCES, errno.EPERM})
_GONE = frozenset(
    {errno.ENOENT, errno.ENOTDIR, errno.ENODEV, errno.ENXIO, errno.ESTALE, errno.ENOTCONN, errno.ESHUTDOWN}
)

_SHORT_OF_FILES = frozenset({errno.EMFILE, errno.ENFILE})

_ADVICE = {
    Reason.NO_SPACE: "free some space or shorten the retention",
    Reason.READ_ONLY: "look for disk errors in the kernel log, repair the file system and mount it again",
    Reason.PERMISSION: "let the user that runs gstnvr read, write and enter it",
    Reason.VOLUME_MISSING: "mount or plug in the disk that belongs there",
    Reason.WRONG_VOLUME: "mount the disk that belongs there, or give this one another path in storage.volumes",
    Reason.IDENTITY_LOST: "if it is the right disk, put that file back from a copy; else mount the right one",
    Reason.IO_ERROR: "the disk or its connection fails: look in the kernel log, check cable and disk",
    Reason.WRITE_STALLED: "the disk does not answer: look in the kernel log, check cable, disk or network share",
}


class VolumeError(Exception):
    """A volume cannot be used as it is; the report says why and what to do."""

    def __init__(self, report: FaultReport) -> None:
        super().__init__(report.message)
        self.report = report


def volume_report(reason: Reason, message: str, code: str = "") -> FaultReport:
    """A storage fault; advice on what to do is appended to the message."""
    fault = Fault.DISK_FULL if reason is Reason.NO_SPACE else Fault.STORAGE_DISCONNECTED
    return FaultReport(fault, reason, Severity.HIGH, f"{message}; {_ADVICE[reason]}", code)


def report_os_error(error: OSError, doing: str) -> FaultReport:
    """Classify a failed system call on a volume; what this process itself is short of is not the volume's fault.

    Args:
        doing: what was tried and on which path, e.g. ``cannot write /srv/video/x.mp4``.
    """
    number = error.errno or 0
    message = f"{doing}: {error.strerror or error}"
    code = errno.errorcode.get(number, str(number))
    if number in _SHORT_OF_FILES:
        advice = "raise the limit of open files (LimitNOFILE), or use fewer streams per process"
        return FaultReport(Fault.RECORDING_BRANCH, Reason.UNKNOWN, Severity.HIGH, f"{message}; {advice}", code)
    if number == errno.ENOMEM:
        advice = "use fewer streams or add memory"
        return FaultReport(
            Fault.RECORDING_BRANCH, Reason.OUT_OF_MEMORY, Severity.CRITICAL, f"{message}; {advice}", code
        )
    return volume_report(_reason(number), message, code)


def _reason(number: int) -> Reason:
    if number in _FULL:
        return Reason.NO_SPACE
    if number == errno.EROFS:
        return Reason.READ_ONLY
    if number in _DENIED:
        return Reason.PERMISSION
    if number in _GONE:
        return Reason.VOLUME_MISSING
    if number == errno.ETIMEDOUT:
        return Reason.WRITE_STALLED
    return Reason.IO_ERROR
