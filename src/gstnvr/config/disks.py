"""Settings of the watch over disks and software RAID."""

from typing import Annotated

from pydantic import Field, StringConstraints

from gstnvr.config.basics import Integer, Number, Section, Switch


class DiskSettings(Section):
    """The watch over the disks beneath volumes and data_dir, and over software RAID."""

    watch: Switch = Field(True, description="Off: no disk is asked, and no array looked at.")
    smartctl: list[Annotated[str, StringConstraints(min_length=1)]] = Field(
        ["smartctl"],
        min_length=1,
        description="Program that asks disks, with what goes in front of its arguments; another one for users who"
        " may not ask them, see docs/guide/storage.md.",
    )
    interval_s: Number = Field(
        600, ge=1, le=86_400, description="How often disks are asked. One that sleeps is not woken."
    )
    raid_interval_s: Number = Field(60, ge=0.5, le=3600, description="How often arrays are looked at.")
    max_temperature_c: Integer = Field(
        55, ge=30, le=100, description="From here on a disk that turns is too hot; in degrees Celsius."
    )
    max_ssd_temperature_c: Integer = Field(70, ge=30, le=120, description="The same for one that does not turn.")
    max_wear_percent: Integer = Field(
        90, ge=1, le=100, description="From here on a disk is worn; percentage of the writes that it is made for."
    )
