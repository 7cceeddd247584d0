"""Fragmented MP4 as browsers take it piece by piece (ISO/IEC 14496-12, ISO BMFF byte stream format of W3C)."""

import struct
from collections.abc import Sequence
from typing import NamedTuple

from gstnvr.container.box_writing import (
    MATRIX,
    TICKS_PER_S,
    UNDETERMINED_LANGUAGE,
    UNITY,
    box,
    full_box,
    handler,
    media_information,
)
from gstnvr.container.sample_entry import sample_entry
from gstnvr.container.sample_format import SampleFormat

_FILE_TYPE = b"iso5\x00\x00\x02\x00iso5iso6mp41"
_ENABLED = 3
_SYNC, _NOT_SYNC = 0x0200_0000, 0x0101_0000
_BASE_IS_MOOF = 0x02_0000
_RUN_FLAGS = 0x1 | 0x100 | 0x200 | 0x400 | 0x800
"""With the place of the data, and for each sample its length, size, flags and delay."""
_SAMPLE = struct.Struct(">IIIi")
_BOX_HEADER_BYTES = 8
_EMPTY_TABLES = (
    full_box(b"stts", bytes(4)),
    full_box(b"stsc", bytes(4)),
    full_box(b"stsz", bytes(8)),
    full_box(b"stco", bytes(4)),
)


class FragmentSample(NamedTuple):
    """Times in ticks."""

    duration: int
    delay: int
    """From decoding to showing; below 0 where a picture is shown before it would be decoded."""
    key: bool
    data: bytes


class FragmentRun(NamedTuple):
    """Samples of one track that follow each other."""

    track: int
    """Counted from 1, in the order in which ``initialisation`` was given the formats."""
    decode: int
    """When the first is decoded, in ticks."""
    samples: Sequence[FragmentSample]


def initialisation(formats: Sequence[SampleFormat]) -> bytes:
    """What comes in front of all fragments.

    Raises:
        KeyError: MP4 has no description for a codec.
    """
    times = struct.pack(">IIII", 0, 0, TICKS_PER_S, 0)
    rest = struct.pack(">IH10x", UNITY, 0x0100) + MATRIX + bytes(24) + struct.pack(">I", len(formats) + 1)
    numbered = list(enumerate(formats, 1))
    defaults = [full_box(b"trex", struct.pack(">5I", number, 1, 0, 0, 0)) for number, _ in numbered]
    moov = box(
        b"moov",
        full_box(b"mvhd", times, rest),
        *(_trak(number, form) for number, form in numbered),
        box(b"mvex", *defaults),
    )
    return box(b"ftyp", _FILE_TYPE) + moov


def fragment(sequence: int, runs: Sequence[FragmentRun]) -> bytes:
    """``moof`` and ``mdat``.

    Args:
        sequence: one more than that of the fragment before.
        runs: at most one of each track.
    """
    size = len(_moof(sequence, runs, 0))
    data = [sample.data for run in runs for sample in run.samples]
    return _moof(sequence, runs, size + _BOX_HEADER_BYTES) + box(b"mdat", *data)


def _trak(number: int, form: SampleFormat) -> bytes:
    video = form.width > 0
    ids = struct.pack(">IIIII", 0, 0, number, 0, 0)
    place = struct.pack(">8xHHHH", 0, 0, 0 if video else 0x0100, 0)
    size = struct.pack(">II", form.width << 16, form.height << 16)
    media = struct.pack(">IIIIHH", 0, 0, TICKS_PER_S, 0, UNDETERMINED_LANGUAGE, 0)
    tables = box(b"stbl", full_box(b"stsd", struct.pack(">I", 1), sample_entry(form)), *_EMPTY_TABLES)
    return box(
        b"trak",
        full_box(b"tkhd", ids, place, MATRIX, size, flags=_ENABLED),
        box(
            b"mdia",
            full_box(b"mdhd", media),
            handler(video=video),
            media_information(tables, video=video),
        ),
    )


def _moof(sequence: int, runs: Sequence[FragmentRun], data_at: int) -> bytes:
    tracks = []
    for run in runs:
        tracks.append(_traf(run, data_at))
        data_at += sum(len(sample.data) for sample in run.samples)
    return box(b"moof", full_box(b"mfhd", struct.pack(">I", sequence)), *tracks)


def _traf(run: FragmentRun, data_at: int) -> bytes:
    rows = b"".join(
        _SAMPLE.pack(sample.duration, len(sample.data), _SYNC if sample.key else _NOT_SYNC, sample.delay)
        for sample in run.samples
    )
    return box(
        b"traf",
        full_box(b"tfhd", struct.pack(">I", run.track), flags=_BASE_IS_MOOF),
        full_box(b"tfdt", struct.pack(">Q", run.decode), version=1),
        full_box(b"trun", struct.pack(">Ii", len(run.samples), data_at), rows, version=1, flags=_RUN_FLAGS),
    )
