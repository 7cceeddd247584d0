"""What was signed verifies; with one byte changed anywhere it does not, and the file is named."""

import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gstnvr.evidence.export import make_export
from gstnvr.evidence.manifest import MANIFEST, SHEET, SIGNATURE
from gstnvr.evidence.signing import fingerprint, load_or_make_key, public_bytes, sign
from gstnvr.evidence.verify import verify
from gstnvr.testing.clock import SimulatedClock
from tests.rig.evidence_orders import camera_order, make_order, source, utc, write_segment


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An export of two cameras; its files must be as before after each test."""
    folder = tmp_path_factory.mktemp("export")
    segment = write_segment(folder / "segment.mp4")
    cameras = [
        camera_order([source(segment, number, 0, 2000)], camera=name)
        for number, name in enumerate(("yard", "gate"))
    ]
    order = make_order(folder, cameras, 0, 2000)
    make_export(order, SimulatedClock(utc_ns=utc(700_000)), lambda _: None)
    return folder / "made"


@pytest.fixture
def copy(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "copy"))


def problems(folder: Path) -> dict[str, str]:
    return {problem.file: problem.message for problem in verify(folder).problems}


def test_an_export_verifies_and_says_whose_it_is(made: Path) -> None:
    key = load_or_make_key(made.parent / "evidence.key")
    verdict = verify(made)
    assert verdict.good
    assert verdict.fingerprint == fingerprint(public_bytes(key))
    assert verdict.manifest is not None
    assert [camera.camera for camera in verdict.manifest.cameras] == ["yard", "gate"]
    names = {entry.name for entry in verdict.manifest.files}
    assert names | {MANIFEST, SIGNATURE} == {path.name for path in made.iterdir()}
    assert len(names) == 3
    assert SHEET in names


@settings(max_examples=300, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_one_changed_byte_is_found_in_the_file_that_it_is_in(made: Path, data: st.DataObject) -> None:
    path = data.draw(st.sampled_from(sorted(made.iterdir())))
    before = path.read_bytes()
    at = data.draw(st.integers(0, len(before) - 1))
    value = data.draw(st.integers(0, 255).filter(lambda value: value != before[at]))
    try:
        path.write_bytes(before[:at] + bytes([value]) + before[at + 1 :])
        assert list(problems(made)) == [path.name]
    finally:
        path.write_bytes(before)
    assert verify(made).good


def test_every_byte_of_the_signature_counts(copy: Path) -> None:
    path = copy / SIGNATURE
    before = path.read_bytes()
    for at in range(len(before)):
        for changed in (
            before[:at] + bytes([before[at] ^ 0x20]) + before[at + 1 :],
            before[:at] + before[at + 1 :],
        ):
            path.write_bytes(changed)
            assert list(problems(copy)) == [SIGNATURE], at


@pytest.mark.parametrize("name", [MANIFEST, SIGNATURE, SHEET, "yard_main_20261121T120000000Z.mp4"])
def test_a_file_that_is_longer_shorter_or_gone_is_named(copy: Path, name: str) -> None:
    content = (copy / name).read_bytes()
    (copy / name).write_bytes(content + b"\n")
    assert list(problems(copy)) == [name]
    (copy / name).write_bytes(content[:-1])
    assert list(problems(copy)) == [name]
    (copy / name).unlink()
    assert "missing" in problems(copy)[name]


def test_what_does_not_belong_there_is_named(copy: Path) -> None:
    (copy / "more").mkdir()
    (copy / "more" / "evil.mp4").write_bytes(b"x")
    (copy / "link").symlink_to("/etc", target_is_directory=True)
    assert problems(copy) == {
        "link": "is not part of the export",
        "more/evil.mp4": "is not part of the export",
    }


def test_a_link_does_not_pass_for_a_file(copy: Path, tmp_path: Path) -> None:
    video = next(copy.glob("*.mp4"))
    video.rename(tmp_path / "elsewhere.mp4")
    video.symlink_to(tmp_path / "elsewhere.mp4")
    assert list(problems(copy)) == [video.name]


def test_somebody_elses_signature_is_told_by_the_fingerprint_only(copy: Path, tmp_path: Path) -> None:
    ours = verify(copy).fingerprint
    assert ours is not None
    assert verify(copy, ours.upper().replace("SHA256:", "")).good
    forger = load_or_make_key(tmp_path / "forger.key")
    mine, theirs = (
        public_bytes(load_or_make_key(path)).hex() for path in (tmp_path / "forger.key", _key_of(copy))
    )
    manifest = (copy / MANIFEST).read_bytes().replace(theirs.encode(), mine.encode())
    (copy / MANIFEST).write_bytes(manifest)
    (copy / SIGNATURE).write_bytes(sign(forger, manifest))
    assert verify(copy).good
    verdict = verify(copy, ours)
    assert [problem.file for problem in verdict.problems] == [SIGNATURE]
    assert "another key" in verdict.problems[0].message


def _key_of(copy: Path) -> Path:
    """The key of the rig lies beside the original."""
    return next(copy.parent.parent.glob("export*/evidence.key"))


def test_a_folder_that_cannot_be_read_is_no_export(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="nowhere"):
        verify(tmp_path / "nowhere")
    assert problems(tmp_path) == {SIGNATURE: f"is missing in {tmp_path}"}
