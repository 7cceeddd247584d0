"""Gaps are computed: what was told of them becomes outages, and streams have epochs."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TOLD = 'stream_id, start, "end", cause, detail, incident_uid'


def upgrade() -> None:
    for table in ("streams", "segments"):
        op.add_column(table, sa.Column("epoch", sa.Integer(), server_default="0", nullable=False))
    op.create_table(
        "outages",
        sa.Column("uid", sa.Text(), nullable=False),
        *_columns(),
        sa.PrimaryKeyConstraint("uid", name="pk_outages"),
        sa.ForeignKeyConstraint(["stream_id"], ["streams.id"], name="fk_outages_stream_id_streams"),
    )
    op.execute(f"INSERT INTO outages (uid, epoch, {TOLD}) SELECT uid, 0, {TOLD} FROM gaps")  # noqa: S608 - no input
    op.create_index("ix_outages_stream_id_end", "outages", ["stream_id", "end"])
    _create_open_index("outages")
    op.drop_index("ix_gaps_open", "gaps")
    op.drop_index("ix_gaps_stream_id_start", "gaps")
    op.drop_table("gaps")
    op.create_table(
        "gaps",
        sa.Column("id", BIG, nullable=False),
        *_columns(),
        sa.PrimaryKeyConstraint("id", name="pk_gaps"),
        sa.CheckConstraint('"end" > start', name=op.f("ck_gaps_in_order")),
        sa.ForeignKeyConstraint(["stream_id"], ["streams.id"], name="fk_gaps_stream_id_streams"),
    )
    op.execute(f"INSERT INTO gaps (epoch, {TOLD}) SELECT 0, {TOLD} FROM outages")  # noqa: S608 - no input
    op.create_index("ix_gaps_stream_id_start", "gaps", ["stream_id", "start"])
    _create_open_index("gaps")


def _columns() -> list[sa.Column[int] | sa.Column[str]]:
    return [
        sa.Column("stream_id", sa.Integer(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("start", BIG, nullable=False),
        sa.Column("end", BIG, nullable=True),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("incident_uid", sa.Text(), nullable=True),
    ]


def _create_open_index(table: str) -> None:
    lasting = sa.text('"end" IS NULL')
    op.create_index(f"ix_{table}_open", table, ["stream_id"], sqlite_where=lasting, postgresql_where=lasting)
