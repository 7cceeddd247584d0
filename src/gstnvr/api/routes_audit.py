"""Who did what."""

from typing import Annotated

from fastapi import APIRouter, Query

from gstnvr.api import evidence_schemas
from gstnvr.api.parameters import Services
from gstnvr.api.rights import needs
from gstnvr.db.audit import audit_lines
from gstnvr.model.access import Role
from gstnvr.model.clock import format_utc

router = APIRouter(tags=["evidence"])


@router.get("/audit", summary="Lines of the audit log, the newest first, in pages")
@needs(Role.ADMINISTRATOR)
def list_audit_lines(
    *,
    services: Services,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    before: Annotated[int | None, Query(ge=1, le=2**63 - 1, description="`next` of the answer before.")] = None,
) -> evidence_schemas.AuditLog:
    with services.index.reading() as connection:
        found = audit_lines(connection, limit + 1, before)
    lines = [
        evidence_schemas.AuditLine(
            number=number,
            at=format_utc(line.at),
            user=line.user,
            action=line.action,
            subject=line.subject,
            detail=dict(line.detail),
        )
        for number, line in found[:limit]
    ]
    return evidence_schemas.AuditLog(lines=lines, next=lines[-1].number if len(found) > limit else None)
