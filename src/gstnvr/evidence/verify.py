"""Whether an exported folder is as it was when it was signed, down to the byte."""

import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from gstnvr.evidence.manifest import MANIFEST, SIGNATURE, FileEntry, Manifest, ManifestError, decode
from gstnvr.evidence.signing import SignatureError, fingerprint, read_signature, same_fingerprint

_MAX_MANIFEST_BYTES = 256 << 20
_MAX_SIGNATURE_BYTES = 4096
_PIECE_BYTES = 4 << 20


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that is not as it was."""

    file: str
    message: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a check."""

    problems: tuple[Problem, ...]
    fingerprint: str | None
    """Of the key that signed; None where the signature is not right."""
    manifest: Manifest | None
    """None where it is not what was signed."""

    @property
    def good(self) -> bool:
        return not self.problems


def _nobody(_done: int, _total: int) -> None:
    pass


def verify(folder: Path, expected: str | None = None, tell: Callable[[int, int], None] = _nobody) -> Verdict:
    """Check every file of an export.

    Args:
        expected: fingerprint of the key that must have signed it; None: whichever did.
        tell: told again and again how many bytes of how many have been read.

    Raises:
        OSError: the folder cannot be read.
    """
    there = _files(folder)
    try:
        signature = read_signature(_read(folder, SIGNATURE, there, _MAX_SIGNATURE_BYTES))
        signer = fingerprint(signature.public_key)
    except (SignatureError, FileNotFoundError) as error:
        return Verdict((Problem(SIGNATURE, str(error)),), None, None)
    if expected is not None and not same_fingerprint(expected, signer):
        return Verdict((Problem(SIGNATURE, f"is by another key: {signer}"),), signer, None)
    try:
        data = _read(folder, MANIFEST, there, _MAX_MANIFEST_BYTES)
        if hashlib.sha256(data).hexdigest() != signature.digest:
            return Verdict((Problem(MANIFEST, "was changed: it is not what was signed"),), signer, None)
        manifest = decode(data)
    except (ManifestError, FileNotFoundError) as error:
        return Verdict((Problem(MANIFEST, str(error)),), signer, None)
    problems = _compare(folder, there, manifest, tell)
    if manifest.public_key != signature.public_key.hex():
        problems.append(Problem(MANIFEST, "names another key than the one that signed it"))
    return Verdict(tuple(problems), signer, manifest)


def _files(folder: Path) -> dict[str, Path]:
    """Everything in a folder that is no folder itself, by its name with ``/``."""
    found = {}
    for place, folders, names in os.walk(folder, onerror=_refuse):
        links = [name for name in folders if (Path(place) / name).is_symlink()]
        for name in [*names, *links]:
            path = Path(place) / name
            found[path.relative_to(folder).as_posix()] = path
    return found


def _refuse(error: OSError) -> None:
    raise error


def _read(folder: Path, name: str, there: dict[str, Path], limit: int) -> bytes:
    if name not in there:
        raise FileNotFoundError(f"is missing in {folder}")
    with there[name].open("rb") as file:
        return file.read(limit)


def _compare(
    folder: Path, there: dict[str, Path], manifest: Manifest, tell: Callable[[int, int], None]
) -> list[Problem]:
    expected = {entry.name: entry for entry in manifest.files}
    problems = [Problem(name, f"is missing in {folder}") for name in sorted(expected.keys() - there.keys())]
    extra = there.keys() - expected.keys() - {MANIFEST, SIGNATURE}
    problems += [Problem(name, "is not part of the export") for name in sorted(extra)]
    total, before = sum(entry.size for entry in manifest.files), 0
    for name in sorted(expected.keys() & there.keys()):
        problem = _problem_of(there[name], expected[name], partial(_tell_more, tell, before, total))
        before += expected[name].size
        if problem is not None:
            problems.append(Problem(name, problem))
    return problems


def _tell_more(tell: Callable[[int, int], None], before: int, total: int, done: int) -> None:
    tell(before + done, total)


def _problem_of(path: Path, entry: FileEntry, tell: Callable[[int], None]) -> str | None:
    if path.is_symlink() or not path.is_file():
        return "is a link or no ordinary file"
    size = path.stat().st_size
    if size != entry.size:
        return f"was changed: it has {size} bytes, not {entry.size}"
    try:
        found = _digest(path, tell)
    except OSError as error:
        return f"cannot be read: {error.strerror}"
    return None if found == entry.sha256 else "was changed: its content is not what was signed"


def _digest(path: Path, tell: Callable[[int], None]) -> str:
    digest, done = hashlib.sha256(), 0
    with path.open("rb") as file:
        while piece := file.read(_PIECE_BYTES):
            digest.update(piece)
            done += len(piece)
            tell(done)
    return digest.hexdigest()
