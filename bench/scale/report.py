"""Figures of large archives as tables for the document."""

from collections.abc import Sequence

from bench.report import rows_to_table
from bench.scale.archive import Shape
from bench.scale.asking import Answers
from bench.scale.crowd import CAMERAS, FILE_BYTES, Crowd, Stretch
from bench.scale.measuring import Measured

_MB = 1 << 20


def table(results: Sequence[Measured], shape: Shape, recorded: int) -> str:
    """Each line a figure, each column a database."""
    rows: list[tuple[str, ...]] = [("", "wanted", *(result.database for result in results))]

    def add(name: str, wanted: str, figures: Sequence[str]) -> None:
        rows.append((name, wanted, *figures))

    starts = [result.start for result in results]
    add("API answers", "60 s", [f"{start.answers:.1f} s" for start in starts])
    add("first camera is recorded", "5 s", [f"{start.first_recorded:.1f} s" for start in starts])
    add(f"all {recorded} cameras are recorded", "", [f"{start.all_recorded:.1f} s" for start in starts])
    add("forecast is known", "", [f"{start.foreseen:.1f} s" for start in starts])
    add("all files compared with the index", "60 s", [f"{start.reconciled:.1f} s" for start in starts])
    add("supervisor's memory then (PSS)", "", [f"{start.memory / _MB:.0f} MB" for start in starts])
    for number, (name, _) in enumerate(results[0].answers):
        wanted = "p99 20 ms" if number == 0 else ""
        add(name, wanted, [_answers(result.answers[number][1]) for result in results])
    add("`gstnvr storage plan`", "", [f"{result.plan_shown_s:.1f} s" for result in results])
    add("retention: planned", "5 s", [f"{result.retention.planned_s:.2f} s" for result in results])
    add(
        "retention: deleted",
        "",
        [f"{result.retention.deleted} segments in {result.retention.deleted_s:.2f} s" for result in results],
    )
    add("longest batch of them", "", [f"{result.retention.longest_batch_s:.2f} s" for result in results])
    add(
        "database, for each million segments",
        "",
        [f"{result.bytes_used / _MB * 1e6 / shape.segments:.0f} MB" for result in results],
    )
    return f"{_what(shape)}\n\n{rows_to_table(rows)}"


def _what(shape: Shape) -> str:
    faults = shape.cameras * shape.days * shape.faults_per_day
    return (
        f"{shape.segments:,} segments of {shape.cameras} cameras on two volumes, and of {shape.days} days"
        f" {faults:,} faults (each an incident, an outage and a gap) with what was deleted between them."
        " Answers: p50 / p99 over one connection (CPU time of the supervisor for each)."
    )


def _answers(found: Answers) -> str:
    return f"{found.p50:.1f} / {found.p99:.1f} ms ({found.cpu:.1f} ms)"


def crowd_table(found: Crowd) -> str:
    """Recording alone and beside the deletion."""
    rows = [
        ("", "seconds", "longest write and sync of 64 kB", "most media waiting in memory"),
        _stretch("recording alone", found.alone),
        _stretch(f"{found.files:,} files deleted", found.deleting),
    ]
    return (
        f"{CAMERAS} cameras recorded to an ext4 on a loop device, files of {FILE_BYTES >> 10} kB deleted there in"
        f" batches as retention does it (longest: {found.longest_batch_s:.2f} s). Of {found.recorded:,} units of"
        f" video and audio {found.flawed} are missing, doubled or altered; {found.gaps} gaps"
        " between the first picture and the last."
        f"\n\n{rows_to_table(rows)}"
    )


def _stretch(name: str, stretch: Stretch) -> tuple[str, ...]:
    return (
        name,
        f"{stretch.seconds:.0f}",
        f"{stretch.longest_sync_s * 1000:.0f} ms",
        f"{stretch.most_waiting_s:.1f} s",
    )
