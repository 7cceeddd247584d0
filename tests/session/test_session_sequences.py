"""Sequences of faults in a simulated world, which checks the books of every stream at every step."""

import random
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gstnvr.config.settings import SessionSettings
from gstnvr.media.messages import Buffering, FramesDropped, MediaMessage, Role
from gstnvr.model.choices import Route
from gstnvr.model.ids import Generation
from gstnvr.model.status import SessionPhase
from gstnvr.session import inputs, machine
from gstnvr.session.backoff import UNAUTHORIZED_SPREAD
from gstnvr.testing import session_table
from gstnvr.testing.session_books import check_state
from gstnvr.testing.session_world import STORMS, Camera, SessionWorld, Stopping, Stream

LONGEST_WAIT_S = 60 * (1 + UNAUTHORIZED_SPREAD)
CONNECT_S = 20.0
STOP_S = 6.0
LONGEST_RETURN_S = 60 * 64 + 30

SETTINGS = [
    SessionSettings(),
    SessionSettings(reconnect_jitter=False),
    SessionSettings(quick_retry_s=0, frame_timeout_s=0.8, healthy_after_s=0),
    SessionSettings(reconnect_delay_s=0.1, reconnect_max_delay_s=3, max_reconnect_attempts=1),
    SessionSettings(frame_timeout_s=20, first_frame_timeout_s=3, quick_retry_s=60, stop_timeout_s=0.5),
    SessionSettings(fallback_after_attempts=1, fallback_return_s=5, buffering_grace_s=3),
]

Action = Callable[[SessionWorld, Stream], None]


def _camera(camera: Camera, storm: str) -> Action:
    return lambda world, stream: world.set_camera(stream, camera, storm)


def _drop(storm: str) -> Action:
    return lambda world, stream: world.drop_connection(stream, storm)


def _stopping(stopping: Stopping) -> Action:
    return lambda _world, stream: setattr(stream, "stopping", stopping)


def _http(camera: Camera) -> Action:
    return lambda _world, stream: setattr(stream, "http", camera)


def _say(message: MediaMessage, times: int) -> Action:
    def say(world: SessionWorld, stream: Stream) -> None:
        for _ in range(times):
            world.say(stream, message)

    return say


def _order(event: inputs.Input) -> Action:
    return lambda world, stream: world.give(stream, event)


def _settings(index: int, reconnect: bool) -> Action:
    def change(world: SessionWorld, stream: Stream) -> None:
        world.give(stream, inputs.SettingsChanged(SETTINGS[index], reconnect, stream.state.routes))

    return change


def _stale(index: int) -> Action:
    def repeat(world: SessionWorld, stream: Stream) -> None:
        event = list(session_table.EVENTS.values())[index](
            Generation(stream.state.generation - 1), world.clock.monotonic()
        )
        if isinstance(event, inputs.FromGeneration) and not isinstance(event, inputs.SlotGranted):
            world.give(stream, event)

    return repeat


ROUTES = [(Route.RTSP,), (Route.RTSP, Route.HTTP)]
HARMLESS: list[MediaMessage] = [Buffering(5), Buffering(60), Buffering(100), FramesDropped(Role.SOURCE)]

storms = st.sampled_from(sorted(STORMS))
actions: st.SearchStrategy[Action] = st.one_of(
    st.builds(_camera, st.sampled_from(Camera), storms),
    st.builds(_camera, st.just(Camera.UP), storms),
    st.builds(_drop, storms),
    st.builds(_stopping, st.sampled_from(Stopping)),
    st.builds(_http, st.sampled_from(Camera)),
    st.builds(_say, st.sampled_from(HARMLESS), st.sampled_from([1, 15])),
    st.builds(_order, st.sampled_from([inputs.Start(), inputs.Stop()])),
    st.builds(_settings, st.integers(0, len(SETTINGS) - 1), st.booleans()),
    st.builds(_stale, st.integers(0, len(session_table.EVENTS) - 1)),
)
pauses = st.sampled_from([0.0, 0.01, 0.05, 0.5, 1.0, 2.0, 7.0, 31.0, 60.0]) | st.floats(0, 40)
stories = st.lists(st.tuples(st.integers(0, 2), actions, pauses), min_size=5, max_size=25)


