"""Secrets taken out of text before anybody sees it."""

import json
import re
from collections.abc import Iterator
from urllib.parse import unquote_to_bytes

MASK = "***"

_VALUE = r"(?:\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*'|[^\s&\"']+)"

_PATTERNS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        # Greedy up to the last @: people write passwords with @ and / in them without encoding either. No pattern
        # may look at a long text again and again; a camera could stop a recorder with it.
        r"(?P<kept>://)[^/\s]*(?=@)",
        r"(?P<kept>://)(?!(?:[\w.-]{1,255}|\[[\da-f:]+\])(?::\d+)?(?:/|$))[^\s\"<>]{0,300}(?=@)",
        r"(?P<kept>\bauthorization\b[\"']?\s*[:=]\s*)[^\r\n]+",
        r"(?P<kept>\b(?:basic|bearer)\s+)(?=[a-z+/_.~-]*\d)[a-z0-9+/_.~-]{8,}={0,2}(?![\"=\w])",
        r"(?P<kept>(?:password|passwd|passwort|passphrase|pwd|secret|token|api[_-]?key|credentials?)[\"']?\s*[=:]\s*)"
        + _VALUE,
        r"(?P<kept>\b(?:pass|auth|response)=)" + _VALUE,
    )
)

_secrets: set[bytes] = set()


def register_secret(value: str | None) -> None:
    """From now on this text is masked wherever it appears, plain, escaped or URL-encoded."""
    if not value:
        return
    escaped = {repr(value)[1:-1], ascii(value)[1:-1], json.dumps(value)[1:-1], value.replace("'", "\\'")}
    _secrets.update(form.encode(errors="surrogatepass") for form in {value, *escaped})


def forget_secrets() -> None:
    """Empty the registry; for tests."""
    _secrets.clear()


def redact(text: str) -> str:
    """The text with every secret in it masked: registered ones, and those in the usual places."""
    redacted = _mask_registered(text) if _secrets else text
    for pattern in _PATTERNS:
        redacted = pattern.sub(rf"\g<kept>{MASK}", redacted)
    return redacted


def _mask_registered(text: str) -> str:
    raw = text.encode(errors="surrogatepass")
    spans = sorted(_spans(raw, range(len(raw) + 1)))
    if b"%" in raw or b"+" in raw:
        spans = sorted([*spans, *_encoded_spans(raw)])
    masked, kept_to = bytearray(), 0
    for start, end in spans:
        if start >= kept_to:
            masked += raw[kept_to:start] + MASK.encode()
        kept_to = max(kept_to, end)
    masked += raw[kept_to:]
    return masked.decode(errors="surrogatepass")


def _spans(haystack: bytes, offsets: "range | list[int]") -> Iterator[tuple[int, int]]:
    """Where registered secrets are, overlapping ones too; ``offsets`` leads from the haystack to the text."""
    for secret in _secrets:
        found = haystack.find(secret)
        while found >= 0:
            yield offsets[found], offsets[found + len(secret)]
            found = haystack.find(secret, found + 1)


_ENCODED = re.compile(rb"%[0-9A-Fa-f]{2}|.", re.DOTALL)


def _encoded_spans(raw: bytes) -> Iterator[tuple[int, int]]:
    """Secrets that only show once the text is URL-decoded, whichever characters were encoded."""
    tokens = list(_ENCODED.finditer(raw))
    offsets = [token.start() for token in tokens] + [len(raw)]
    decoded = b"".join(unquote_to_bytes(token[0]) if len(token[0]) > 1 else token[0] for token in tokens)
    yield from _spans(decoded, offsets)
    if b"+" in raw:
        yield from _spans(decoded.replace(b"+", b" "), offsets)
