"""Saved arrangements of pictures."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "layouts",
        sa.Column("uid", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("tiles", sa.Text(), nullable=False),
        sa.Column("created", BIG, nullable=False),
        sa.PrimaryKeyConstraint("uid", name="pk_layouts"),
        sa.ForeignKeyConstraint(["owner"], ["users.name"], name="fk_layouts_owner_users", ondelete="CASCADE"),
    )
    op.create_index("ix_layouts_owner", "layouts", ["owner"])
    op.create_table(
        "default_layouts",
        sa.Column("user", sa.Text(), nullable=False),
        sa.Column("layout", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("user", name="pk_default_layouts"),
        sa.ForeignKeyConstraint(
            ["user"], ["users.name"], name="fk_default_layouts_user_users", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["layout"], ["layouts.uid"], name="fk_default_layouts_layout_layouts", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_default_layouts_layout", "default_layouts", ["layout"])
