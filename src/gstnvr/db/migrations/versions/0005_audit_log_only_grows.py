"""The audit log refuses to be changed."""

from alembic import op

revision = "0005"
down_revision = "0004"

SQLITE = (
    "CREATE TRIGGER audit_log_keeps_rows BEFORE DELETE ON audit_log"
    " BEGIN SELECT RAISE(ABORT, 'the audit log only grows'); END",
    "CREATE TRIGGER audit_log_keeps_values BEFORE UPDATE ON audit_log"
    " BEGIN SELECT RAISE(ABORT, 'the audit log only grows'); END",
    "CREATE TRIGGER audit_log_replaces_nothing BEFORE INSERT ON audit_log"
    " WHEN NEW.id IN (SELECT id FROM audit_log)"
    " BEGIN SELECT RAISE(ABORT, 'the audit log only grows'); END",
)
POSTGRESQL = (
    "CREATE FUNCTION audit_log_only_grows() RETURNS trigger LANGUAGE plpgsql"
    " AS $$ BEGIN RAISE EXCEPTION 'the audit log only grows'; END $$",
    "CREATE TRIGGER audit_log_keeps_rows BEFORE UPDATE OR DELETE ON audit_log"
    " FOR EACH ROW EXECUTE FUNCTION audit_log_only_grows()",
    "CREATE TRIGGER audit_log_is_not_emptied BEFORE TRUNCATE ON audit_log"
    " FOR EACH STATEMENT EXECUTE FUNCTION audit_log_only_grows()",
)


def upgrade() -> None:
    for statement in POSTGRESQL if op.get_context().dialect.name == "postgresql" else SQLITE:
        op.execute(statement)
