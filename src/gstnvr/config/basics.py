"""What settings are made of."""

from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, PlainSerializer, PlainValidator, Strict, WithJsonSchema
from pydantic_core import PydanticCustomError

from gstnvr.model.amounts import EXAMPLES, PATTERN, Amount

Integer = Annotated[int, Strict()]
Number = Annotated[float, Strict()]
Switch = Annotated[bool, Strict()]


class Section(BaseModel):
    """A section of the file: what it does not know is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


def _absolute(path: Path) -> Path:
    if not path.is_absolute():
        raise PydanticCustomError("not_absolute", "must be an absolute path, beginning with /")
    return path


AbsolutePath = Annotated[Path, AfterValidator(_absolute)]


def _amount(value: Amount | str | float) -> Amount:
    if isinstance(value, Amount):
        return value
    if isinstance(value, str):
        return Amount.parse(value)
    raise ValueError(f"must be an amount with its unit, {EXAMPLES}, not {value!r}")


AmountOfStorage = Annotated[
    Amount,
    PlainValidator(_amount),
    PlainSerializer(str),
    WithJsonSchema({"type": "string", "pattern": PATTERN, "examples": ["5 GB", "5 %", "5 GB or 5 %"]}),
]
