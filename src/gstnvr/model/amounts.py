"""Amounts of storage as people write them: in bytes, or as a part of what there is."""

import re
from dataclasses import dataclass

_UNITS = {"MB": 10**6, "GB": 10**9, "TB": 10**12}
_TERM = re.compile(r"([0-9]+(?:\.[0-9]+)?) ?(%|MB|GB|TB)")
PATTERN = rf"^{_TERM.pattern}( or {_TERM.pattern})?$"
EXAMPLES = "such as 500 MB, 5 GB, 2 TB or 5 %"


@dataclass(frozen=True, slots=True)
class Amount:
    """So many bytes, so much of the whole, or the smaller of both: ``5 GB``, ``5 %``, ``5 GB or 5 %``."""

    size: int | None = None
    """Bytes."""
    percent: float | None = None

    @classmethod
    def parse(cls, text: str) -> "Amount":
        """Read the written form.

        Raises:
            ValueError: it is none; the message says what would be.
        """
        found = cls()
        for part in text.split(" or "):
            term = _TERM.fullmatch(part.strip())
            if term is None:
                raise ValueError(f"must be an amount {EXAMPLES}, not {text!r}")
            number, unit = float(term[1]), term[2]
            if (found.percent if unit == "%" else found.size) is not None:
                raise ValueError(f"must name bytes and per cent once at most, such as 5 GB or 5 %, not {text!r}")
            if unit == "%" and number > 100:
                raise ValueError(f"must be 100 % at most, not {text!r}")
            found = cls(found.size, number) if unit == "%" else cls(round(number * _UNITS[unit]), found.percent)
        return found

    def of(self, whole: int) -> int:
        """Bytes, where the whole has so many."""
        part = None if self.percent is None else int(whole * self.percent / 100)
        return min(bytes_ for bytes_ in (self.size, part) if bytes_ is not None)

    def is_below(self, other: "Amount") -> bool:
        """Whether it is below another, as far as that can be said without knowing the whole."""
        pairs = [(self.size, other.size), (self.percent, other.percent)]
        return all(mine < its for mine, its in pairs if mine is not None and its is not None)

    def __str__(self) -> str:
        terms = []
        if self.size is not None:
            unit = next((name for name, one in reversed(_UNITS.items()) if self.size >= one), "MB")
            terms.append(f"{self.size / _UNITS[unit]:g} {unit}")
        if self.percent is not None:
            terms.append(f"{self.percent:g} %")
        return " or ".join(terms)


NOTHING = Amount(size=0)


def levels_in_force(floor: Amount, resume: Amount, whole: int, least: int) -> tuple[int, int]:
    """Free bytes below which room is made, and up to which.

    Args:
        whole: size of the volume.
        least: free bytes below which nothing is written; room is made before that.
    """
    bottom = max(floor.of(whole), least * 3 // 2)
    top = resume.of(whole)
    return bottom, top if top > bottom else bottom + max(1, least // 2)
