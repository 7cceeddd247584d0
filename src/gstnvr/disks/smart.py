"""What a disk says of its own health, as ``smartctl --json`` tells it; ATA, NVMe and SCSI."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

ASLEEP_STATUS = 3
"""What smartctl is told to exit with for a disk that sleeps; by itself it has no reason to."""
_COMMAND_LINE, _OPEN_FAILED = 1, 2

_MUTE = ("Unable to detect device type", "Unknown USB bridge", "Unsupported USB bridge")

_REALLOCATED, _PENDING, _OFFLINE_UNCORRECTABLE, _REPORTED_UNCORRECTABLE = 5, 197, 198, 187
_WEAR_ATTRIBUTES = (231, 202, 169, 233, 177, 173)
"""Normalised from 100 for new down to 0; vendors differ, so that the name must say the same."""
_WEAR_NAMES = re.compile(r"wear|life|lifetime|endurance", re.IGNORECASE)

Json = Mapping[str, Any]


class DiskState(StrEnum):
    """What became of asking a disk."""

    READ = "read"
    ASLEEP = "asleep"
    """It was not woken."""
    UNSUPPORTED = "unsupported"
    """It has nothing to say, as most virtual disks and many USB bridges have not."""
    FAILED = "failed"
    """It could not be asked."""


@dataclass(frozen=True, slots=True)
class SmartReport:
    """One answer; None stands for what the disk does not tell."""

    device: str
    state: DiskState
    problem: str = ""
    """Why it was not read, for a person."""
    protocol: str | None = None
    """``ATA``, ``NVMe``, ``SCSI``."""
    model: str | None = None
    serial: str | None = None
    rotates: bool | None = None
    passed: bool | None = None
    """What the disk concludes itself."""
    failing: tuple[str, ...] = ()
    """Names of what is beyond the vendor's own limits now."""
    temperature_c: int | None = None
    power_on_hours: int | None = None
    reallocated: int | None = None
    """Sectors that were replaced."""
    pending: int | None = None
    """Sectors that could not be read and wait to be written anew."""
    uncorrectable: int | None = None
    """Sectors that could not be read in a test of the disk itself, and reads that failed."""
    media_errors: int | None = None
    """Of NVMe and SCSI: data that could not be read or written."""
    wear_percent: int | None = None
    """Of the writes that the vendor promises; may go beyond 100."""
    spare_percent: int | None = None
    spare_threshold: int | None = None

    @property
    def key(self) -> str:
        """What the disk is known by: it keeps its serial number wherever it is plugged in."""
        return self.serial or self.device


def parse_smart(device: str, output: bytes, status: int) -> SmartReport:
    """Read the answer of ``smartctl --json``.

    Args:
        device: as it was asked for.
        output: what smartctl wrote.
        status: what it exited with, unless its answer says so itself.
    """
    answer = _decoded(output)
    if answer is None:
        return SmartReport(device, DiskState.FAILED, f"smartctl answered nothing that can be read (exit {status})")
    told = _first(_map(answer, "smartctl").get("exit_status"))
    return _judged(device, answer, status if told is None else told)


def _decoded(output: bytes) -> Json | None:
    try:
        answer = json.loads(output or b"{}")
    except ValueError:
        return None
    return answer if isinstance(answer, dict) else None


def _judged(device: str, answer: Json, status: int) -> SmartReport:
    if status == ASLEEP_STATUS:
        return SmartReport(device, DiskState.ASLEEP, "it sleeps and was not woken")
    if not answer or status & (_COMMAND_LINE | _OPEN_FAILED):
        problem = _messages(answer) or f"smartctl failed (exit {status})"
        mute = any(text in problem for text in _MUTE)
        return SmartReport(device, DiskState.UNSUPPORTED if mute else DiskState.FAILED, problem)
    if _nothing_to_say(answer):
        return SmartReport(device, DiskState.UNSUPPORTED, "it does not tell its health", model=_text(answer))
    return _report(device, answer)


