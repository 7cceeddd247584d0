"""Sums of what is stored, by hour, kept by triggers; deletions that are under way can be found."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

HOUR_OF = "{row}.start / 3600000000000"
ADD = (
    "INSERT INTO stored_hours (volume_uuid, stream_id, hour, segments, size, length)"
    f' SELECT NEW.volume_uuid, NEW.stream_id, {HOUR_OF.format(row="NEW")}, 1, NEW.size, NEW."end" - NEW.start'
    " WHERE NEW.state = 'closed'"
    " ON CONFLICT (volume_uuid, stream_id, hour) DO UPDATE SET segments = stored_hours.segments + 1,"
    " size = stored_hours.size + excluded.size, length = stored_hours.length + excluded.length;"
)
OF_OLD = (
    "volume_uuid = OLD.volume_uuid AND stream_id = OLD.stream_id"
    f" AND hour = {HOUR_OF.format(row='OLD')} AND OLD.state = 'closed'"
)
TAKE_OFF = (
    "UPDATE stored_hours SET segments = segments - 1, size = size - OLD.size,"  # noqa: S608 - no input
    f' length = length - (OLD."end" - OLD.start) WHERE {OF_OLD};'
    f" DELETE FROM stored_hours WHERE {OF_OLD} AND segments = 0;"
)


def upgrade() -> None:
    op.create_table(
        "stored_hours",
        sa.Column("volume_uuid", sa.Text(), nullable=False),
        sa.Column("stream_id", sa.Integer(), nullable=False),
        sa.Column("hour", sa.Integer(), nullable=False),
        sa.Column("segments", sa.Integer(), nullable=False),
        sa.Column("size", BIG, nullable=False),
        sa.Column("length", BIG, nullable=False),
        sa.PrimaryKeyConstraint("volume_uuid", "stream_id", "hour", name="pk_stored_hours"),
    )
    deleting = sa.text("state = 'deleting'")
    op.create_index(
        "ix_segments_deleting", "segments", ["volume_uuid"], sqlite_where=deleting, postgresql_where=deleting
    )
    hour = HOUR_OF.format(row="segments")
    op.execute(
        "INSERT INTO stored_hours (volume_uuid, stream_id, hour, segments, size, length)"  # noqa: S608 - no input
        f' SELECT volume_uuid, stream_id, {hour}, count(*), sum(size), sum("end" - start) FROM segments'
        f" WHERE state = 'closed' GROUP BY volume_uuid, stream_id, {hour}"
    )
    if op.get_bind().dialect.name == "sqlite":
        _create_triggers_of_sqlite()
    else:
        _create_trigger_of_postgresql()


def _create_triggers_of_sqlite() -> None:
    closed = "{row}.state = 'closed'"
    for name, event, row, body in (
        ("entered", "INSERT", closed.format(row="NEW"), ADD),
        ("removed", "DELETE", closed.format(row="OLD"), TAKE_OFF),
        (
            "changed",
            "UPDATE",
            f"{closed.format(row='OLD')} OR {closed.format(row='NEW')}",
            f"{TAKE_OFF} {ADD}",
        ),
    ):
        op.execute(f"CREATE TRIGGER segment_{name} AFTER {event} ON segments WHEN {row} BEGIN {body} END")


def _create_trigger_of_postgresql() -> None:
    op.execute(
        "CREATE FUNCTION add_up_stored_hours() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        f" IF TG_OP <> 'INSERT' THEN {TAKE_OFF} END IF;"
        f" IF TG_OP <> 'DELETE' THEN {ADD} END IF;"
        " RETURN NULL; END $$"
    )
    op.execute(
        "CREATE TRIGGER segment_changed AFTER INSERT OR UPDATE OR DELETE ON segments"
        " FOR EACH ROW EXECUTE FUNCTION add_up_stored_hours()"
    )
