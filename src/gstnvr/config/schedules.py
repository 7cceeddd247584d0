"""Settings of when cameras are recorded."""

from datetime import date
from typing import Annotated, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from gstnvr.config.basics import Section
from gstnvr.model.recording import RecordMode
from gstnvr.schedule.holidays import parse_holidays
from gstnvr.schedule.hours import parse_span
from gstnvr.schedule.weekly import Schedule
from gstnvr.schedule.zones import machine_zone, named_zone


def _mode(value: object) -> object:
    """Configurations of old say ``true`` and ``false``."""
    if isinstance(value, bool):
        return RecordMode.CONTINUOUS if value else RecordMode.OFF
    return value


Mode = Annotated[RecordMode, BeforeValidator(_mode, json_schema_input_type=RecordMode | bool)]


def _span(text: str) -> str:
    return str(parse_span(text))


def _zone(name: str) -> str:
    return named_zone(name).key


def _as_text(value: object) -> object:
    """YAML reads a date as such."""
    return value.isoformat() if isinstance(value, date) else value


def _holiday(text: str) -> str:
    parse_holidays([text])
    return text


Hours = list[Annotated[str, AfterValidator(_span)]]


class HoursSettings(Section):
    """Spans of each day, such as 08:00-18:00, 00:00-24:00, or 22:00-06:00 until the next morning."""

    mon: Hours = Field([], description="Monday.")
    tue: Hours = Field([], description="Tuesday.")
    wed: Hours = Field([], description="Wednesday.")
    thu: Hours = Field([], description="Thursday.")
    fri: Hours = Field([], description="Friday.")
    sat: Hours = Field([], description="Saturday.")
    sun: Hours = Field([], description="Sunday.")
    holiday: Hours = Field([], description="Holidays, instead of what their day of the week says.")


class ScheduleSettings(Section):
    """Weekly hours."""

    zone: Annotated[str, AfterValidator(_zone)] | None = Field(
        None, description="Time zone such as Europe/Berlin; the machine's own unless given."
    )
    hours: HoursSettings = Field(description="When it is on.")
    holidays: list[Annotated[str, BeforeValidator(_as_text), AfterValidator(_holiday)]] = Field(
        [],
        description="Dates (2026-12-24), ranges (2026-12-24..2027-01-02), and regions whose public holidays count"
        " (DE, DE-BY, US-CA).",
    )

    @model_validator(mode="after")
    def _zone_of_the_machine_is_known(self) -> Self:
        if self.zone is None:
            try:
                machine_zone()
            except ValueError as error:
                raise ValueError(f"has no zone, and that of the machine cannot be had: TZ: {error}") from None
        return self

    def schedule(self) -> Schedule:
        """The same, to be asked."""
        hours = self.hours
        week = (hours.mon, hours.tue, hours.wed, hours.thu, hours.fri, hours.sat, hours.sun)
        return Schedule(
            zone=machine_zone() if self.zone is None else named_zone(self.zone),
            week=tuple(tuple(map(parse_span, day)) for day in week),
            holiday=tuple(map(parse_span, hours.holiday)),
            holidays=parse_holidays(self.holidays),
        )
