"""Who did what."""

from typing import Annotated

from fastapi import APIRouter, Query

from gstnvr.api.access.rights import needs
from gstnvr.api.common.paging import Page
from gstnvr.api.common.parameters import Services, SpanFilter
from gstnvr.api.evidence import schemas as evidence_schemas
from gstnvr.db.audit import AuditWish, audit_lines
from gstnvr.model.access import Role
from gstnvr.model.clock import format_utc

router = APIRouter(tags=["evidence"])


@router.get("/audit", summary="Lines of the audit log, the newest first, in pages")
@needs(Role.ADMINISTRATOR)
def list_audit_lines(
    *,
    services: Services,
    page: Page,
    span: SpanFilter,
    user: Annotated[str | None, Query(max_length=100, description="Who did it.")] = None,
    action: Annotated[str | None, Query(max_length=100, description="Such as log_in.")] = None,
    subject: Annotated[str | None, Query(max_length=200, description="A part of what it was done to.")] = None,
) -> evidence_schemas.AuditLog:
    wish = AuditWish(user, action, subject, span.start, span.end)
    with services.index.reading() as connection:
        found = audit_lines(connection, page.limit + 1, page.after_number(), wish)
    shown, following = page.cut(found, lambda numbered: (numbered[0],))
    lines = [
        evidence_schemas.AuditLine(
            number=number,
            at=format_utc(line.at),
            user=line.user,
            action=line.action,
            subject=line.subject,
            detail=dict(line.detail),
        )
        for number, line in shown
    ]
    return evidence_schemas.AuditLog(lines=lines, next=following)
