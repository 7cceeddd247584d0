"""Second files of segments, on other volumes."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
PATH = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "mirrors",
        sa.Column("volume_uuid", sa.Text(), nullable=False),
        sa.Column("path", PATH, nullable=False),
        sa.Column("stream_id", sa.Integer(), nullable=False),
        sa.Column("start", BIG, nullable=False),
        sa.Column("end", BIG, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("size", BIG, nullable=False),
        sa.Column("frames", BIG, nullable=False),
        sa.PrimaryKeyConstraint("volume_uuid", "path", name="pk_mirrors"),
        sa.ForeignKeyConstraint(["volume_uuid"], ["volumes.uuid"], name="fk_mirrors_volume_uuid_volumes"),
        sa.ForeignKeyConstraint(["stream_id"], ["streams.id"], name="fk_mirrors_stream_id_streams"),
    )
    op.create_index("ix_mirrors_path", "mirrors", ["path"])
    op.create_index("ix_mirrors_volume_uuid_state_size", "mirrors", ["volume_uuid", "state", "size"])
