"""Measures what recording costs: ``scripts/bench --help``."""

import argparse
import asyncio
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from bench.clip import clip
from bench.errors import BenchError
from bench.machine import describe_machine
from bench.peers import Ffmpeg, Peer
from bench.recorder_peer import RecorderPeer, Variant
from bench.report import Case, circumstances, comparison, listing, replace_part
from bench.rounds import Figures, Timing, play_round
from gstnvr.config.settings import RecordingSettings
from gstnvr.lab.simulated_cameras import SimulatedCameras
from gstnvr.model.choices import G711
from tests.repository.lints import ROOT

DOCUMENT = ROOT / "docs/ref/performance.md"
WARM_UP_S = RecordingSettings().ring_s + 5
"""The ring must be full."""
_AUDIO_CAMERAS = (8,)
_AUDIO_NAMES = {
    G711.DROP: "dropped",
    G711.OPUS: "opus: encoded, in MP4",
    G711.MKV: "mkv: bit for bit, in Matroska",
}


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be measured."""

    cameras: Sequence[int]
    pacing: Sequence[bool]
    rounds: int
    timing: Timing
    audio: bool


def main(arguments: Sequence[str]) -> int:
    """Measure, print, and write the document; the exit code."""
    options = _parser().parse_args(arguments)
    try:
        plan = _plan(options)
        cases = asyncio.run(_measure(plan))
        text = _render(plan, cases)
        print(f"\n{text}")
        if not options.quick:
            part = "G.711 figures" if plan.audio else "figures"
            DOCUMENT.write_text(replace_part(DOCUMENT.read_text(), part, text))
            print(f"\nwritten to {DOCUMENT.relative_to(ROOT)}")
    except BenchError as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="scripts/bench",
        description="Compare the recorder with 'ffmpeg -c copy' on the same simulated cameras, in turns.",
    )
    parser.add_argument("--cameras", metavar="N,…", help="how many at once (default: 1,8,32; 8 with --audio)")
    parser.add_argument("--rounds", type=int, default=3, help="turns of each recorder (default: 3)")
    parser.add_argument("--seconds", type=float, default=40, help="measured in each turn (default: 40)")
    parser.add_argument("--packets", choices=("paced", "burst"), help="only this way of sending")
    parser.add_argument("--audio", action="store_true", help="compare what may become of G.711 audio instead")
    parser.add_argument("--quick", action="store_true", help="8 cameras, one turn of 10 s, nothing written")
    return parser


def _plan(options: argparse.Namespace) -> Plan:
    default = _AUDIO_CAMERAS if options.audio else (1, 8, 32)
    cameras = _numbers(options.cameras) if options.cameras else (8,) if options.quick else default
    pacing = [options.packets == "paced"] if options.packets else [True, False]
    if options.quick:
        return Plan(cameras, pacing, 1, Timing(WARM_UP_S, 10), options.audio)
    return Plan(cameras, pacing, options.rounds, Timing(WARM_UP_S, options.seconds), options.audio)


def _numbers(text: str) -> Sequence[int]:
    try:
        return [int(word) for word in text.split(",")]
    except ValueError:
        raise BenchError(f"--cameras takes numbers with commas between them, not {text!r}") from None


def _peers(plan: Plan) -> Sequence[Peer]:
    if plan.audio:
        return [RecorderPeer(Variant(name=name, g711=choice)) for choice, name in _AUDIO_NAMES.items()]
    return [Ffmpeg(), RecorderPeer()]


async def _measure(plan: Plan) -> Sequence[Case]:
    source = str(clip(audio=plan.audio))
    names = [f"cam{number:02}" for number in range(1, max(plan.cameras) + 1)]
    cases = []
    for paced in plan.pacing:
        with SimulatedCameras(dict.fromkeys(names, source), *(["--paced"] if paced else [])) as cameras:
            for count in plan.cameras:
                case = await _turns(plan, cameras, names[:count], paced=paced)
                cases.append(case)
    return cases


async def _turns(plan: Plan, cameras: SimulatedCameras, names: Sequence[str], *, paced: bool) -> Case:
    rounds: dict[str, list[Figures]] = {}
    case = Case(len(names), paced, rounds)
    for number in range(1, plan.rounds + 1):
        for peer in _peers(plan):
            figures = await play_round(peer, cameras, names, plan.timing)
            rounds.setdefault(peer.name, []).append(figures)
            print(
                f"{case.packets}, {len(names)} cameras, round {number}, {peer.name}: {_summary(figures)}",
                flush=True,
            )
    return case


def _summary(figures: Figures) -> str:
    return (
        f"{figures.cpu_s_per_camera_hour:.1f} CPU-s per camera-hour,"
        f" {figures.pss_mb_per_camera:.1f} MB PSS per camera"
        f" ({figures.others_share:.0%} CPU used by others, packets up to {figures.worst_late_ms:.0f} ms late)"
    )


def _render(plan: Plan, cases: Sequence[Case]) -> str:
    table = listing(cases) if plan.audio else comparison(cases, "gstnvr", "ffmpeg")
    turns = (
        f"{plan.rounds} turns of {plan.timing.measured:g} s each after {plan.timing.warm_up:g} s of warm-up;"
        " median (lowest to highest)."
    )
    units = "CPU in CPU-seconds per camera-hour, PSS in MB per camera" + (
        ", storage in MB per camera-hour." if plan.audio else "."
    )
    return f"{describe_machine()}\n\n{turns} {units} {circumstances(cases)}\n\n{table}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
