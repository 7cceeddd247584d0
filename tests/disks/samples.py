"""Answers of the kernel and of smartctl, in the form in which real ones come."""

from typing import Any

HEALTHY = """\
Personalities : [raid1] [linear] [multipath] [raid0] [raid6] [raid5] [raid4] [raid10]
md1 : active raid1 sdb2[1] sda2[0]
      1952279552 blocks super 1.2 [2/2] [UU]
      bitmap: 2/15 pages [8KB], 65536KB chunk

md0 : active raid1 sdb1[1] sda1[0]
      1046528 blocks super 1.2 [2/2] [UU]

unused devices: <none>
"""

FAILED_MEMBER = """\
Personalities : [raid6] [raid5] [raid4]
md0 : active raid5 sdd1[3](F) sdc1[1] sdb1[0]
      3906762752 blocks super 1.2 level 5, 512k chunk, algorithm 2 [3/2] [UU_]

unused devices: <none>
"""

MISSING_MEMBER = """\
Personalities : [raid1]
md127 : active raid1 nvme0n1p2[0]
      976630464 blocks super 1.2 [2/1] [U_]
      bitmap: 8/8 pages [32KB], 65536KB chunk

unused devices: <none>
"""

RECOVERING = """\
Personalities : [raid1]
md0 : active raid1 sdc1[2] sda1[0]
      1953382464 blocks super 1.2 [2/1] [U_]
      [===>.................]  recovery = 16.5% (323308800/1953382464) finish=263.1min speed=103233K/sec
      bitmap: 15/15 pages [60KB], 65536KB chunk

unused devices: <none>
"""

SEVERAL = """\
Personalities : [raid1] [raid6] [raid5] [raid4] [raid0] [raid10]
md5 : active raid6 sdf[4] sde[3] sdd[2] sdc[1](W) sdb[0](J)
      5860268032 blocks super 1.2 level 6, 512k chunk, algorithm 2 [4/4] [UUUU]
      [=>...................]  check =  8.6% (252340352/2930134016) finish=312.0min speed=143010K/sec

md4 : active (auto-read-only) raid1 sda2[0] sdb2[1]
      524224 blocks super 1.2 [2/2] [UU]
        resync=PENDING

md3 : inactive sdg1[2](S) sdh1[0](S)
      3906766928 blocks super 1.2

md2 : active raid0 nvme1n1[1] nvme0n1[0]
      3907026944 blocks super 1.2 512k chunks

md126 : active raid1 sdi[1] sdj[0]
      976759808 blocks super external:/md127/0 [2/2] [UU]
        resync=DELAYED

md127 : inactive sdi[1](S) sdj[0](S)
      6306 blocks super external:imsm

md6 : active raid10 sdn[3] sdm[2] sdl[1] sdk[0]
      3906764800 blocks super 1.2 512K chunks 2 near-copies [4/4] [UUUU]
      [==>..................]  reshape = 12.0% (234405888/1953382400) finish=99.9min speed=200000K/sec

md7 : broken raid0 sdp[1] sdo[0]
      3907026944 blocks super 1.2 512k chunks

unused devices: <none>
"""

SPARE_TOOK_OVER = """\
Personalities : [raid1]
md0 : active raid1 sdc1[2] sdb1[1](F) sda1[0] sdd1[3](S)
      1953382464 blocks super 1.2 [2/2] [UU]

unused devices: <none>
"""


def attribute(number: int, name: str, value: int, raw: int, thresh: int = 0) -> dict[str, Any]:
    return {
        "id": number,
        "name": name,
        "value": value,
        "worst": value,
        "thresh": thresh,
        "when_failed": "",
        "flags": {"value": 51, "string": "PO--CK ", "prefailure": True, "updated_online": True},
        "raw": {"value": raw, "string": str(raw)},
    }


def head(device: str, kind: str, protocol: str, status: int = 0) -> dict[str, Any]:
    return {
        "json_format_version": [1, 0],
        "smartctl": {
            "version": [7, 3],
            "svn_revision": "5338",
            "platform_info": "x86_64-linux-6.1.0-18-amd64",
            "build_info": "(local build)",
            "argv": ["smartctl", "--json", "-n", "standby,3", "-i", "-H", "-A", "-l", "error", device],
            "exit_status": status,
        },
        "local_time": {"time_t": 1795262400, "asctime": "Sat Nov 21 12:00:00 2026 UTC"},
        "device": {"name": device, "info_name": f"{device} [SAT]", "type": kind, "protocol": protocol},
    }


