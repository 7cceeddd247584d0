"""Long lists in pages: the same two parameters everywhere, and ``next`` in the answer.

A cursor names the last entry of a page by what orders the list, not by its place in it: what is added or deleted
meanwhile moves nothing from one page to another.
"""

import base64
import binascii
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated, Any, Protocol, TypeVar

import msgspec
from fastapi import Depends, Query

from gstnvr.api.common.errors import RefusedError
from gstnvr.model.clock import UtcNs

_LONGEST_CURSOR = 200
_Key = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]
_Name = Annotated[str, msgspec.Meta(max_length=100)]
Position = tuple[int] | tuple[int, int] | tuple[int, str]

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class AskedPage:
    """Which page of a list is wanted."""

    limit: int
    cursor: str | None

    def after_number(self) -> int | None:
        """Number behind which the page begins, of a list that is ordered by one.

        Raises:
            RefusedError: the cursor is none of this list.
        """
        place = self._place(tuple[_Key])
        return None if place is None else place[0]

    def after_numbers(self) -> tuple[int, int] | None:
        """Numbers behind which the page begins, of a list that is ordered by two.

        Raises:
            RefusedError: the cursor is none of this list.
        """
        place = self._place(tuple[_Key, _Key])
        return None if place is None else (place[0], place[1])

    def after_moment(self) -> tuple[int, str] | None:
        """Moment and uid behind which the page begins, of a list that is ordered by them.

        Raises:
            RefusedError: the cursor is none of this list.
        """
        place = self._place(tuple[_Key, _Name])
        return None if place is None else (place[0], place[1])

    def cut(self, found: Sequence[T], position: Callable[[T], Position]) -> tuple[Sequence[T], str | None]:
        """The page, and the cursor of the one after.

        Args:
            found: from where the page begins on, one more than fit if there are.
            position: of an entry, what orders the list.
        """
        page = found[: self.limit]
        return page, cursor(position(page[-1])) if page and len(found) > self.limit else None

    def _place(self, kind: Any) -> Any:
        if self.cursor is None:
            return None
        try:
            return msgspec.json.decode(base64.b64decode(self.cursor, b"-_", validate=True), type=kind)
        except (binascii.Error, ValueError, msgspec.MsgspecError):
            message = "cursor: is none of this list; take `next` of the answer before, or begin without one"
            raise RefusedError(HTTPStatus.UNPROCESSABLE_ENTITY, "bad_cursor", message) from None


def cursor(position: Position) -> str:
    """Of the page behind this position."""
    return base64.urlsafe_b64encode(msgspec.json.encode(position)).decode()


class _Job(Protocol):
    @property
    def uid(self) -> str: ...

    @property
    def asked(self) -> UtcNs: ...


def asked_at(job: _Job) -> tuple[int, str]:
    """What orders lists of jobs."""
    return job.asked, job.uid


Job = TypeVar("Job", bound=_Job)


def newest_first(jobs: Iterable[Job], after: tuple[int, str] | None) -> list[Job]:
    """Jobs in the order of their list, from where a page begins on."""
    return sorted((job for job in jobs if after is None or asked_at(job) < after), key=asked_at, reverse=True)


def page_of(usual: int, most: int = 1000, least: int = 1) -> Any:
    """A dependency that gives the page of a request.

    Args:
        usual: entries of a page unless a request says otherwise.
    """

    async def page(
        limit: Annotated[int, Query(ge=least, le=most, description="So many entries at most.")] = usual,
        cursor: Annotated[
            str | None,
            Query(max_length=_LONGEST_CURSOR, description="`next` of the answer before, or none."),
        ] = None,
    ) -> AskedPage:
        return AskedPage(limit, cursor)

    return Depends(page)


Page = Annotated[AskedPage, page_of(100)]
