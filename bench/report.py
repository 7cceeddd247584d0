"""Figures to tables, and tables into the document, between marks that a person leaves alone."""

import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from bench.errors import BenchError
from bench.rounds import Figures


@dataclass(frozen=True, slots=True)
class Case:
    """Rounds of several recorders under the same circumstances."""

    cameras: int
    paced: bool
    rounds: Mapping[str, Sequence[Figures]]
    """By name of the recorder."""

    @property
    def packets(self) -> str:
        """How the cameras send."""
        return "paced" if self.paced else "burst"


def comparison(cases: Sequence[Case], ours: str, reference: str) -> str:
    """Each line a case: CPU and memory of both, and how they compare."""
    rows = [
        (
            "packets",
            "cameras",
            f"CPU {reference}",
            f"CPU {ours}",
            "ratio",
            f"PSS {reference}",
            f"PSS {ours}",
            "ratio",
        ),
        *(
            (
                case.packets,
                str(case.cameras),
                _spread(case.rounds[reference], _cpu),
                _spread(case.rounds[ours], _cpu),
                _ratio(case.rounds[ours], case.rounds[reference], _cpu),
                _spread(case.rounds[reference], _pss),
                _spread(case.rounds[ours], _pss),
                _ratio(case.rounds[ours], case.rounds[reference], _pss),
            )
            for case in cases
        ),
    ]
    return rows_to_table(rows)


def listing(cases: Sequence[Case]) -> str:
    """Each line a recorder in a case: CPU, memory and storage."""
    rows = [
        ("packets", "cameras", "what", "CPU", "PSS", "storage"),
        *(
            (
                case.packets,
                str(case.cameras),
                name,
                _spread(rounds, _cpu),
                _spread(rounds, _pss),
                f"{_median(rounds, _stored):.0f}",
            )
            for case in cases
            for name, rounds in case.rounds.items()
        ),
    ]
    return rows_to_table(rows)


def circumstances(cases: Sequence[Case]) -> str:
    """What could have spoilt the figures."""
    rounds = [figures for case in cases for each in case.rounds.values() for figures in each]
    late = max(figures.worst_late_ms for figures in rounds)
    busy = statistics.median(figures.others_share for figures in rounds)
    return (
        f"Besides the recorder {busy:.0%} of the machine's CPU was in use (median), simulated cameras included;"
        f" no packet was sent more than {late:.0f} ms late."
    )


def replace_part(document: str, part: str, text: str) -> str:
    """Put a text between the marks ``<!-- part -->`` and ``<!-- end of part -->``.

    Raises:
        BenchError: the document lacks the marks.
    """
    begin, end = f"<!-- {part} -->\n", f"<!-- end of {part} -->"
    head, found_begin, rest = document.partition(begin)
    _, found_end, tail = rest.partition(end)
    if not found_begin or not found_end:
        raise BenchError(f"the document has no place for the figures: it needs {begin.strip()} and {end}")
    return f"{head}{begin}\n{text.strip()}\n\n{end}{tail}"


def _cpu(figures: Figures) -> float:
    return figures.cpu_s_per_camera_hour


def _pss(figures: Figures) -> float:
    return figures.pss_mb_per_camera


def _stored(figures: Figures) -> float:
    return figures.stored_mb_per_camera_hour


def _median(rounds: Sequence[Figures], pick: Callable[[Figures], float]) -> float:
    return statistics.median(pick(figures) for figures in rounds)


def _spread(rounds: Sequence[Figures], pick: Callable[[Figures], float]) -> str:
    values = [pick(figures) for figures in rounds]
    spread = f" ({min(values):.1f} to {max(values):.1f})" if len(values) > 1 else ""
    return f"{statistics.median(values):.1f}{spread}"


def _ratio(ours: Sequence[Figures], theirs: Sequence[Figures], pick: Callable[[Figures], float]) -> str:
    return f"{_median(ours, pick) / _median(theirs, pick):.2f}"


def rows_to_table(rows: Sequence[Sequence[str]]) -> str:
    """In Markdown; the first row is the head."""
    head, *body = (f"| {' | '.join(row)} |" for row in rows)
    return "\n".join([head, f"|{'---|' * len(rows[0])}", *body])
