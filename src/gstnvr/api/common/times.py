"""Moments in requests."""

import re
from http import HTTPStatus

from gstnvr.api.common.errors import RefusedError
from gstnvr.db.ledger import Span
from gstnvr.model.clock import NS_PER_S, UtcNs, parse_utc

_PLUS_READ_AS_SPACE = re.compile(r"(T.*) (\d\d(:?\d\d)?)", re.ASCII)
_LATEST = UtcNs(9_000_000_000 * NS_PER_S)


def parse_moment(name: str, text: str) -> UtcNs:
    """The moment that the parameter ``name`` gives; without a zone it is taken as UTC.

    A ``+`` of a zone that was not escaped arrives as a space and is understood.

    Raises:
        RefusedError: the text is not a moment from 1970 on in ISO 8601.
    """
    try:
        moment = parse_utc(_PLUS_READ_AS_SPACE.sub(r"\1+\2", text.strip()))
    except (ValueError, OverflowError):
        moment = UtcNs(-1)
    if not 0 <= moment <= _LATEST:
        raise RefusedError(
            HTTPStatus.UNPROCESSABLE_ENTITY,
            "bad_parameter",
            f"{name}: {text!r} is not a time in ISO 8601, such as 2026-11-21T10:02:24Z",
        )
    return moment


def parse_span(start: str, end: str) -> Span:
    """The span between the moments that ``from`` and ``to`` of a request's body give.

    Raises:
        RefusedError: one of them is no moment, or the first is not before the second.
    """
    span = Span(parse_moment("from", start), parse_moment("to", end))
    if span.start >= span.end:
        raise RefusedError(HTTPStatus.UNPROCESSABLE_ENTITY, "bad_parameter", "from: must be before to")
    return span
