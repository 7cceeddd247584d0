"""Any range over any segments: what an export shows is what was recorded, bit for bit and moment for moment."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from gstnvr.evidence.order import SourceSegment
from gstnvr.evidence.reading import first_table
from gstnvr.evidence.source import source_of
from gstnvr.evidence.videos import PlannedVideo, exported_stretches, exported_videos
from gstnvr.evidence.writing import write_video
from gstnvr.model.choices import Container
from gstnvr.model.clock import UtcNs, parse_utc
from tests.rig.made_recordings import MS, MadeFile, MadeSample
from tests.rig.mp4_reader import read_mp4

NOON = parse_utc("2026-11-21T12:00:00Z")
CONFIGS = (b"\x01\x64\x00\x0a\xff\xe0\x00", b"\x01\x64\x00\x0b\xff\xe0\x00")
ORDERS = {"in order": (0, 1, 2, 3), "reordered": (0, 3, 1, 2), "deep": (0, 4, 2, 1, 3)}
"""Of a group's pictures: the n-th that is decoded is shown at this place."""
OPEN_GROUP = (2, 0, 1, 3, 4)
"""The first two are shown before the key frame, and need the group before."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """A picture, or a packet of sound, on the wall clock in milliseconds from noon."""

    start: int
    end: int
    data: bytes
    decodable: bool = True


@dataclass(frozen=True, slots=True)
class Plan:
    """How a segment is made."""

    container: Container
    order: str
    open_groups: bool
    groups: int
    step_ms: int
    hole_ms: int
    """In front of it."""
    config: int
    sound: bool
    pause_after: int | None
    """So many pictures into it the camera paused for two seconds."""


PLANS = st.builds(
    Plan,
    container=st.sampled_from(Container),
    order=st.sampled_from(sorted(ORDERS)),
    open_groups=st.booleans(),
    groups=st.integers(1, 4),
    step_ms=st.sampled_from([40, 66, 200]),
    hole_ms=st.sampled_from([0, 0, 0, 500, 3000]),
    config=st.sampled_from([0, 0, 0, 1]),
    sound=st.sampled_from([True, True, False]),
    pause_after=st.one_of(st.none(), st.none(), st.integers(9, 14)),
)


@dataclass(slots=True)
class World:
    """Segments on a disk, and what is in them."""

    segments: list[SourceSegment]
    pictures: list[list[Recorded]]
    """By segment, in the order in which they are shown."""
    sound: list[list[Recorded]]


def sample_bytes(number: int, size: int) -> bytes:
    """A NAL unit with its length in front; all are different."""
    body = b"\x65" + number.to_bytes(4, "big") + b"\xcd" * size
    return len(body).to_bytes(4, "big") + body


def make(folder: Path, plans: Sequence[Plan]) -> World:
    world = World([], [], [])
    at = number = 0
    for index, plan in enumerate(plans):
        at += plan.hole_ms
        joined = index > 0 and plan.hole_ms == 0
        order = OPEN_GROUP if plan.open_groups and (joined or index == 0) else ORDERS[plan.order]
        shown = _moments(plan, order)
        first_key = shown[0]
        video = []
        for place, show in enumerate(shown):
            number += 1
            video.append(MadeSample(show, sample_bytes(number, number % 7), place % len(order) == 0))
        length = max(shown) + plan.step_ms
        sound = []
        for place in range(length // 20 if plan.sound else 0):
            number += 1
            sound.append(MadeSample(place * 20, number.to_bytes(4, "big") * 3))
        file = MadeFile(plan.container, video, CONFIGS[plan.config], plan.step_ms, sound)
        path = folder / f"{index}.{plan.container}"
        file.write(path)
        start, end = at + first_key, at + length
        if joined:  # the index has the one before end at the key frame
            world.segments[-1] = msgspec.structs.replace(world.segments[-1], end=utc(start))
        world.segments.append(
            SourceSegment(index + 1, str(path), path.name, "v", utc(start), utc(end), growing=False)
        )
        goes_on = joined and (plan.config, plan.sound) == (plans[index - 1].config, plans[index - 1].sound)
        world.pictures.append(_pictures(video, at, length, plan, broken=order is OPEN_GROUP and not goes_on))
        world.sound.append([Recorded(at + one.show, at + one.show + 20, one.data) for one in sound])
        at = end
    return world


def _moments(plan: Plan, order: Sequence[int]) -> list[int]:
    """When pictures are shown, in the order of decoding."""
    places = [group * len(order) + place for group in range(plan.groups) for place in order]
    late = 2000 if plan.pause_after is not None else 0
    after = plan.pause_after or 0
    return [place * plan.step_ms + (late if place >= after else 0) for place in places]


def _pictures(video: Sequence[MadeSample], at: int, length: int, plan: Plan, *, broken: bool) -> list[Recorded]:
    """Each lasts until the next, or as long as usual in front of a pause."""
    in_order = sorted(video, key=lambda one: one.show)
    ends = [one.show for one in in_order[1:]] + [length]
    key = video[0].show
    return [
        Recorded(
            at + one.show,
            at + (one.show + plan.step_ms if end - one.show > 1000 else end),
            one.data,
            not (broken and one.show < key),
        )
        for one, end in zip(in_order, ends, strict=True)
    ]


def utc(ms: int) -> UtcNs:
    return UtcNs(NOON + ms * MS)


def ms_of(at: int) -> float:
    return (at - NOON) / MS


def export(world: World, start: int, end: int, folder: Path) -> list[tuple[PlannedVideo, Path]]:
    sources = [source_of(segment, first_table(segment)) for segment in world.segments]
    made = []
    for number, planned in enumerate(exported_videos(exported_stretches(sources, utc(start), utc(end)))):
        path = folder / f"out{number}.mp4"
        write_video(path, planned.content, lambda _: None)
        made.append((planned, path))
    return made


def expected_pictures(world: World, start: int, end: int) -> list[Recorded]:
    """In view at any moment of the span; a millisecond is no moment."""
    pictures = [one for segment in world.pictures for one in segment]
    return [one for one in pictures if one.end > start + 1 and one.start < end - 1 and one.decodable]


CASES = settings(max_examples=120, suppress_health_check=list(HealthCheck))
STEADY = Plan(Container.MP4, "reordered", False, 3, 40, 0, 0, True, None)


@CASES
@given(st.lists(PLANS, min_size=1, max_size=4), st.integers(-500, 6000), st.integers(20, 8000))
@example([STEADY, STEADY], 100, 500)
@example([STEADY, replace(STEADY, container=Container.MKV)], 470, 40)
@example([STEADY, replace(STEADY, open_groups=True)], 400, 300)
@example([replace(STEADY, groups=4, pause_after=9)], 2400, 200)
def test_what_is_shown_is_what_was_recorded(plans: list[Plan], start: int, length: int) -> None:
    end = start + length
    with TemporaryDirectory() as place:
        world = make(Path(place), plans)
        videos = export(world, start, end, Path(place))
        shown = []
        for planned, path in videos:
            track = read_mp4(path)["vide"]
            assert track.samples[0].key
            assert track.begins == 0
            assert abs(planned.length_ns - track.ends * 1000) <= 1000
            for picture in track.presented:
                assert picture.start >= 0, "a picture in view at the beginning is shown from its beginning"
                shown.append(
                    (ms_of(planned.start) + picture.start / 1000, picture.end - picture.start, picture.data)
                )
        wanted = expected_pictures(world, start, end)
        assert [data for _, _, data in shown] == [one.data for one in wanted]
        for (moment, lasts, _), one in zip(shown, wanted, strict=True):
            assert abs(moment - one.start) < 0.01
            assert abs(lasts / 1000 - (one.end - one.start)) < 0.01


@CASES
@given(st.lists(PLANS, min_size=1, max_size=4), st.integers(-500, 6000), st.integers(20, 8000))
def test_sound_is_in_step_and_unaltered(plans: list[Plan], start: int, length: int) -> None:
    with TemporaryDirectory() as place:
        world = make(Path(place), plans)
        recorded = {one.data: one for segment in world.sound for one in segment}
        for planned, path in export(world, start, start + length, Path(place)):
            tracks = read_mp4(path)
            begin, end = ms_of(planned.start), ms_of(planned.end)
            within = [one for one in recorded.values() if one.end > begin and one.start < end]
            if planned.formats.audio is None:
                assert "soun" not in tracks
                continue
            heard = tracks["soun"].presented if "soun" in tracks else []
            assert [one.data for one in heard] == [one.data for one in within]
            for one in heard:
                assert abs(begin + one.start / 1000 - recorded[one.data].start) < 0.01
            if heard:
                assert abs(tracks["soun"].begins / 1000 - max(0, within[0].start - begin)) < 0.01
                assert abs(tracks["soun"].ends / 1000 - (min(within[-1].end, end) - begin)) < 0.01


@CASES
@given(st.lists(PLANS, min_size=2, max_size=4))
def test_no_file_goes_over_a_hole_or_a_change_of_format(plans: list[Plan]) -> None:
    with TemporaryDirectory() as place:
        world = make(Path(place), plans)
        for planned, _ in export(world, -10_000, 100_000, Path(place)):
            inside = [one for one in planned.origins if one.position_ns > 0]
            for origin in inside:
                plan = plans[origin.segment - 1]
                before = plans[origin.segment - 2]
                assert plan.hole_ms == 0
                assert (plan.config, plan.sound) == (before.config, before.sound)
                assert ms_of(origin.time) == ms_of(planned.start) + origin.position_ns / MS


def test_what_is_stored_and_not_shown_is_no_more_than_decoding_needs(tmp_path: Path) -> None:
    world = make(tmp_path, [replace(STEADY, order="in order", groups=5)])
    ((planned, path),) = export(world, 410, 500, tmp_path)
    samples = read_mp4(path)["vide"].samples
    assert [sample.start // 1000 for sample in samples] == [-80, -40, 0, 40, 80]
    assert ms_of(planned.stored_from) == 320
    assert ms_of(planned.start) == 400


def test_pictures_whose_reference_was_not_recorded_are_left_out_and_that_is_said(tmp_path: Path) -> None:
    world = make(tmp_path, [replace(STEADY, open_groups=True)])
    ((planned, _),) = export(world, -100, 1000, tmp_path)
    assert planned.starts_late
    assert planned.start == world.segments[0].start
