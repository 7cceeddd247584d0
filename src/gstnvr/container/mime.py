"""How browsers are told what is in an MP4 stream (RFC 6381, ISO/IEC 14496-15 annex E)."""

import struct
from collections.abc import Callable, Mapping, Sequence
from itertools import dropwhile

from gstnvr.container.facts import MalformedError
from gstnvr.container.sample_format import SampleFormat

_ESCAPED_TYPE = 31


def mp4_mime(formats: Sequence[SampleFormat]) -> str:
    """Media type with codecs.

    Raises:
        MalformedError: the configuration of a codec is cut off.
        KeyError: browsers play that codec in no MP4 file.
    """
    return f'video/mp4; codecs="{",".join(map(codec_string, formats))}"'


def codec_string(form: SampleFormat) -> str:
    """One codec of the list.

    Raises:
        MalformedError: the configuration of the codec is cut off.
        KeyError: browsers play that codec in no MP4 file.
    """
    try:
        return _STRINGS[form.codec](form.config)
    except (struct.error, IndexError):
        raise MalformedError(f"the configuration of {form.codec} is cut off") from None


def _avc(config: bytes) -> str:
    profile, constraints, level = struct.unpack_from(">BBB", config, 1)
    return f"avc1.{profile:02x}{constraints:02x}{level:02x}"


def _hevc(config: bytes) -> str:
    profile, compatibility, constraints, level = struct.unpack_from(">BI6sB", config, 1)
    space = ("", "A", "B", "C")[profile >> 6]
    tier = "H" if profile & 0x20 else "L"
    reversed_bits = int(f"{compatibility:032b}"[::-1], 2)
    told = bytes(reversed(list(dropwhile(lambda byte: byte == 0, reversed(constraints)))))
    parts = [
        f"hvc1.{space}{profile & 0x1F}",
        f"{reversed_bits:X}",
        f"{tier}{level}",
        *(f"{byte:X}" for byte in told),
    ]
    return ".".join(parts)


def _aac(config: bytes) -> str:
    kind = config[0] >> 3
    if kind == _ESCAPED_TYPE:
        kind = 32 + ((config[0] & 7) << 3 | config[1] >> 5)
    return f"mp4a.40.{kind}"


_STRINGS: Mapping[str, Callable[[bytes], str]] = {
    "h264": _avc,
    "h265": _hevc,
    "aac": _aac,
    "opus": lambda _: "opus",
}