def ata_disk(
    *, reallocated: int = 0, pending: int = 0, uncorrectable: int = 0, celsius: int = 34, passed: bool = True
) -> dict[str, Any]:
    """A disk for recorders, after four years."""
    return {
        **head("/dev/sda", "sat", "ATA"),
        "model_family": "Western Digital Purple",
        "model_name": "WDC WD40PURZ-85TTDY0",
        "serial_number": "WD-WCC7K0XXXXXX",
        "firmware_version": "80.00A80",
        "user_capacity": {"blocks": 7814037168, "bytes": 4000787030016},
        "logical_block_size": 512,
        "physical_block_size": 4096,
        "rotation_rate": 5400,
        "smart_support": {"available": True, "enabled": True},
        "smart_status": {"passed": passed},
        "ata_smart_attributes": {
            "revision": 16,
            "table": [
                attribute(1, "Raw_Read_Error_Rate", 200, 0, 51),
                attribute(5, "Reallocated_Sector_Ct", 200, reallocated, 140),
                attribute(9, "Power_On_Hours", 52, 35_201),
                attribute(194, "Temperature_Celsius", 113, celsius),
                attribute(197, "Current_Pending_Sector", 200, pending),
                attribute(198, "Offline_Uncorrectable", 100, uncorrectable),
                attribute(199, "UDMA_CRC_Error_Count", 200, 0),
            ],
        },
        "power_on_time": {"hours": 35_201},
        "power_cycle_count": 71,
        "temperature": {"current": celsius},
        "ata_smart_error_log": {"summary": {"revision": 1, "count": 0}},
    }


def ata_ssd(*, left: int = 97) -> dict[str, Any]:
    return {
        **head("/dev/sdb", "sat", "ATA"),
        "model_family": "Samsung based SSDs",
        "model_name": "Samsung SSD 870 EVO 1TB",
        "serial_number": "S6PTNM0T000000X",
        "rotation_rate": 0,
        "smart_support": {"available": True, "enabled": True},
        "smart_status": {"passed": True},
        "ata_smart_attributes": {
            "revision": 1,
            "table": [
                attribute(5, "Reallocated_Sector_Ct", 100, 0, 10),
                attribute(177, "Wear_Leveling_Count", left, 41),
                attribute(187, "Reported_Uncorrect", 100, 2),
                attribute(231, "Temperature_Celsius", 70, 30),
            ],
        },
        "temperature": {"current": 30},
    }


def nvme_disk(
    *, used: int = 3, spare: int = 100, warning: int = 0, errors: int = 0, celsius: int = 41
) -> dict[str, Any]:
    found = head("/dev/nvme0n1", "nvme", "NVMe")
    return {
        **found,
        "device": {"name": "/dev/nvme0n1", "info_name": "/dev/nvme0n1", "type": "nvme", "protocol": "NVMe"},
        "model_name": "KINGSTON SNV2S1000G",
        "serial_number": "50026B7686000000",
        "nvme_number_of_namespaces": 1,
        "smart_support": {"available": True, "enabled": True},
        "smart_status": {"passed": warning == 0, "nvme": {"value": warning}},
        "nvme_smart_health_information_log": {
            "critical_warning": warning,
            "temperature": celsius,
            "available_spare": spare,
            "available_spare_threshold": 10,
            "percentage_used": used,
            "data_units_read": 13_004_126,
            "data_units_written": 44_815_021,
            "power_cycles": 31,
            "power_on_hours": 9_312,
            "unsafe_shutdowns": 12,
            "media_errors": errors,
            "num_err_log_entries": 0,
            "warning_temp_time": 0,
            "critical_comp_time": 0,
        },
        "temperature": {"current": celsius},
        "power_on_time": {"hours": 9_312},
    }


def scsi_disk() -> dict[str, Any]:
    way = {"errors_corrected_by_eccfast": 0, "total_errors_corrected": 4, "gigabytes_processed": "81242.1"}
    return {
        **head("/dev/sdc", "scsi", "SCSI"),
        "scsi_vendor": "SEAGATE",
        "scsi_product": "ST4000NM0023",
        "scsi_model_name": "SEAGATE ST4000NM0023",
        "serial_number": "Z1Z0XXXX0000R0000000",
        "rotation_rate": 7200,
        "smart_support": {"available": True, "enabled": True, "temperature_warning": {"enabled": True}},
        "smart_status": {"passed": True},
        "temperature": {"current": 33, "drive_trip": 60},
        "power_on_time": {"hours": 61_020, "minutes": 12},
        "scsi_grown_defect_list": 7,
        "scsi_error_counter_log": {
            "read": {**way, "total_uncorrected_errors": 1},
            "write": {**way, "total_uncorrected_errors": 2},
        },
    }


def cannot_open(text: str, status: int = 2) -> dict[str, Any]:
    found = head("/dev/sda", "scsi", "SCSI", status)
    found["smartctl"]["messages"] = [{"string": text, "severity": "error"}]
    del found["device"]
    return found
