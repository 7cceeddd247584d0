"""How long answers take that people wait for."""

import random
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from http.client import HTTPConnection

from bench.scale.archive import DAY_NS, SEGMENT_NS, Shape
from bench.scale.running import Supervised, answer
from gstnvr.model.clock import NS_PER_S, UtcNs


@dataclass(frozen=True, slots=True)
class Answers:
    """Of one kind, over one connection, one after the other; milliseconds."""

    count: int
    p50: float
    p99: float
    cpu: float
    """Of the supervisor, on average: what the time would be if nobody else used the machine."""


def timeline_of_a_day(running: Supervised, shape: Shape, end: UtcNs, count: int) -> Answers:
    """``/recordings`` of random cameras and days of which segments are left."""
    kept_ns = shape.segments // shape.cameras * SEGMENT_NS

    def path(chance: random.Random) -> str:
        start = UtcNs(end - DAY_NS - chance.randrange(max(1, kept_ns - DAY_NS)))
        return f"/api/v1/recordings?camera={_camera(chance, shape)}&{_span(start, UtcNs(start + DAY_NS))}"

    return _ask(running, path, count)


def incidents_of_a_day(running: Supervised, shape: Shape, end: UtcNs, count: int) -> Answers:
    """``/incidents`` of random cameras and days of the whole time."""

    def path(chance: random.Random) -> str:
        start = UtcNs(end - DAY_NS - chance.randrange((shape.days - 1) * DAY_NS))
        return f"/api/v1/incidents?camera={_camera(chance, shape)}&{_span(start, UtcNs(start + DAY_NS))}"

    return _ask(running, path, count)


def incidents_of_all(running: Supervised, shape: Shape, end: UtcNs, count: int) -> Answers:
    """``/incidents`` of random days of the whole time, of all cameras."""

    def path(chance: random.Random) -> str:
        start = UtcNs(end - DAY_NS - chance.randrange((shape.days - 1) * DAY_NS))
        return f"/api/v1/incidents?{_span(start, UtcNs(start + DAY_NS))}"

    return _ask(running, path, count)


def gaps_of_a_year(running: Supervised, shape: Shape, end: UtcNs, count: int) -> Answers:
    """``/cameras/{camera}/gaps`` by day over the whole time, of random cameras."""
    span = _span(UtcNs(end - shape.days * DAY_NS), end)

    def path(chance: random.Random) -> str:
        return f"/api/v1/cameras/{_camera(chance, shape)}/gaps?{span}&zone=Europe/Berlin&limit=100"

    return _ask(running, path, count)


def gaps_of_all_cameras(running: Supervised, _: Shape, end: UtcNs, count: int) -> Answers:
    """``/gaps`` over the last day."""
    span = _span(UtcNs(end - DAY_NS), end)
    return _ask(running, lambda _chance: f"/api/v1/gaps?{span}", count)


def page_of_segments(running: Supervised, shape: Shape, end: UtcNs, count: int) -> Answers:
    """``/segments`` from random moments on, 100 of them."""
    kept_ns = shape.segments // shape.cameras * SEGMENT_NS

    def path(chance: random.Random) -> str:
        start = UtcNs(end - chance.randrange(kept_ns))
        return f"/api/v1/segments?camera={_camera(chance, shape)}&{_span(start, None)}"

    return _ask(running, path, count)


def _ask(running: Supervised, path: Callable[[random.Random], str], count: int) -> Answers:
    chance = random.Random(1)
    paths = [path(chance) for _ in range(count)]
    times = []
    connection = HTTPConnection("127.0.0.1", running.port, timeout=60)
    headers = running.headers()
    before = running.process.cpu_times()
    for one in paths:
        began = time.perf_counter()
        answer(connection, one, headers)
        times.append((time.perf_counter() - began) * 1000)
    after = running.process.cpu_times()
    connection.close()
    cpu = (after.user + after.system - before.user - before.system) * 1000 / count
    return Answers(count, statistics.median(times), _percentile(times, 99), cpu)


def _percentile(values: Sequence[float], percent: int) -> float:
    return sorted(values)[max(0, -(-len(values) * percent // 100) - 1)]


def _camera(chance: random.Random, shape: Shape) -> str:
    return chance.choice(shape.streams).camera


def _span(start: UtcNs, end: UtcNs | None) -> str:
    span = f"from={_time(start)}"
    return span if end is None else f"{span}&to={_time(end)}"


def _time(at: UtcNs) -> str:
    return f"{datetime.fromtimestamp(at // NS_PER_S, UTC):%Y-%m-%dT%H:%M:%SZ}"
