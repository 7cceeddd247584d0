"""Who did what."""

from fastapi import APIRouter

from gstnvr.api import evidence_schemas
from gstnvr.api.paging import Page
from gstnvr.api.parameters import Services
from gstnvr.api.rights import needs
from gstnvr.db.audit import audit_lines
from gstnvr.model.access import Role
from gstnvr.model.clock import format_utc

router = APIRouter(tags=["evidence"])


@router.get("/audit", summary="Lines of the audit log, the newest first, in pages")
@needs(Role.ADMINISTRATOR)
def list_audit_lines(services: Services, page: Page) -> evidence_schemas.AuditLog:
    with services.index.reading() as connection:
        found = audit_lines(connection, page.limit + 1, page.after_number())
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