def _report(device: str, answer: Json) -> SmartReport:
    nvme = _map(answer, "nvme_smart_health_information_log")
    attributes = {row["id"]: row for row in _rows(_map(answer, "ata_smart_attributes")) if "id" in row}
    rate = answer.get("rotation_rate")
    return SmartReport(
        device=device,
        state=DiskState.READ,
        protocol=_string(_map(answer, "device").get("protocol")),
        model=_text(answer),
        serial=_string(answer.get("serial_number")),
        rotates=False if nvme else (rate > 0 if isinstance(rate, int) else None),
        passed=_bool(_map(answer, "smart_status").get("passed")),
        failing=_failing(attributes, nvme),
        temperature_c=_first(_map(answer, "temperature").get("current"), nvme.get("temperature")),
        power_on_hours=_first(_map(answer, "power_on_time").get("hours"), nvme.get("power_on_hours")),
        reallocated=_first(_raw(attributes, _REALLOCATED), answer.get("scsi_grown_defect_list")),
        pending=_raw(attributes, _PENDING),
        uncorrectable=_sum(_raw(attributes, _OFFLINE_UNCORRECTABLE), _raw(attributes, _REPORTED_UNCORRECTABLE)),
        media_errors=_first(nvme.get("media_errors"), _scsi_errors(answer)),
        wear_percent=_wear(answer, attributes, nvme),
        spare_percent=_first(nvme.get("available_spare"), _map(answer, "spare_available").get("current_percent")),
        spare_threshold=_first(nvme.get("available_spare_threshold")),
    )


def _nothing_to_say(answer: Json) -> bool:
    support = _map(answer, "smart_support")
    known = ("smart_status", "ata_smart_attributes", "nvme_smart_health_information_log", "scsi_error_counter_log")
    return support.get("available") is False or not any(key in answer for key in known)


_NVME_WARNINGS = (
    (0, "available_spare"),
    (2, "reliability"),
    (3, "read_only"),
    (4, "backup_of_memory"),
    (5, "persistent_memory"),
)
"""Bit 1 is the temperature, for which there are limits of our own."""


def _failing(attributes: Mapping[int, Json], nvme: Json) -> tuple[str, ...]:
    beyond = [
        str(row.get("name", number)) for number, row in attributes.items() if row.get("when_failed") == "now"
    ]
    warning = _first(nvme.get("critical_warning")) or 0
    return (*beyond, *(name for bit, name in _NVME_WARNINGS if warning >> bit & 1))


def _wear(answer: Json, attributes: Mapping[int, Json], nvme: Json) -> int | None:
    told = _first(
        nvme.get("percentage_used"),
        _map(answer, "endurance_used").get("current_percent"),
        answer.get("scsi_percentage_used_endurance_indicator"),
    )
    if told is not None:
        return told
    for number in _WEAR_ATTRIBUTES:
        row = attributes.get(number, {})
        left = _first(row.get("value"))
        if left is not None and left <= 100 and _WEAR_NAMES.search(str(row.get("name", ""))):
            return 100 - left
    return None


def _scsi_errors(answer: Json) -> int | None:
    log = _map(answer, "scsi_error_counter_log")
    return _sum(*(_first(_map(log, way).get("total_uncorrected_errors")) for way in ("read", "write")))


def _raw(attributes: Mapping[int, Json], number: int) -> int | None:
    return _first(_map(attributes.get(number, {}), "raw").get("value"))


def _messages(answer: Json) -> str:
    rows = _map(answer, "smartctl").get("messages")
    texts = [row.get("string") for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
    return "; ".join(str(text) for text in texts if text)


def _text(answer: Json) -> str | None:
    return _string(answer.get("model_name")) or _string(answer.get("scsi_model_name"))


def _rows(section: Json) -> list[Json]:
    table = section.get("table")
    return [row for row in table if isinstance(row, dict)] if isinstance(table, list) else []


def _map(answer: Json, key: str) -> Json:
    found = answer.get(key)
    return found if isinstance(found, dict) else {}


def _first(*values: object) -> int | None:
    return next((value for value in values if isinstance(value, int) and not isinstance(value, bool)), None)


def _sum(*values: int | None) -> int | None:
    known = [value for value in values if value is not None]
    return sum(known) if known else None


def _string(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _bool(value: object) -> bool | None:
    return value if isinstance(value, bool) else None