def end_all_faults(world: SessionWorld) -> None:
    for stream in world.streams:
        world.set_camera(stream, Camera.UP)
        stream.stopping, stream.http = Stopping.CLEAN, Camera.UP
        world.give(stream, inputs.Start())


def check_recovery_and_stop(world: SessionWorld) -> None:
    """Once faults end every stream is back within the longest wait; once told to stop it is idle."""
    end_all_faults(world)
    world.run(LONGEST_WAIT_S + CONNECT_S)
    assert world.all_in(SessionPhase.STREAMING), [stream.state for stream in world.streams]
    back = world.clock.monotonic()
    while any(stream.state.route is not Route.RTSP for stream in world.streams):
        world.run(20)
        assert world.clock.monotonic() - back <= LONGEST_RETURN_S
    world.run(61)
    for stream in world.streams:
        assert not stream.books.notices
        assert (stream.state.attempts, stream.books.incident, stream.books.slots) == (0, None, set())
        world.give(stream, inputs.Stop())
    world.run(STOP_S)
    assert world.all_in(SessionPhase.IDLE)
    assert all(stream.books.live_source is None for stream in world.streams)


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(story=stories, seed=st.integers(0, 2**32), slots=st.integers(1, 3), which=st.integers(0, 1))
def test_streams_always_come_back_once_faults_end(
    story: list[tuple[int, Action, float]], seed: int, slots: int, which: int
) -> None:
    world = SessionWorld(streams=3, slots=slots, seed=seed, settings=SETTINGS[which], routes=ROUTES[which])
    for stream in world.streams:
        world.give(stream, inputs.Start())
    for index, action, pause in story:
        action(world, world.streams[index])
        world.run(pause)

    check_recovery_and_stop(world)


def run_random_world(seed: int) -> SessionWorld:
    chance = random.Random(seed)
    settings = chance.choice([*SETTINGS[:3], SETTINGS[5]])
    world = SessionWorld(
        streams=3, slots=chance.randint(1, 3), seed=seed, settings=settings, routes=chance.choice(ROUTES)
    )
    for stream in world.streams:
        world.give(stream, inputs.Start())
    for _ in range(60):
        stream = chance.choice(world.streams)
        action = chance.choices(
            [
                _camera(chance.choice(list(Camera)), chance.choice(sorted(STORMS))),
                _camera(Camera.UP, "killed"),
                _drop(chance.choice(sorted(STORMS))),
                _stopping(chance.choice(list(Stopping))),
                _order(inputs.Start() if chance.random() < 0.67 else inputs.Stop()),
                _settings(chance.randrange(len(SETTINGS)), chance.random() < 0.5),
                _stale(chance.randrange(len(session_table.EVENTS))),
                _http(chance.choice(list(Camera))),
                _say(chance.choice(HARMLESS), chance.choice([1, 15])),
            ],
            [8, 4, 4, 2, 1, 1, 2, 3, 4],
        )[0]
        action(world, stream)
        world.run(chance.choice([0, 0.01, 0.1, 1, 1, 5, 12, 33, 60 * chance.random()]))
    check_recovery_and_stop(world)
    return world


def run_random_worlds(at_least: int, first_seed: int) -> dict[str, int]:
    """Steps by kind of input, ``at_least`` so many of them."""
    steps: dict[str, int] = {}
    seed = first_seed
    while sum(steps.values()) < at_least:
        for kind, number in run_random_world(seed).steps_of.items():
            steps[kind] = steps.get(kind, 0) + number
        seed += 1
    return steps


