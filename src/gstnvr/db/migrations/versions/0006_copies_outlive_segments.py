"""Copies that outlive the row of their segment, and that can be asked to be brought back."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    # Nothing has ever been written to the table of revision 0003, and SQLite cannot change a foreign key.
    op.drop_table("copies")
    op.create_table(
        "copies",
        sa.Column("id", BIG, nullable=False),
        sa.Column("segment_id", BIG, nullable=True),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("size", BIG, nullable=False),
        sa.Column("sha256", sa.Text(), nullable=True),
        sa.Column("progress", sa.Text(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_attempt", BIG, nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("made", BIG, nullable=True),
        sa.Column("fetch_to", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_copies"),
        sa.UniqueConstraint("segment_id", "place", name="uq_copies_segment_id_place"),
        sa.ForeignKeyConstraint(
            ["segment_id"], ["segments.id"], name="fk_copies_segment_id_segments", ondelete="SET NULL"
        ),
    )
    op.create_index("ix_copies_place_state_next_attempt", "copies", ["place", "state", "next_attempt"])
    _index_part("ix_copies_fetch", "fetch_to IS NOT NULL")
    _index_part("ix_copies_without_segment", "segment_id IS NULL")


def _index_part(name: str, condition: str) -> None:
    where = sa.text(condition)
    op.create_index(name, "copies", ["place"], sqlite_where=where, postgresql_where=where)
