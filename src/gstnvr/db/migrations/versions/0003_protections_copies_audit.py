"""Spans that must be kept, copies of segments at other places, and who did what."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    _create_protections()
    _create_copies()
    _create_audit_log()


def _create_protections() -> None:
    op.create_table(
        "protections",
        sa.Column("uid", sa.Text(), nullable=False),
        sa.Column("stream_id", sa.Integer(), nullable=False),
        sa.Column("start", BIG, nullable=False),
        sa.Column("end", BIG, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("user", sa.Text(), nullable=False),
        sa.Column("created", BIG, nullable=False),
        sa.Column("released", BIG, nullable=True),
        sa.Column("released_by", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("uid", name="pk_protections"),
        sa.CheckConstraint('"end" > start', name=op.f("ck_protections_in_order")),
        sa.ForeignKeyConstraint(["stream_id"], ["streams.id"], name="fk_protections_stream_id_streams"),
    )
    op.create_index("ix_protections_stream_id_start", "protections", ["stream_id", "start"])


def _create_copies() -> None:
    op.create_table(
        "copies",
        sa.Column("id", BIG, nullable=False),
        sa.Column("segment_id", BIG, nullable=False),
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
        sa.PrimaryKeyConstraint("id", name="pk_copies"),
        sa.UniqueConstraint("segment_id", "place", name="uq_copies_segment_id_place"),
        sa.ForeignKeyConstraint(["segment_id"], ["segments.id"], name="fk_copies_segment_id_segments"),
    )
    op.create_index("ix_copies_place_state_next_attempt", "copies", ["place", "state", "next_attempt"])


def _create_audit_log() -> None:
    op.create_table(
        "audit_log",
        sa.Column("id", BIG, nullable=False),
        sa.Column("at", BIG, nullable=False),
        sa.Column("user", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_audit_log"),
    )
    op.create_index("ix_audit_log_at", "audit_log", ["at"])