def test_fifty_thousand_steps_of_faults() -> None:
    steps = run_random_worlds(50_000, first_seed=1)

    assert sum(steps.values()) >= 50_000
    assert set(steps) == {type(make(Generation(1), 0.0)).__name__ for make in session_table.EVENTS.values()}


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_two_million_steps_of_faults() -> None:
    steps = run_random_worlds(2_000_000, first_seed=1_000_000)

    print(f"{sum(steps.values())} steps: {steps}")
    assert sum(steps.values()) >= 2_000_000
    assert sum(number for kind, number in steps.items() if kind != "Frames") >= 200_000


@given(
    events=st.lists(
        st.tuples(st.sampled_from(list(session_table.EVENTS)), st.integers(-1, 0), st.floats(0, 70)), max_size=40
    )
)
def test_inputs_in_any_order_leave_a_consistent_state(events: list[tuple[str, int, float]]) -> None:
    state, now = machine.initial(SessionSettings()), 0.0
    for name, age, pause in events:
        now += pause
        event = session_table.EVENTS[name](Generation(state.generation + age), now)
        state, _ = machine.step(state, event, now, lambda: 0.5)
        check_state(state)


def test_a_camera_that_comes_back_within_the_quick_attempts_streams_within_two_seconds() -> None:
    for absence in (0.5, 2.0, 5.0, 9.9):
        for camera in (Camera.REFUSING, Camera.UNREACHABLE):
            world = SessionWorld(seed=int(absence * 10))
            [stream] = world.streams
            world.give(stream, inputs.Start())
            world.run(40)
            world.drop_connection(stream, "killed")
            world.set_camera(stream, camera)
            world.run(absence)
            assert not world.all_in(SessionPhase.STREAMING)
            world.set_camera(stream, Camera.UP)

            world.run(2)

            assert world.all_in(SessionPhase.STREAMING), (absence, camera)


def test_a_camera_that_comes_back_later_streams_within_the_delay_in_force() -> None:
    for seed in range(20):
        world = SessionWorld(seed=seed)
        [stream] = world.streams
        world.give(stream, inputs.Start())
        world.run(40)
        world.set_camera(stream, Camera.REFUSING)
        world.run(40)
        world.set_camera(stream, Camera.UP)
        in_force = (stream.state.retry_at or world.clock.monotonic()) - world.clock.monotonic()

        world.run(in_force + 1)

        assert stream.state.phase is SessionPhase.STREAMING


def test_many_cameras_that_come_back_together_connect_a_few_at_a_time() -> None:
    world = SessionWorld(streams=64, slots=8)
    for stream in world.streams:
        world.give(stream, inputs.Start())
    world.run(40)
    assert world.all_in(SessionPhase.STREAMING)
    for stream in world.streams:
        world.set_camera(stream, Camera.UNREACHABLE)
    world.run(120)
    for stream in world.streams:
        world.set_camera(stream, Camera.UP)
    back = world.clock.monotonic()

    world.run(61 + CONNECT_S)

    assert world.all_in(SessionPhase.STREAMING)
    assert world.most_slots_held <= 8
    per_second: dict[int, int] = {}
    for stream in world.streams:
        at = stream.books.requested[-1][0]
        assert at >= back - 60
        per_second[int(at)] = per_second.get(int(at), 0) + 1
    assert max(per_second.values()) <= 24, "the back-off did not spread them"


def test_incidents_are_counted_once_for_each_outage() -> None:
    world = SessionWorld()
    [stream] = world.streams
    world.give(stream, inputs.Start())
    world.run(40)
    for storm in sorted(STORMS):
        world.drop_connection(stream, storm)
        world.run(40)

    assert stream.books.incidents == len(STORMS)
    assert stream.state.reconnects == len(STORMS)
    assert stream.books.incident is None


def test_only_a_lasting_outage_becomes_critical() -> None:
    world = SessionWorld()
    [stream] = world.streams
    world.give(stream, inputs.Start())
    world.run(40)
    world.set_camera(stream, Camera.REFUSING)
    world.run(15)
    assert stream.books.became_critical == 0

    world.run(3600)

    assert stream.books.became_critical == 1
